"""One byte of a job damaged, at every place: nothing breaks, no second card is made, the next one is well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from printserver.driver import DecodedCard
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver_fargo.driver import FargoDriver
from printserver_fargo.emulator import FargoEmulator
from printserver_fargo.layout import levels_of
from printserver_fargo.recorded import decode
from tests.drivers.bench import Desk, desk
from tests.drivers.fargo_kit import GEOMETRY, striped

MODEL = "dtc4500e"
STRIPED = striped("KO")
FULL = tuple(
    Panel(name, np.full((634, 1009), levels_of(name) - 1, dtype=np.uint8), levels_of(name))
    for name in (PanelName.K, PanelName.O)
)
CARD = replace(STRIPED, sides=(SidePanels(Side.FRONT, FULL),))
JOB = b"".join(block.data for block in FargoDriver(MODEL, {}).encode(CARD))


def printer() -> Desk:
    made = desk(FargoEmulator, MODEL, GEOMETRY)
    made.connect()
    return made


def damaged(at: int, bits: int) -> bytes:
    return JOB[:at] + bytes([JOB[at] ^ bits]) + JOB[at + 1 :]


def test_the_job_of_the_sweep_is_short_and_has_every_section() -> None:
    assert len(JOB) == 24 + 56 + 134 + 134 + 22
    assert len(decode(MODEL, JOB).cards) == 1


def lines_of(card: DecodedCard) -> list[int]:
    return [panel.plane.shape[0] for side in card.sides for panel in side.panels]


@pytest.mark.parametrize("bits", [0x01, 0x10, 0x80, 0xFF])
def test_one_damaged_byte_never_breaks_the_reader(bits: int) -> None:
    for at in range(len(JOB)):
        found = decode(MODEL, damaged(at, bits))
        assert len(found.cards) <= 2, at
        assert all(set(lines_of(card)) == {634} for card in found.cards), at
        assert 0 <= found.trailing_bytes <= len(JOB), at


@pytest.mark.parametrize("bits", [0x01, 0xFF])
def test_one_damaged_byte_makes_no_second_card_and_the_next_job_is_printed(bits: int) -> None:
    for at in range(len(JOB)):
        made = printer()
        made.write(damaged(at, bits))
        made.pass_time(5)
        cards = made.machine.counter("cards")
        used = cards + made.machine.counter("rejected") + made.machine.loaded
        assert used <= 1, at
        made.write(JOB)
        made.pass_time(5)
        assert made.machine.counter("cards") == cards + 1, at
        assert not made.machine.loaded, at
