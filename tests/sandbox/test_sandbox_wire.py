"""Every effect, answer and result crosses the wire to a driver's process whole."""

from __future__ import annotations

import msgspec
import pytest

from printserver.dialogue import (
    Answer,
    Ask,
    Atr,
    Close,
    CloseWrite,
    Connect,
    Control,
    Disconnect,
    Effect,
    Exchange,
    Framer,
    Hold,
    Interrupted,
    Listen,
    Mark,
    Open,
    Point,
    Rejected,
    Reopen,
    Report,
    Resumed,
    Send,
    Sent,
    Wait,
    fixed,
    line,
)
from printserver.driver import Done, Outcome, Spoiled, Unknown
from printserver.errors import WorkerFailed
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver.model.supply import Supply, SupplyKind
from printserver.sandbox.wire import EFFECTS, Carried, answer_in, carry, effect_in, effect_out, fault_in, result_in

LINE, FOUR = line(), fixed(4)
STATUS = PrinterStatus(
    ready=False, supplies=(Supply(kind=SupplyKind.RIBBON, name="YMCKO", remaining=3, capacity=200),),
    alerts=(Alert(kind=AlertKind.OTHER, severity=Severity.WARNING, verbatim="hm"),), counters={"cards": 3}, ribbon="KO",
)
EVERY: list[Effect] = [
    Ask(b"\x00?", LINE, 2.5, cancellable=True), Listen(FOUR), Listen(FOUR, 3.0, cancellable=True),
    Send(b"\xff" * 9, 2.0), Send(b"1", 2.0, Ask(b"2", FOUR, 1.0), 0.5, frozenset({b"a", b"b"})),
    Send(b"1", 2.0, Control(0xA1, 1, 0, 0, length=1), 0.5, frozenset({b"\x10"})),
    Control(0x41, 0, 0, 0, b"\0\1", 0, 1.0), Wait(1.5, cancellable=True),
    Connect("reader"), Exchange("reader", b"\0\xa4"), Disconnect("reader"),
    Hold("encode", 9.0, cancellable=True), Open(), CloseWrite(), Close(), Reopen(), Report(STATUS, True, 0.5), Report(),
    Mark(Point.COMMITTED, {"cards": "3"}),
]


def across(carried: Carried) -> Carried:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(carried), type=Carried)


@pytest.mark.parametrize("effect", EVERY, ids=lambda effect: type(effect).__name__)
def test_an_effect_comes_over_whole(effect: Effect) -> None:
    framers: list[Framer] = []

    def keep(framer: Framer) -> int:
        framers.append(framer)
        return len(framers) - 1

    assert effect_in(across(effect_out(effect, keep)), framers.__getitem__) == effect


def test_no_effect_was_forgotten() -> None:
    assert {type(effect).__name__ for effect in EVERY} == set(EFFECTS)


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"\x00\xff", Sent(), Interrupted(7, b"\x10"), Atr(b"\x3b"), Resumed(b"x"), Rejected("no")], ids=repr,
)
def test_an_answer_comes_over_whole(answer: Answer) -> None:
    assert answer_in(across(carry(answer))) == answer


@pytest.mark.parametrize("result", [
    None, Identity(family="f", model="m", serial="s", firmware="1"), STATUS, Done({"cards": "4"}), Done(sure=False),
    Spoiled(Reason("jam", "words"), fed=False), Unknown(Reason("x")),
], ids=repr)
def test_a_result_comes_over_whole(result: Identity | PrinterStatus | Outcome | None) -> None:
    assert result_in(across(carry(result))) == result


@pytest.mark.parametrize("carried", [
    Carried("Nonsense"), Carried("Wait", {"seconds": "long"}), Carried("Wait", 5), Carried("Send", {"data": b"1"}),
    Carried("Ask", {"data": b"", "frame": 0, "timeout": None, "cancellable": False}),
    Carried("Mark", {"point": "LOST"}),
    Carried("Send", {"data": b"1", "stall": 1.0, "beside": {"name": "Wait", "value": {"seconds": 1.0}}, "every": None,
                     "stop": None}),
], ids=repr)
def test_what_is_no_effect_is_a_typed_error(carried: Carried) -> None:
    with pytest.raises(WorkerFailed):
        effect_in(across(carried), [LINE].__getitem__)


def test_what_is_no_fault_or_result_is_a_typed_error() -> None:
    for value in (Carried("TimedOut", "words"), Carried("Oops", "words"), Carried("LinkLost", ["x", 1])):
        with pytest.raises(WorkerFailed):
            fault_in(value)
    with pytest.raises(WorkerFailed):
        result_in(Carried("Sent", {}))
