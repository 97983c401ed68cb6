"""The Fargo driver and its emulator, held against the contract."""

from __future__ import annotations

from printserver.driver import Driver, EmulatorEntry, MaintenanceAction, ModelInfo, PrintableCard
from printserver.testing import sample_card
from printserver.testing.conformance import DriverConformance
from printserver_fargo import printserver_emulators
from printserver_fargo.driver import FargoDriver
from printserver_fargo.info import info
from tests.drivers.fargo_kit import striped


class Fargo(DriverConformance):
    package = "printserver_fargo"
    name = "dtc4500e"
    ribbon: str
    two_sided = False
    untold = frozenset({MaintenanceAction.CLEAN, MaintenanceAction.CALIBRATE})

    def driver(self) -> Driver:
        return FargoDriver(self.name, {})

    def model(self) -> ModelInfo:
        model = info().find_model(self.name)
        assert model is not None
        # the emulator is built by this name, so the factory options stay in it
        return ModelInfo(name=self.name, title=model.title, ribbons=model.ribbons, default_ribbon=model.default_ribbon)

    def emulator(self) -> EmulatorEntry:
        return printserver_emulators()[0]

    def cards(self) -> list[PrintableCard]:
        return [striped(self.ribbon, two_sided=self.two_sided)]


class TestFluorescent(Fargo):
    """Every panel that the stream knows, 1011 lines."""

    ribbon = "YMCFKO"


class TestTwoSided(Fargo):
    """The dual configuration, black on the back."""

    name, ribbon, two_sided = "dtc4500e+duo", "YMCKOK", True


class TestDyeBlack(Fargo):
    """Panel 5 is written as K."""

    ribbon = "BO"

    def cards(self) -> list[PrintableCard]:
        """Every level that a panel takes."""
        return [sample_card(self.capabilities(), self.ribbon)]
