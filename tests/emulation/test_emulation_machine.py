"""The parts of an emulated printer, over a clock that stands still: motions, supplies, faults, memory, pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from printserver.driver.emulator import CardLost, Motion, Pause, Waiting
from printserver.emulation import (
    FAST,
    REAL,
    Activity,
    CardMachine,
    CardShelf,
    FaultBook,
    FaultKind,
    FaultSpec,
    Memory,
    NoShelf,
    Port,
    pace_of,
    parse_fault,
)
from printserver.errors import ConfigurationError
from printserver.model.alert import AlertKind
from printserver.model.card import Geometry, Panel, PanelName, Side
from tests.drivers.bench import FakeClock

GEOMETRY = Geometry(8, 4)
BLACK = Panel(PanelName.K, np.ones((4, 8), dtype=np.uint8), 2)
CYAN = Panel(PanelName.C, np.full((4, 8), 127, dtype=np.uint8), 128)


def machine(cards: Path | None = None, *faults: str, memory: Memory | None = None,
            book: FaultBook | None = None) -> CardMachine:
    book = book or FaultBook(*map(parse_fault, faults))
    shelf = NoShelf() if cards is None else CardShelf(cards)
    return CardMachine(now=FakeClock(), geometry=GEOMETRY, shelf=shelf, faults=book, memory=memory or Memory())


def seconds(motion: Motion) -> float:
    """Run a motion and return how long it takes; a wait ends it with an error."""
    total = 0.0
    for step in motion:
        assert isinstance(step, Pause), step
        total += step.seconds
    return total


def whole_card(one: CardMachine, *panels: tuple[Side, Panel]) -> Motion:
    for side, panel in panels:
        yield from one.print_panel(side, panel)
    yield from one.eject()


def test_a_card_of_five_panels_takes_a_quarter_of_a_second_or_half_a_minute() -> None:
    panels = [(Side.FRONT, BLACK)] * 5
    assert seconds(whole_card(machine(), *panels)) == pytest.approx(0.25)
    slow = CardMachine(now=FakeClock(), geometry=GEOMETRY, shelf=NoShelf(), faults=FaultBook(), pace=REAL)
    assert seconds(whole_card(slow, *panels)) == pytest.approx(25.0)
    assert (pace_of("fast"), pace_of("real")) == (FAST, REAL)
    with pytest.raises(ConfigurationError, match="fast, real"):
        pace_of("slow")


def test_a_card_comes_out_with_the_number_of_the_last_one_plus_one(tmp_path: Path) -> None:
    (tmp_path / "rejected").mkdir()
    (tmp_path / "rejected" / "0041-front.png").touch()
    one = machine(tmp_path)
    seconds(whole_card(one, (Side.FRONT, CYAN), (Side.BACK, BLACK)))
    with Image.open(tmp_path / "0042-front.png") as front, Image.open(tmp_path / "0042-back.png") as back:
        assert (front.size, front.mode, front.getpixel((7, 3))) == ((8, 4), "RGB", (0, 255, 255))
        assert back.getpixel((0, 0)) == (0, 0, 0)


def test_a_rejected_card_lies_apart_and_does_not_count_as_out(tmp_path: Path) -> None:
    one = machine(tmp_path)
    seconds(one.feed())
    seconds(one.reject())
    assert (one.counter("cards"), one.counter("rejected")) == (0, 1)
    with Image.open(tmp_path / "rejected" / "0001-front.png") as blank:
        assert blank.getpixel((0, 0)) == (255, 255, 255)
    assert list(tmp_path.glob("*.png")) == []


def test_nothing_moves_out_of_an_empty_machine() -> None:
    one = machine()
    assert seconds(one.eject()) == seconds(one.reject()) == 0.0
    assert one.counters() == {}


@pytest.mark.parametrize(("fault", "alert"), [
    ("cover-open", AlertKind.COVER_OPEN),
    ("hopper-empty", AlertKind.FEEDER),
    ("need-cleaning", AlertKind.CLEANING_DUE),
    ("ribbon-out", AlertKind.RIBBON_EMPTY),
    ("jam", AlertKind.CARD_JAM),
])
def test_a_part_that_cannot_move_says_why_and_goes_on_when_it_can(fault: str, alert: AlertKind) -> None:
    book = FaultBook(parse_fault(fault))
    one = machine(book=book)
    motion = whole_card(one, (Side.FRONT, BLACK))
    steps = [step for step in (next(motion) for _ in range(4)) if isinstance(step, Waiting)]
    assert steps
    assert all(step.alert is alert for step in steps)
    book.clear(FaultKind(fault))
    if fault == "jam":
        with pytest.raises(CardLost):
            list(motion)
        assert (one.loaded, one.counter("rejected")) == (False, 1)
    else:
        seconds(motion)
        assert one.counter("cards") == 1


def test_a_fault_of_the_second_card_strikes_when_it_is_inside() -> None:
    one = machine(None, "cover-open@card=2")
    seconds(whole_card(one, (Side.FRONT, BLACK)))
    motion = whole_card(one, (Side.FRONT, BLACK))
    assert next(motion) == Pause(FAST.feed)
    assert next(motion) == Waiting(AlertKind.COVER_OPEN)
    assert one.loaded


def test_a_fault_of_a_panel_strikes_at_that_panel() -> None:
    motion = whole_card(machine(None, "ribbon-out@panel=k"), (Side.FRONT, CYAN), (Side.FRONT, BLACK))
    assert [next(motion), next(motion), next(motion)] == [
        Pause(FAST.feed), Pause(FAST.panel), Waiting(AlertKind.RIBBON_EMPTY),
    ]


def test_supplies_refill_by_themselves_unless_told_otherwise() -> None:
    memory = Memory()
    memory.state.supplies["hopper"] = 1
    book = FaultBook()
    one = machine(memory=memory, book=book)
    seconds(whole_card(one, (Side.FRONT, BLACK)))
    assert one.supply("hopper") == (0, 100)
    seconds(whole_card(one, (Side.FRONT, BLACK)))
    assert one.supply("hopper") == (99, 100)
    memory.state.supplies["hopper"] = 0
    book.set(parse_fault("no-refill"))
    assert next(one.feed()) == Waiting(AlertKind.FEEDER)
    one.refill()
    assert next(one.feed()) == Pause(FAST.feed)


def test_counters_supplies_and_numbers_survive_the_power_switch(tmp_path: Path) -> None:
    state = tmp_path / "machine.json"
    one = machine(memory=Memory(state))
    seconds(whole_card(one, (Side.FRONT, BLACK)))
    seconds(one.clean())
    again = machine(memory=Memory(state))
    assert again.counters() == {"panels": 1, "cards": 1, "cleanings": 1}
    assert again.supply("ribbon") == (299, 300)
    assert Memory(state).state.next_card == 2


def test_a_card_that_was_inside_when_the_power_went_is_rejected(tmp_path: Path) -> None:
    state = tmp_path / "machine.json"
    seconds(machine(memory=Memory(state)).feed())
    again = machine(memory=Memory(state))
    assert (again.loaded, again.counter("rejected"), again.counter("cards")) == (False, 1, 0)


def test_a_file_that_is_no_state_is_named(tmp_path: Path) -> None:
    (tmp_path / "machine.json").write_text("cards: 7")
    with pytest.raises(ConfigurationError, match=r"machine\.json"):
        Memory(tmp_path / "machine.json")


# faults as they are written


@pytest.mark.parametrize("text", ["cover-open", "jam@card=1", "ribbon-out@panel=K", "silent@byte=1000", "no-refill"])
def test_a_fault_reads_as_it_is_written(text: str) -> None:
    assert str(parse_fault(text)) == text


@pytest.mark.parametrize(("text", "part"), [
    ("cover", "cover-open"), ("jam@card", "a number"), ("jam@card=0", "a number"), ("jam@side=1", "card, panel, byte"),
    ("ribbon-out@panel=q", "Y, M, C"), ("silent@byte=-1", "a number"), ("jam@card=१", "a number"),
])
def test_a_fault_that_does_not_exist_is_refused_with_what_does(text: str, part: str) -> None:
    with pytest.raises(ConfigurationError, match=part):
        parse_fault(text)


def test_clearing_disarms_too() -> None:
    book = FaultBook(parse_fault("jam"), parse_fault("jam@card=3"), parse_fault("silent@byte=9"))
    assert book.names() == ["jam", "jam@card=3", "silent@byte=9"]
    book.clear(FaultKind.JAM)
    assert book.names() == ["silent@byte=9"]
    book.clear()
    assert book.names() == []


# time


def steps_of(*steps: Pause | Waiting, done: Callable[[], None] = lambda: None) -> Motion:
    for step in steps:
        yield step
        done()


@given(st.lists(st.floats(0.01, 5.0), min_size=1, max_size=10), st.lists(st.floats(0.01, 7.0), max_size=20))
def test_a_late_tick_loses_no_time(pauses: list[float], ticks: list[float]) -> None:
    clock, done = FakeClock(), []
    start = clock.now
    activity = Activity(steps_of(*map(Pause, pauses), done=lambda: done.append(1)), clock)
    activity.run()
    for tick in ticks:
        clock.now += tick
        activity.run()
        passed = clock.now - start
        sums = np.cumsum(pauses)
        assert len(done) in (int((sums < passed - 1e-9).sum()), int((sums <= passed + 1e-9).sum()))


def test_a_waiting_motion_begins_its_next_pause_when_it_is_woken() -> None:
    clock = FakeClock()
    activity = Activity(steps_of(Waiting(), Pause(2.0)), clock)
    activity.run()
    assert (activity.waiting, activity.due()) == (True, None)
    clock.now += 100
    activity.run()
    assert activity.due() == clock.now + 2.0
    clock.now += 2
    activity.run()
    assert activity.finished


# the line


class Echo:
    """Answers every byte with itself."""

    def __init__(self) -> None:
        self.heard = b""

    def connected(self) -> None: ...
    def disconnected(self) -> None: ...

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        return data

    def due(self) -> float | None:
        return None

    def tick(self) -> bytes:
        return b""


def port(fault: str) -> tuple[Port, Echo, FaultBook]:
    echo, book = Echo(), FaultBook(parse_fault(fault))
    line = Port(echo, book)
    line.connected()
    return line, echo, book


@given(st.integers(1, 20), st.lists(st.binary(min_size=1, max_size=8), max_size=8))
def test_a_stall_comes_exactly_between_two_bytes_and_loses_none(at: int, pieces: list[bytes]) -> None:
    line, echo, book = port(f"stall@byte={at}")
    sent = b"".join(pieces)
    for piece in pieces:
        line.receive(piece)
    assert echo.heard == sent[:at]
    book.clear()
    line.tick()
    assert echo.heard == sent


def test_a_link_drops_once_after_its_byte() -> None:
    line, echo, _ = port("drop-link@byte=3")
    line.receive(b"abcdef")
    assert echo.heard == b"abc"
    assert line.drops()
    assert not line.drops()
    line.disconnected()
    line.connected()
    assert line.receive(b"xyz") == b"xyz"


def test_a_silent_device_works_on() -> None:
    line, echo, book = port("silent@byte=2")
    assert line.receive(b"abcd") == b""
    assert echo.heard == b"abcd"
    book.clear()
    assert line.receive(b"e") == b"e"


def test_one_answer_is_damaged() -> None:
    line, _, _ = port("garble@byte=1")
    assert line.receive(b"OK") != b"OK"
    assert line.receive(b"OK") == b"OK"


def test_a_spec_is_a_value() -> None:
    assert parse_fault("jam@card=2") == FaultSpec(FaultKind.JAM, "card", "2")
