"""Effects, answers, faults and results of a dialogue as plain data, for a driver that runs in another process.

Laws kept here:

1. What comes from the process is read into the types that it may be, and into nothing else; raises WorkerFailed.
2. An effect, an answer and a fault keep their class; a framer stays where its code is, and has a number here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

import msgspec

from printserver import dialogue
from printserver.dialogue import (
    Answer,
    Ask,
    CardAbsent,
    Control,
    DialogueFault,
    Effect,
    Framer,
    LinkLost,
    Listen,
    Send,
    Stalled,
    TimedOut,
)
from printserver.driver import Done, Outcome, Spoiled, Unknown
from printserver.errors import WorkerFailed
from printserver.model.printer import Identity, PrinterStatus

Keep: TypeAlias = Callable[[Framer], int]
Known: TypeAlias = Callable[[int], Framer]


class Carried(msgspec.Struct, frozen=True):
    """A value of a named class, as plain data."""

    name: str
    value: Any = None


EFFECTS = {kind.__name__: kind for kind in Effect.__args__}
ANSWERS = {kind.__name__: kind for kind in (dialogue.Sent, dialogue.Interrupted, dialogue.Atr, dialogue.Resumed,
                                            dialogue.Rejected)}
FAULTS = {kind.__name__: kind for kind in (dialogue.Unsupported, CardAbsent, dialogue.Cancelled)}
RESULTS: dict[str, type] = {kind.__name__: kind for kind in (Identity, PrinterStatus, Done, Spoiled, Unknown)}


def carry(value: object) -> Carried:
    """Return a value of one of the tables above; bytes and None go as they are."""
    if value is None or isinstance(value, bytes):
        return Carried("", value)
    return Carried(type(value).__name__, msgspec.to_builtins(value, builtin_types=(bytes,)))


def _taken(carried: Carried, table: dict[str, Any]) -> Any:  # noqa: ANN401 - the table says which classes there are
    if not carried.name and (carried.value is None or isinstance(carried.value, bytes)):
        return carried.value
    kind = table.get(carried.name)
    if kind is None:
        raise WorkerFailed(f"the driver's process spoke of {carried.name!r}")
    try:
        return msgspec.convert(carried.value, type=kind)
    except msgspec.ValidationError as error:
        raise WorkerFailed(f"the driver's process gave a wrong {carried.name}: {error}") from error


def answer_in(carried: Carried | None) -> Answer:
    """Return the answer to an effect."""
    return None if carried is None else cast(Answer, _taken(carried, ANSWERS))


def result_in(carried: Carried) -> Identity | PrinterStatus | Outcome | None:
    """Return what a dialogue came to."""
    return cast("Identity | PrinterStatus | Outcome | None", _taken(carried, RESULTS))


def effect_out(effect: Effect, keep: Keep) -> Carried:
    """Return an effect; `keep` gives each framer its number."""
    name = type(effect).__name__
    match effect:
        case Ask() | Listen():
            fields = {at: getattr(effect, at) for at in type(effect).__slots__}
            return Carried(name, fields | {"frame": keep(effect.frame)})
        case Send():
            beside = None if effect.beside is None else effect_out(effect.beside, keep)
            return Carried(name, {
                "data": bytes(effect.data), "stall": effect.stall, "beside": beside, "every": effect.every,
                "stop": None if effect.stop is None else sorted(effect.stop),
            })
        case _:
            return carry(effect)


class _Beside(msgspec.Struct):
    data: bytes
    stall: float
    beside: Carried | None
    every: float | None
    stop: frozenset[bytes] | None


class _Asked(msgspec.Struct):
    frame: int
    timeout: float | None
    cancellable: bool
    data: bytes = b""


def effect_in(carried: Carried, known: Known) -> Effect:
    """Return an effect; `known` makes a framer of a number."""
    match carried.name:
        case "Ask":
            asked: _Asked = _taken(carried, {"Ask": _Asked})
            if asked.timeout is None:
                raise WorkerFailed("the driver's process asks without an end")
            return Ask(asked.data, known(asked.frame), asked.timeout, asked.cancellable)
        case "Listen":
            heard: _Asked = _taken(carried, {"Listen": _Asked})
            return Listen(known(heard.frame), heard.timeout, heard.cancellable)
        case "Send":
            sent: _Beside = _taken(carried, {"Send": _Beside})
            beside = None if sent.beside is None else effect_in(sent.beside, known)
            if not isinstance(beside, Ask | Control | None):
                raise WorkerFailed("the driver's process polls by what is no question")
            return Send(sent.data, sent.stall, beside, sent.every, sent.stop)
        case name if name in EFFECTS:
            return cast(Effect, _taken(carried, EFFECTS))
        case name:
            raise WorkerFailed(f"the driver's process spoke of {name!r}")


def fault_out(fault: DialogueFault) -> Carried:
    """Return a fault with how far its effect came."""
    match fault:
        case TimedOut():
            return Carried("TimedOut", fault.partial)
        case LinkLost():
            return Carried("LinkLost", [fault.sent, fault.message])
        case Stalled():
            return Carried("Stalled", fault.sent)
        case _:
            return Carried(type(fault).__name__, fault.message)


def fault_in(carried: Carried) -> DialogueFault:
    """Return the fault again."""
    match carried.name, carried.value:
        case "TimedOut", bytes(partial):
            return TimedOut(partial)
        case "LinkLost", [int(sent), str(words)]:
            fault = LinkLost(sent)
            fault.message, fault.args = words, (words,)
            return fault
        case "Stalled", int(sent):
            return Stalled(sent)
        case name, str(words) if name in FAULTS:
            return FAULTS[name](words)
        case _:
            raise WorkerFailed(f"the driver's process spoke of {carried.name!r}")
