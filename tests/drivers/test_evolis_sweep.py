"""The link breaks, stalls or lies at every single effect of a card: never a second card, never a false "done"."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from printserver.dialogue import Answer, Ask, Dialogue, DialogueFault, Effect, LinkLost, Listen, Mark, Send, Stalled
from printserver.dialogue import TimedOut as Silent
from printserver.driver import Done, Evidence, Outcome, Spoiled, Unknown
from printserver.emulation import FaultKind, parse_fault
from printserver.errors import DeviceReplyUnknown
from printserver.model import job as model
from printserver_evolis.driver import EvolisDriver
from printserver_evolis.emulator import EvolisEmulator
from printserver_evolis.job import GEOMETRY
from printserver_evolis.ribbons import by_name
from tests.drivers.bench import LINK, Desk, card_of, desk

CARD = card_of(by_name("YMCKOK"), GEOMETRY, 256, back=True)
DRIVER = EvolisDriver("primacy", {"settle": "5"})
BLOCKS = list(DRIVER.encode(CARD))
# Pem, settings, health, the counter twice, COMMITTED, nine blocks, health, the counter twice, EJECTED.
EFFECTS = 19

Harm = Callable[[Desk, Effect], Answer]


def cut_before(printer: Desk, effect: Effect) -> Answer:
    printer.cut()
    raise LinkLost(0)


def cut_halfway(printer: Desk, effect: Effect) -> Answer:
    if isinstance(effect, Send | Ask):
        printer.write(bytes(effect.data)[: len(effect.data) // 2])
    printer.cut()
    raise LinkLost(0)


def cut_after(printer: Desk, effect: Effect) -> Answer:
    if isinstance(effect, Send | Ask):
        printer.write(bytes(effect.data))
    printer.cut()
    raise LinkLost(0)


def fall_silent(printer: Desk, effect: Effect) -> Answer:
    if isinstance(effect, Ask):
        raise Silent
    return printer.perform(effect)


def stall(printer: Desk, effect: Effect) -> Answer:
    if isinstance(effect, Send):
        printer.write(bytes(effect.data)[:7])
        raise Stalled(min(7, len(effect.data)))
    return printer.perform(effect)


def garble(printer: Desk, effect: Effect) -> Answer:
    answer = printer.perform(effect)
    return bytes(byte ^ 0xA5 for byte in answer) if isinstance(answer, bytes) and answer else answer


def lie(text: bytes) -> Harm:
    def answer(printer: Desk, effect: Effect) -> Answer:
        found = printer.perform(effect)
        return text if isinstance(effect, Ask | Listen) else found

    return answer


def play_with(printer: Desk, dialogue: Dialogue[Outcome], at: int, harm: Harm) -> Outcome | DialogueFault:
    """Play a dialogue and do harm at one effect; what it does not catch is what the queue would see."""
    seen = 0
    perform = printer.perform

    def harmful(effect: Effect) -> Answer:
        nonlocal seen
        seen += 1
        if seen - 1 != at:
            return perform(effect)
        printer.perform = perform  # type: ignore[method-assign]  # the harm is done once
        return harm(printer, effect)

    printer.perform = harmful  # type: ignore[method-assign]  # the desk is the wire of this test
    try:
        return printer.play(dialogue)
    except DialogueFault as fault:
        return fault
    finally:
        printer.perform = perform  # type: ignore[method-assign]


def committed(printer: Desk) -> bool:
    return any(mark.point == "COMMITTED" for mark in printer.marks)


def settle(printer: Desk) -> Outcome:
    """What the queue does with a card in doubt: a new connection, then the driver's reconciliation."""
    marks = tuple(model.Mark(mark.point, 0.0, mark.evidence) for mark in printer.marks)
    if printer.link_up:
        printer.cut()
    printer.connect()
    return printer.play(DRIVER.reconcile(Evidence(marks, "SN1"), LINK))


HARMS = [
    cut_before, cut_halfway, cut_after, fall_silent, stall, garble, lie(b"OK\0"), lie(b"1\0"), lie(b"\x15C\x15T7\0"),
]


def test_the_count_of_effects_is_known() -> None:
    printer = desk(EvolisEmulator, "primacy", GEOMETRY)
    assert printer.play(DRIVER.print_card(None, BLOCKS, LINK)) == Done({"cards": "1"})
    assert len(printer.effects) == EFFECTS
    assert isinstance(printer.effects[5], Mark)


@pytest.mark.parametrize("at", range(EFFECTS))
@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_harm_at_one_effect_ends_in_an_outcome_that_the_machine_bears_out(harm: Harm, at: int) -> None:
    printer = desk(EvolisEmulator, "primacy", GEOMETRY)
    outcome = play_with(printer, DRIVER.print_card(None, BLOCKS, LINK), at, harm)
    if not committed(printer):
        assert not printer.machine.loaded
        assert printer.machine.counter("cards") == 0
        return
    if isinstance(outcome, DialogueFault | Unknown):
        outcome = settle(printer)
    printer.pass_time(60)
    assert not printer.machine.loaded
    assert printer.machine.counter("cards") == (1 if isinstance(outcome, Done) else 0), outcome


@pytest.mark.parametrize("first", [12, 17, 18])
@pytest.mark.parametrize("at", range(12))
@pytest.mark.parametrize("harm", [cut_after, fall_silent, garble], ids=lambda harm: harm.__name__)
def test_harm_during_reconciliation_too(harm: Harm, at: int, first: int) -> None:
    printer = desk(EvolisEmulator, "primacy", GEOMETRY)
    play_with(printer, DRIVER.print_card(None, BLOCKS, LINK), first, cut_after)
    printer.connect()
    marks = tuple(model.Mark(mark.point, 0.0, mark.evidence) for mark in printer.marks)
    outcome: Outcome | DialogueFault
    try:
        outcome = play_with(printer, DRIVER.reconcile(Evidence(marks, "SN1"), LINK), at, harm)
    except DeviceReplyUnknown:
        outcome = Unknown(model.Reason("device-reply-unknown"))
    if isinstance(outcome, DialogueFault | Unknown):
        outcome = settle(printer)
    printer.pass_time(60)
    assert isinstance(outcome, Done | Spoiled)
    assert not printer.machine.loaded
    assert printer.machine.counter("cards") == (1 if isinstance(outcome, Done) else 0)


def test_one_false_ok_does_not_settle_a_card_that_is_still_in_the_path() -> None:
    printer = desk(EvolisEmulator, "primacy", GEOMETRY)
    play_with(printer, DRIVER.print_card(None, BLOCKS, LINK), 10, cut_halfway)
    perform, lies = printer.perform, [b"OK\0"]

    def open_cover_at_the_reject(effect: Effect) -> Answer:
        if isinstance(effect, Send) and b"Ser" in bytes(effect.data):
            printer.faults.set(parse_fault("cover-open"))
        answer = perform(effect)
        if printer.faults.on(FaultKind.COVER_OPEN) and isinstance(effect, Ask) and b"Rlr" in effect.data and lies:
            return lies.pop()
        return answer

    printer.perform = open_cover_at_the_reject  # type: ignore[method-assign]  # the desk is the wire of this test
    printer.on_report = lambda report: printer.faults.clear(FaultKind.COVER_OPEN)
    assert isinstance(settle(printer), Spoiled)
    assert not printer.machine.loaded
    assert lies == []
