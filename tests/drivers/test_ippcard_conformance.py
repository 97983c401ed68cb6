"""The driver of IPP card printers and its emulator, held against the contract."""

from __future__ import annotations

from printserver.driver import Driver, EmulatorEntry, ModelInfo, PrintableCard
from printserver.testing import sample_card
from printserver.testing.conformance import DriverConformance
from printserver_ippcard import printserver_emulators
from printserver_ippcard.driver import IppCardDriver
from printserver_ippcard.info import info


class IppCard(DriverConformance):
    package = "printserver_ippcard"
    name: str
    ribbon: str
    two_sided = False

    def driver(self) -> Driver:
        return IppCardDriver(self.name, {})

    def model(self) -> ModelInfo:
        model = info().find_model(self.name)
        assert model is not None
        # the emulator is built by this name, so the factory options stay in it
        return ModelInfo(name=self.name, title=model.title, ribbons=model.ribbons, default_ribbon=model.default_ribbon)

    def emulator(self) -> EmulatorEntry:
        return printserver_emulators()[0]

    def cards(self) -> list[PrintableCard]:
        return [sample_card(self.capabilities(), self.ribbon, two_sided=self.two_sided)]


class TestColour(IppCard):
    """One side as sRGB."""

    name, ribbon = "card", "YMC"


class TestBlackTwoSided(IppCard):
    """Two sides as grey."""

    name, ribbon, two_sided = "card+duo", "K", True
