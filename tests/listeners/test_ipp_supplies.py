"""Supplies and alerts of a queue as the PWG's attributes tell them, and icons."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from PIL import Image

from printserver.ipp import Attribute, plain
from printserver.listeners.ipp.alerts import CODES, SEVERITIES, alert_attributes, alert_line
from printserver.listeners.ipp.icons import FOLDER, ICON_PATHS, SIZES
from printserver.listeners.ipp.supplies import supply_attributes, supply_line
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.printer import PrinterState, PrinterStatus
from printserver.model.supply import Supply, SupplyKind
from printserver.queue.views import QueueView
from tests.listeners.ipp_kit import FakeIppService

# PWG 5100.13 section 6.5.3: fields that each end with a semicolon, each a word or a number.
LINE = re.compile(r"([a-z]+=(-?[0-9]+|[A-Za-z]+);)+")


def queue(*alerts: Alert, supplies: tuple[Supply, ...] | None = ()) -> QueueView:
    [printer] = FakeIppService().printers()
    status = None if supplies is None else PrinterStatus(ready=True, supplies=supplies, alerts=alerts)
    view = FakeIppService().queue(None)
    return replace(view, printers=(replace(printer, status=status, alerts=alerts),))


def told(attributes: list[Attribute], name: str) -> list[object]:
    return [plain(value) for each in attributes if each.name == name for value in each.values]


def test_a_supply_is_one_line() -> None:
    ribbon = Supply(kind=SupplyKind.RIBBON, name="YMCKO", remaining=20, capacity=100)
    assert supply_line(1, ribbon) == (
        "index=1;class=supplyThatIsConsumed;type=inkRibbon;unit=impressions;maxcapacity=100;level=20;colorantname=YMCKO;"
    )
    blanks = Supply(kind=SupplyKind.BLANKS, name="hopper; full=yes\u202e")
    assert supply_line(2, blanks) == (
        "index=2;class=supplyThatIsConsumed;type=other;unit=items;maxcapacity=-2;level=-2;"
        "colorantname=hopperfullyes;"
    )


@pytest.mark.parametrize("supplies", [
    None, (), (Supply(kind=SupplyKind.BLANKS, name="hopper"), Supply(kind=SupplyKind.CLEANING, name="")),
])  # fmt: skip
def test_each_line_has_a_description_and_there_is_always_one(supplies: tuple[Supply, ...] | None) -> None:
    found = supply_attributes(queue(supplies=supplies))
    lines, words = told(found, "printer-supply"), told(found, "printer-supply-description")
    assert len(lines) == len(words) == max(1, len(supplies or ()))
    assert all(isinstance(line, bytes) and LINE.fullmatch(line.decode()) for line in lines)
    assert all(words)
    # the cleaning, blanks are no marker; before the device has told anything, the ribbon it was declared with
    assert told(found, "marker-names") == ([""] if supplies else ["YMCKO"])
    assert told(found, "marker-levels") == [-1]


def test_an_alert_is_one_line_and_its_own_words() -> None:
    cover = Alert(kind=AlertKind.COVER_OPEN, verbatim="COVER \x1bOPEN")
    low = Alert(kind=AlertKind.RIBBON_LOW, severity=Severity.WARNING)
    found = alert_attributes(queue(cover, low))
    assert told(found, "printer-alert") == [
        b"code=coverOpen;severity=critical",
        b"code=markerPrintRibbonAlmostEmpty;severity=warning",
    ]
    assert told(found, "printer-alert-description") == ["COVER OPEN", "marker supply low"]


def test_without_alerts_the_queue_is_ready_or_nothing_is_known() -> None:
    for state, line, words in (
        (PrinterState.IDLE, b"code=printerReadyToPrint", "ready"),
        (PrinterState.OFFLINE, b"code=unknown", "nothing is known"),
    ):
        view = queue()
        found = alert_attributes(replace(view, printers=(replace(view.printers[0], state=state),)))
        assert (told(found, "printer-alert"), told(found, "printer-alert-description")) == ([line], [words])


def test_every_kind_of_alert_has_its_code() -> None:
    assert set(CODES) == set(AlertKind)
    assert set(SEVERITIES) == set(Severity)
    for kind in AlertKind:
        for severity in Severity:
            assert re.fullmatch(r"code=[A-Za-z]+;severity=[A-Za-z]+", alert_line(Alert(kind=kind, severity=severity)))


def test_icons_are_pictures_of_their_size() -> None:
    for size, path in zip(SIZES, ICON_PATHS, strict=True):
        with Image.open(FOLDER / path.rpartition("/")[2]) as picture:
            assert (picture.format, picture.size) == ("PNG", (size, size))
