"""The Evolis driver and its emulator, held against the contract."""

from __future__ import annotations

from msgspec.structs import replace

from printserver.driver import Driver, EmulatorEntry, MaintenanceAction, ModelInfo, PrintableCard
from printserver.testing import sample_card
from printserver.testing.conformance import DriverConformance
from printserver_evolis import printserver_emulators
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.info import info
from printserver_evolis.recorded import decode
from tests.drivers.evolis_kit import Prompt


class Evolis(DriverConformance):
    package = "printserver_evolis"
    name = "primacy"
    untold = frozenset({MaintenanceAction.CALIBRATE})

    def driver(self) -> Driver:
        return EvolisDriver(self.name, {"settle": "5"})

    def model(self) -> ModelInfo:
        model = info().find_model(self.name)
        assert model is not None
        # the emulator is built by this name, so the factory options stay in it
        return replace(model, name=self.name)

    def emulator(self) -> EmulatorEntry:
        return printserver_emulators()[0]


class TestPrimacyColour(Evolis):
    """One side, YMCKO."""

    def cards(self) -> list[PrintableCard]:
        return [sample_card(self.capabilities(), "YMCKO")]


class TestPrimacyTwoSided(Evolis):
    """Two sides, YMCKOK: the card is turned between them."""

    def cards(self) -> list[PrintableCard]:
        return [sample_card(self.capabilities(), "YMCKOK", two_sided=True)]


class TestPebbleHalfPanel(Evolis):
    """Half colour panels: partial downloads."""

    def driver(self) -> Driver:
        return EvolisDriver("pebble", {"settle": "5"})

    def model(self) -> ModelInfo:
        model = info().find_model("pebble")
        assert model is not None
        return model

    def cards(self) -> list[PrintableCard]:
        return [sample_card(self.capabilities(), "half-YMCKO")]


class TestDualysStripe(Evolis):
    """A stripe is written before black is printed."""

    def driver(self) -> Driver:
        return EvolisDriver("dualys+mag", {"settle": "5", "coercivity": "low"})

    def model(self) -> ModelInfo:
        model = info().find_model("dualys")
        assert model is not None
        # the emulator is built by this name, so the factory option stays in it
        return ModelInfo(name="dualys+mag", title=model.title, ribbons=model.ribbons, default_ribbon="YMCKO")

    def cards(self) -> list[PrintableCard]:
        return [sample_card(self.capabilities(), "K", tracks=("CARD 1", "123", ""))]


class TestPrimacyStripe(Evolis):
    """Three tracks and black: nothing in a track ends a command."""

    name = "primacy+mag"

    def cards(self) -> list[PrintableCard]:
        return [sample_card(self.capabilities(), "K", tracks=("CARD 1", "12", ""))]


class TestPrimacyPrompt(Evolis):
    """Questions are answered at once, whatever work is under way."""

    name = "primacy+mag"

    def emulator(self) -> EmulatorEntry:
        return EmulatorEntry("evolis", Prompt, decode)

    def cards(self) -> list[PrintableCard]:
        return [sample_card(self.capabilities(), "K", tracks=("CARD 1", "12", ""))]
