"""Two printers at USB that look alike, seen by a whole server: both stop, are shown with the reason, and are pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.crash_harness import await_until
from tests.devices.devices_kit import card_printer
from tests.devices.plugs import bed_of
from tests.devices.serving import Server, printer_section, serving

pytestmark = pytest.mark.timeout(300)  # whole servers start and stop
IDS = "usb:0f49:0a00"
NAMES = ("left", "right")
WORDS = {
    "en": "Several printers look alike, and nothing tells which one this is",
    "id": "Beberapa printer tampak sama",
}


def both(left: str, right: str) -> str:
    return printer_section("left", "primacy", left) + printer_section("right", "primacy", right)


def assert_stopped(server: Server, name: str) -> None:
    """See a printer stopped, in the API and on the page, in either language, with both ports named."""
    server.await_state(name, "stopped", "devices-alike")
    detail = server.row(name)["reason"]["detail"]
    assert "usb:@1-1.1" in detail
    assert "usb:@1-1.2" in detail
    for language, words in WORDS.items():
        page = server.page("/", language)
        assert words in page
        assert "usb:@1-1.2" in page


def test_two_that_nothing_tells_apart_are_both_stopped_until_each_is_pinned(tmp_path: Path) -> None:
    printers = [card_printer("primacy", tmp_path / name, told="SAME") for name in NAMES]
    with bed_of(*(each.plug for each in printers)) as bed, serving(bed, both(IDS, IDS)) as server:
        jobs = {name: server.send(name) for name in NAMES}
        for name in NAMES:
            assert_stopped(server, name)
        await_until(lambda: all(server.api.job(job).state == "pending" for job in jobs.values()))
        assert [each.plug.owner for each in printers] == [None, None]
        server.command("printer", "set", "left", "--device", "usb:@1-1.2")
        server.await_card(jobs["left"], "done")
        server.await_state("right", "stopped", "devices-alike")  # that one is known does not make the other known
        assert [len(each.good()) for each in printers] == [0, 1]
        server.command("printer", "set", "right", "--device", "usb:@1-1.1")
        server.await_card(jobs["right"], "done")
        assert [len(each.good()) for each in printers] == [1, 1]


def test_two_that_tell_their_own_serial_numbers_are_told_apart_by_them(tmp_path: Path) -> None:
    printers = [card_printer("primacy", tmp_path / name, told=name.upper()) for name in NAMES]
    sections = both(f"{IDS}/RIGHT", f"{IDS}/LEFT")
    with bed_of(*(each.plug for each in printers)) as bed, serving(bed, sections) as server:
        job = server.send("left")
        server.await_card(job, "done")
        assert [len(each.good()) for each in printers] == [0, 1]
        server.await_state("right", "idle")
        serials = {name: server.row(name)["identity"]["serial"] for name in NAMES}
        assert serials == {"left": "RIGHT", "right": "LEFT"}
        # the two change places: each printer is still driven by its own worker
        for number in (1, 2):
            bed.unplug(number)
        for name in NAMES:
            server.await_state(name, "offline", "device-unreachable")
        first, second = bed.seats
        first.printer, second.printer = second.printer, first.printer
        for number in (1, 2):
            bed.plug(number)
        job = server.send("left")
        server.await_card(job, "done")
        assert [len(each.good()) for each in printers] == [0, 2]
