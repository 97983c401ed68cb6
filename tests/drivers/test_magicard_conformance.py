"""The Magicard driver and its emulator, held against the contract."""

from __future__ import annotations

from printserver.driver import Driver, EmulatorEntry, ModelInfo, PrintableCard
from printserver.testing.conformance import DriverConformance
from printserver_magicard import printserver_emulators
from printserver_magicard.driver import MagicardDriver
from printserver_magicard.info import info
from tests.drivers.magicard_kit import ramped


class Magicard(DriverConformance):
    package = "printserver_magicard"
    name: str
    ribbon: str
    two_sided = False

    def driver(self) -> Driver:
        return MagicardDriver(self.name, {"settle": "5"})

    def model(self) -> ModelInfo:
        model = info().find_model(self.name)
        assert model is not None
        # the emulator is built by this name, so the factory options stay in it
        return ModelInfo(name=self.name, title=model.title, ribbons=model.ribbons, default_ribbon=model.default_ribbon)

    def emulator(self) -> EmulatorEntry:
        return printserver_emulators()[0]

    def cards(self) -> list[PrintableCard]:
        return [ramped(self.name, self.ribbon, two_sided=self.two_sided)]

    def sample(self, ribbon: str = "", *, two_sided: bool = False, tracks: tuple[str, ...] = ()) -> PrintableCard:
        return ramped(self.name, ribbon or self.ribbon, two_sided=two_sided, tracks=tracks)


class TestEnduroColour(Magicard):
    """Counts its cards: one side, YMCKO."""

    name, ribbon = "enduro", "YMCKO"


class TestEnduroTwoSided(Magicard):
    """Two blocks of the language, black on the back."""

    name, ribbon, two_sided = "enduro+duo", "YMCKOK", True


class TestAltoBlack(Magicard):
    """No counter: asked by REQ,ERR; 1000 lines."""

    name, ribbon = "alto", "K"


class TestTangoTwoSided(Magicard):
    """No counter and no words for errors: the port status alone."""

    name, ribbon, two_sided = "tango+duo", "KO", True


class TestEnduroStripe(Magicard):
    """Three tracks and black: nothing in a track ends a command."""

    name, ribbon = "enduro+mag", "K"

    def cards(self) -> list[PrintableCard]:
        return [ramped(self.name, self.ribbon, tracks=("CARD 1", "12", ""))]
