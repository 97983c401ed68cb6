"""The small promises of the contract: what a driver is, finds in its evidence, and can do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from printserver.driver import (
    CONTRACT_VERSION,
    Capabilities,
    Confirms,
    Done,
    Driver,
    DriverInfo,
    EmulatorEntry,
    EncodesMagstripe,
    Evidence,
    FlipsCard,
    Laminates,
    PositionsChip,
    PrintableCard,
    TakesRawStream,
    hookimpl,
    hookspecs,
)
from printserver.driver.loading import DriverShelf, shelf_of
from printserver.errors import ConfigurationError, PluginBroken
from printserver.model.card import Geometry, Panel, PanelName, Ribbon, Side, SidePanels
from printserver.model.job import Mark
from tests.testing.tiny import INFO, entry
from tests.testing.tiny.driver import GEOMETRY, RIBBON, TinyDriver


class WithStripe(TinyDriver):
    def check_tracks(self, tracks: Sequence[str]) -> None:
        """Take anything."""


def test_a_driver_is_known_by_its_verbs_and_its_abilities_one_by_one() -> None:
    plain, striped = TinyDriver(), WithStripe()
    assert isinstance(plain, Driver)
    assert not isinstance(object(), Driver)
    assert not isinstance(plain, EncodesMagstripe)
    assert isinstance(striped, EncodesMagstripe)
    for ability in (FlipsCard, Laminates, PositionsChip, TakesRawStream):
        assert not isinstance(striped, ability)


def test_evidence_answers_with_the_last_mark_of_a_point() -> None:
    marks = (Mark("COMMITTED", 1.0, {"cards": "1"}), Mark("FRONT", 2.0), Mark("COMMITTED", 3.0, {"cards": "2"}))
    evidence = Evidence(marks, "SN1")
    assert evidence.of("COMMITTED") == {"cards": "2"}
    assert evidence.of("FRONT") == evidence.of("EJECTED") == {}


@pytest.mark.parametrize(
    ("confirms", "sure"),
    [("device", True), ("counter", True), ("job-id", True), ("transfer", False), ("nothing", False)],
)
def test_only_a_device_that_says_so_is_sure(confirms: str, sure: bool) -> None:
    assert Confirms(confirms).sure is sure


def test_a_ribbon_is_found_without_regard_to_case() -> None:
    can = Capabilities(title="T", geometry=GEOMETRY, ribbons=(RIBBON,), levels={}, confirms=Confirms.DEVICE)
    assert can.ribbon("k") is RIBBON
    assert can.ribbon("YMCKO") is None


def test_a_card_knows_its_sides() -> None:
    plane = np.zeros((4, 8), dtype=np.uint8)
    front = SidePanels(Side.FRONT, (Panel(PanelName.K, plane, 2),))
    card = PrintableCard((front,), Ribbon("K", (PanelName.K,)), Geometry(8, 4))
    assert card.side(Side.FRONT) is front
    assert card.side(Side.BACK) is None


def test_done_is_sure_unless_the_driver_says_otherwise() -> None:
    assert Done().sure
    assert not Done(sure=False).sure


class TinyPackage:
    """What a driver package's module is, as an object."""

    def __init__(self, *, opens: bool = True) -> None:
        self.opens = opens

    @hookimpl
    def printserver_drivers(self) -> list[DriverInfo]:
        return [INFO]

    @hookimpl
    def printserver_open_driver(self, driver: str, model: str, options: dict[str, str]) -> Driver | None:
        return TinyDriver() if self.opens and driver == "tiny" else None

    @hookimpl
    def printserver_emulators(self) -> list[EmulatorEntry]:
        return [entry()]


def shelf(monkeypatch: pytest.MonkeyPatch, package: object) -> DriverShelf:
    monkeypatch.setattr("importlib.import_module", lambda name: package)
    return shelf_of(["tiny"])


def test_a_shelf_opens_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    drivers = shelf(monkeypatch, TinyPackage())
    assert drivers.info("TINY") is INFO
    assert isinstance(drivers.open("Tiny", "ONE", {}), TinyDriver)
    assert drivers.emulator("tiny").driver == "tiny"


def test_a_shelf_names_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    drivers = shelf(monkeypatch, TinyPackage())
    with pytest.raises(ConfigurationError) as unknown_driver:
        drivers.open("large", "one", {})
    assert unknown_driver.value.allowed == "tiny"
    with pytest.raises(ConfigurationError) as unknown_model:
        drivers.open("tiny", "two", {})
    assert unknown_model.value.allowed == "one"


def test_a_package_that_does_not_open_its_own_model_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PluginBroken, match="its own model"):
        shelf(monkeypatch, TinyPackage(opens=False)).open("tiny", "one", {})


def test_a_package_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(PluginBroken) as refusal:
        shelf_of(["printserver_nowhere"])
    assert refusal.value.where == "printserver_nowhere"


def test_every_hook_is_prefixed_and_explained() -> None:
    hooks = {name: hook for name, hook in vars(hookspecs).items() if hasattr(hook, "printserver_spec")}
    assert len(hooks) == 4
    assert all(name.startswith("printserver_") and hook.__doc__ for name, hook in hooks.items())
    assert CONTRACT_VERSION == 1
