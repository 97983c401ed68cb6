"""Printers of the driver families at USB: who they are, how they are, and a card from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.devices.devices_kit import FAMILIES, LABELS, Speaking, card_printer, speaking
from tests.devices.plugs import await_that, bed_of


def address_of(model: str) -> str:
    return f"usb:{LABELS[model].vendor:04x}:{LABELS[model].product:04x}"


@pytest.mark.parametrize("model", FAMILIES)
def test_who_and_how_it_is(model: str, tmp_path: Path) -> None:
    printer = card_printer(model, tmp_path, serial="USB77", told="OWN42")
    with bed_of(printer.plug) as bed, speaking(bed, "usb:USB77", model) as program:
        found, serial, plug = program.ask("identify")
        # an Alto tells no serial number of its own: that of its plug stands for it
        assert (found, serial, plug) == (model, "USB77" if model == "alto" else "OWN42", "USB77")
        ready, counters = program.ask("status")
        assert ready
        assert counters.get("cards", 0) == 0


@pytest.mark.parametrize("model", FAMILIES)
def test_a_card_from_end_to_end(model: str, tmp_path: Path) -> None:
    printer = card_printer(model, tmp_path)
    with bed_of(printer.plug) as bed, speaking(bed, address_of(model), model) as program:
        outcome, _, *marks = program.ask("print")
        assert outcome == "Done"
        assert marks[0] == "COMMITTED"
        await_that(printer.good)
        [front] = printer.good()
        picture = Image.open(front)
        assert picture.getcolors(2) is None, "the card is blank"


@pytest.mark.parametrize("model", FAMILIES)
def test_unplugged_in_the_middle_of_a_card(model: str, tmp_path: Path) -> None:
    printer = card_printer(model, tmp_path, serial="USB77")
    printer.plug.short = 500  # a slow wire
    with bed_of(printer.plug) as bed, speaking(bed, "usb:USB77", model) as program:
        program.begin("print")
        await_that(lambda: bed.seats[0].taken > 20_000)
        bed.unplug()
        told = program.end()
        assert told["answers"] == ["Unknown", None, "COMMITTED"]
        printer.plug.short = 0
        bed.plug()
        await_that(lambda: _says_who_it_is(program))


def _says_who_it_is(program: Speaking) -> bool:
    program.begin("identify")
    told = program.end()
    return "answers" in told and told["answers"][2] == "USB77"
