"""The virtual printer: its own language, and a card's story with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from printserver.dialogue import Point, Report
from printserver.driver import Done, Driver, Evidence, Outcome, PrintableCard, Spoiled, Unknown
from printserver.emulation import FaultKind, parse_fault
from printserver.errors import ConfigurationError, UnsupportedByPrinter
from printserver.model import job as model
from printserver.model.alert import AlertKind
from printserver.model.card import Ribbon, Side
from printserver.raster.composite import composite
from printserver_virtual.codec import QUESTION, BadJob, Reader
from printserver_virtual.driver import VirtualDriver
from printserver_virtual.emulator import VirtualPrinter, decode
from printserver_virtual.info import GEOMETRY, RIBBONS
from tests.drivers.bench import LINK, Desk, card_of, desk

BY_NAME = {ribbon.name: ribbon for ribbon in RIBBONS}
DRIVER = VirtualDriver("card", {})


def job_of(card: PrintableCard) -> bytes:
    return b"".join(block.data for block in DRIVER.encode(card))


def print_on(printer: Desk, card: PrintableCard) -> Outcome:
    return printer.play(DRIVER.print_card(None, list(DRIVER.encode(card)), LINK))


def reconcile(printer: Desk) -> Outcome:
    marks = tuple(model.Mark(mark.point, 0.0, mark.evidence) for mark in printer.marks)
    return printer.play(DRIVER.reconcile(Evidence(marks), LINK))


@pytest.mark.parametrize("ribbon", RIBBONS, ids=lambda ribbon: ribbon.name)
def test_decoding_a_job_gives_back_exactly_the_panels(ribbon: Ribbon) -> None:
    card = card_of(ribbon, GEOMETRY, 256, back=True)
    found = decode("card", job_of(card))
    assert (found.trailing_bytes, found.cards[0].ribbon) == (0, ribbon)
    for side in card.sides:
        for one, other in zip(found.cards[0].panels(side.side), side.panels, strict=True):
            assert (one.name, one.levels) == (other.name, other.levels)
            np.testing.assert_array_equal(one.plane, other.plane)


def test_a_card_becomes_two_pictures(tmp_path: Path) -> None:
    card = card_of(BY_NAME["YMCKOK"], GEOMETRY, 256, back=True)
    assert print_on(desk(VirtualPrinter, "card", GEOMETRY, tmp_path), card) == Done({"cards": "1"})
    for side in Side:
        with Image.open(tmp_path / f"0001-{side}.png") as picture:
            panels = next(each.panels for each in card.sides if each.side is side)
            np.testing.assert_array_equal(np.asarray(picture), composite(panels))


def test_it_waits_for_a_person_and_goes_on() -> None:
    printer = desk(VirtualPrinter, "card", GEOMETRY, None, "cover-open@card=1")
    seen: list[Report] = []

    def look(report: Report) -> None:
        seen.append(report)
        printer.faults.clear(FaultKind.COVER_OPEN)

    printer.on_report = look
    assert print_on(printer, card_of(BY_NAME["K"], GEOMETRY, 2)) == Done({"cards": "1"})
    assert [report.blocked for report in seen] == [True, False]
    assert seen[0].status is not None
    assert seen[0].status.alerts[0].kind is AlertKind.COVER_OPEN


def test_one_that_waits_for_a_person_and_then_says_nothing_more_leaves_a_doubt() -> None:
    printer = desk(VirtualPrinter, "card", GEOMETRY, None, "cover-open@card=1")
    printer.on_report = lambda report: printer.faults.set(parse_fault("silent"))
    outcome = print_on(printer, card_of(BY_NAME["K"], GEOMETRY, 2))
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "device-silent"
    assert printer.clock.now < 1000 + 60, "it is asked whether it is still there, and not waited for"


def test_one_that_waits_for_a_person_for_an_hour_is_asked_now_and_then_and_goes_on() -> None:
    printer = desk(VirtualPrinter, "card", GEOMETRY, None, "cover-open@card=1")
    asked = 0

    def look(data: bytes) -> bytes:
        nonlocal asked
        asked += data == QUESTION
        if asked == 360:
            printer.faults.clear(FaultKind.COVER_OPEN)
        return receive(data)

    receive, printer.port.receive = printer.port.receive, look  # type: ignore[method-assign]  # watched
    assert print_on(printer, card_of(BY_NAME["K"], GEOMETRY, 2)) == Done({"cards": "1"})
    assert printer.clock.now > 1000 + 3500


def test_it_tells_which_ribbon_is_in_it() -> None:
    printer = desk(VirtualPrinter, "card", GEOMETRY, None)
    assert printer.play(DRIVER.status(LINK)).ribbon == "YMCKO"
    printer.machine.put_in("KO")
    status = printer.play(DRIVER.status(LINK))
    assert (status.ribbon, [supply.name for supply in status.supplies]) == ("KO", ["KO"])


def test_a_jammed_card_is_spoiled() -> None:
    printer = desk(VirtualPrinter, "card", GEOMETRY, None, "jam@card=1")
    printer.on_report = lambda report: printer.faults.clear(FaultKind.JAM)
    assert isinstance(print_on(printer, card_of(BY_NAME["K"], GEOMETRY, 2)), Spoiled)


@pytest.mark.parametrize(("at", "outcome"), [(500_000, Spoiled), (10**6, Done)])
def test_after_a_broken_link_the_counter_tells(at: int, outcome: type[Outcome]) -> None:
    card = card_of(BY_NAME["K"], GEOMETRY, 2)
    at = min(at, len(job_of(card)) + 17)
    printer = desk(VirtualPrinter, "card", GEOMETRY, None, f"drop-link@byte={at}")
    assert isinstance(print_on(printer, card), Unknown)
    assert printer.marks[0].point is Point.COMMITTED
    assert isinstance(reconcile(printer), outcome)


def test_garbage_from_the_device_leaves_the_card_in_doubt() -> None:
    printer = desk(VirtualPrinter, "card", GEOMETRY, None, "garble@byte=20")
    outcome = print_on(printer, card_of(BY_NAME["K"], GEOMETRY, 2))
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code in ("device-reply-unknown", "device-silent")


def test_it_tells_who_and_how_it_is() -> None:
    printer = desk(VirtualPrinter, "card", GEOMETRY)
    assert printer.play(DRIVER.identify(LINK)).serial == "SN1"
    assert printer.play(DRIVER.status(LINK)).ready
    assert isinstance(DRIVER, Driver)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    decode("card", data)
    printer = desk(VirtualPrinter, "card", GEOMETRY)
    printer.connect()
    printer.write(data)
    printer.connect()
    printer.write(b'{"ask":"status"}\n')
    assert bytes(printer.inbox).endswith(b"\n")


@pytest.mark.parametrize("line", [
    b'{"ask":"time"}', b"[]", b'{"format":"printserver-virtual-1"}',
    b'{"ribbon":"K","width":60000,"height":60000,"sides":[]}',
    b'{"ribbon":"K","width":10,"height":10,"sides":[{"side":"front","panels":[{"panel":"Q","levels":2}]}]}',
])
def test_a_wrong_line_is_refused(line: bytes) -> None:
    with pytest.raises(BadJob):
        Reader().feed(line + b"\n")


def test_a_job_that_is_cut_short_is_left_over_to_the_byte() -> None:
    job = job_of(card_of(BY_NAME["K"], GEOMETRY, 2))
    found = decode("card", job[:-1])
    assert (found.cards, found.trailing_bytes) == ((), len(job) - 1)


def test_a_level_beyond_its_count_is_refused() -> None:
    head = b'{"ribbon":"K","width":2,"height":1,"sides":[{"side":"front","panels":[{"panel":"K","levels":2}]}]}\n'
    assert len(Reader().feed(head + b"\x00\x01")) == 1
    with pytest.raises(BadJob):
        Reader().feed(head + b"\x00\x02")


def test_tracks_and_options_are_refused() -> None:
    with pytest.raises(UnsupportedByPrinter):
        DRIVER.encode(card_of(BY_NAME["K"], GEOMETRY, 2, tracks=("A",)))
    with pytest.raises(ConfigurationError, match="no options"):
        VirtualDriver("card", {"speed": "1"})
