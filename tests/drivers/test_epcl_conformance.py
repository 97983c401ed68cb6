"""The EPCL driver and its emulator, held against the contract."""

from __future__ import annotations

from printserver.driver import Driver, EmulatorEntry, ModelInfo, PrintableCard
from printserver.testing import sample_card
from printserver.testing.conformance import DriverConformance
from printserver_epcl import printserver_emulators
from printserver_epcl.driver import EpclDriver
from printserver_epcl.info import info


class Epcl(DriverConformance):
    package = "printserver_epcl"
    name: str
    ribbon: str
    tracks: tuple[str, ...] = ()
    options: dict[str, str] = {}  # noqa: RUF012 - a fact of each class, changed by none

    def driver(self) -> Driver:
        return EpclDriver(self.name, {"patience": "20", **self.options})

    def model(self) -> ModelInfo:
        model = info().find_model(self.name)
        assert model is not None
        # the emulator is built by this name, so the factory options stay in it
        return ModelInfo(name=self.name, title=model.title, ribbons=model.ribbons, default_ribbon=model.default_ribbon)

    def emulator(self) -> EmulatorEntry:
        return printserver_emulators()[0]

    def cards(self) -> list[PrintableCard]:
        return [sample_card(self.capabilities(), self.ribbon, tracks=self.tracks)]


class TestP310Colour(Epcl):
    """A byte a dot, 256 levels."""

    name, ribbon = "p310", "YMCKO"


class TestP330iCompressed(Epcl):
    """Compressed, with extended memory."""

    name, ribbon, options = "p330i+extended", "K", {"image-data": "compressed"}


class TestP420Stripe(Epcl):
    """Tracks are written before the card is printed, black and varnish."""

    name, ribbon, tracks = "p420+mag", "KO", ("ANNA SMITH", "1234=99", "42")
