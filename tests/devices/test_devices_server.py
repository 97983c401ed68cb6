"""`printserver serve` with printers at USB: cards, plugs that are pulled, and who else holds a printer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.crash_harness import await_until
from tests.devices.devices_kit import card_printer, speaking
from tests.devices.plugs import await_that, bed_of
from tests.devices.serving import printer_section, serving

pytestmark = pytest.mark.timeout(300)  # whole servers start and stop


def test_a_card_from_the_api_to_the_output_on_each_of_two_printers(tmp_path: Path) -> None:
    enduro = card_printer("enduro", tmp_path / "enduro", serial="USB1", told="E1")
    primacy = card_printer("primacy", tmp_path / "primacy", serial="USB2", told="P1")
    sections = printer_section("enduro", "enduro", "usb:USB1") + printer_section("primacy", "primacy", "usb:@1-1.2")
    with bed_of(enduro.plug, primacy.plug) as bed, serving(bed, sections) as server:
        jobs = [server.send("enduro"), server.send("primacy")]
        for job in jobs:
            server.await_card(job, "done")
        assert [len(each.good()) for each in (enduro, primacy)] == [1, 1]
        assert [server.row(name)["identity"]["serial"] for name in ("enduro", "primacy")] == ["E1", "P1"]


def test_unplugged_it_is_stopped_and_plugged_in_it_goes_on(tmp_path: Path) -> None:
    printer = card_printer("primacy", tmp_path, serial="USB1")
    with bed_of(printer.plug) as bed, serving(bed, printer_section("desk", "primacy", "usb:USB1")) as server:
        server.await_state("desk", "idle")
        bed.unplug()
        server.await_state("desk", "offline", "device-unreachable")
        job = server.send("desk")
        await_until(lambda: server.api.job(job).state == "pending")
        bed.plug()
        server.await_card(job, "done")
        server.await_state("desk", "idle")
        assert len(printer.good()) == 1


def test_unplugged_in_the_middle_of_a_card_it_is_in_doubt_until_the_printer_has_told(tmp_path: Path) -> None:
    printer = card_printer("primacy", tmp_path, serial="USB1")
    section = printer_section("desk", "primacy", "usb:USB1")
    with bed_of(printer.plug) as bed, serving(bed, section, hurry=10) as server:
        server.await_state("desk", "idle")
        before = bed.seats[0].taken
        printer.plug.short = 500
        job = server.send("desk")
        await_that(lambda: bed.seats[0].taken > before + 20_000)
        bed.unplug()
        server.await_card(job, "uncertain")
        printer.plug.short = 0
        bed.plug()
        # the printer's own counter says that this card never left it: it is printed, once
        await_until(lambda: server.cards(job)[0]["state"] != "uncertain")
        server.await_card(job, "done")
        assert len(printer.good()) == 1


def test_a_printer_that_another_program_holds_waits_until_it_is_let_go(tmp_path: Path) -> None:
    printer = card_printer("primacy", tmp_path, serial="USB1")
    section = printer_section("desk", "primacy", "usb:USB1")
    with bed_of(printer.plug) as bed, speaking(bed, "usb:USB1", "primacy") as other:
        other.ask("identify")
        with serving(bed, section) as server:
            server.await_state("desk", "stopped", "device-held")
            assert f"(process {other.process.pid})" in server.row("desk")["reason"]["detail"]
            job = server.send("desk")
            other.ask("close")
            server.await_card(job, "done")
