"""The life of a card and of a job: which state follows which, and nothing else.

Laws kept here:

1. Only the queue changes a state, and only through `CARD_TABLE`; a pair that is not in the table is refused.
2. A card that is COMMITTED (a byte that may feed or personalise it may have left) never goes back by itself:
   its only ways on are the device's own outcome, or doubt.
3. UNCERTAIN is left by evidence or by a person's verdict; by nothing else.
4. A job's state is never stored by decision: it is rolled up from its cards and its two wishes, hold and cancel.
5. The diagram in the documentation is generated from the table (`diagram`).

Words: the host waits in `waiting`; the device waits in `blocked`; a person decides in `uncertain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from printserver.errors import NotPossibleNow
from printserver.model.holding import HeldFor
from printserver.model.job import Card, CardState, JobState


class CardEvent(StrEnum):
    """What can happen to a card."""

    RENDER = "render"
    RENDERED = "rendered"
    START = "start"
    BLOCK = "block"
    UNBLOCK = "unblock"
    WAIT = "wait"
    RESUME = "resume"
    DONE = "done"
    DONE_UNCONFIRMED = "done-unconfirmed"
    SPOIL = "spoil"
    RETURN = "return"
    CANCEL = "cancel"
    FAIL = "fail"
    DOUBT = "doubt"
    RESTORED = "restored"
    SETTLE_DONE = "settle-done"
    SETTLE_SPOILED = "settle-spoiled"
    SETTLE_QUEUED = "settle-queued"
    RETRY = "retry"
    GIVE_UP = "give-up"
    REJECT = "reject"


class Guard(StrEnum):
    """What must hold besides the state."""

    ALWAYS = "always"
    UNCOMMITTED = "not committed"
    COMMITTED = "committed"
    ACCEPTS_UNCONFIRMED = "queue accepts unconfirmed"


@dataclass(frozen=True, slots=True)
class Step:
    """Where an event leads, and under which guard."""

    state: CardState
    guard: Guard = Guard.ALWAYS


def _each(states: Iterable[CardState], event: CardEvent, step: Step) -> dict[tuple[CardState, CardEvent], Step]:
    return {(state, event): step for state in states}


_S, _E = CardState, CardEvent
_HELD_BY_DEVICE = (_S.PRINTING, _S.BLOCKED, _S.WAITING)
_BEGUN = (_S.RENDERING, _S.READY, *_HELD_BY_DEVICE)

CARD_TABLE: dict[tuple[CardState, CardEvent], Step] = {
    (_S.QUEUED, _E.RENDER): Step(_S.RENDERING),
    (_S.RENDERING, _E.RENDERED): Step(_S.READY),
    (_S.READY, _E.START): Step(_S.PRINTING),
    # the device waits for a person
    (_S.PRINTING, _E.BLOCK): Step(_S.BLOCKED),
    (_S.BLOCKED, _E.UNBLOCK): Step(_S.PRINTING),
    # the host holds: encode, wait, resume
    (_S.PRINTING, _E.WAIT): Step(_S.WAITING),
    (_S.WAITING, _E.RESUME): Step(_S.PRINTING),
    # the device's own outcome
    (_S.PRINTING, _E.DONE): Step(_S.DONE),
    (_S.PRINTING, _E.DONE_UNCONFIRMED): Step(_S.DONE, Guard.ACCEPTS_UNCONFIRMED),
    **_each(_HELD_BY_DEVICE, _E.SPOIL, Step(_S.SPOILED)),
    # before the commit mark nothing has moved: back, off or out
    **_each(_BEGUN, _E.RETURN, Step(_S.QUEUED, Guard.UNCOMMITTED)),
    **_each((_S.QUEUED, *_BEGUN), _E.CANCEL, Step(_S.CANCELED, Guard.UNCOMMITTED)),
    **_each((_S.QUEUED, *_BEGUN), _E.FAIL, Step(_S.FAILED, Guard.UNCOMMITTED)),
    # after it nobody knows until somebody says
    **_each(_HELD_BY_DEVICE, _E.DOUBT, Step(_S.UNCERTAIN, Guard.COMMITTED)),
    **_each((_S.QUEUED, _S.RENDERING, _S.READY), _E.RESTORED, Step(_S.UNCERTAIN)),
    (_S.UNCERTAIN, _E.SETTLE_DONE): Step(_S.DONE),
    (_S.UNCERTAIN, _E.SETTLE_SPOILED): Step(_S.SPOILED),
    (_S.UNCERTAIN, _E.SETTLE_QUEUED): Step(_S.QUEUED),
    # a ruined card is printed anew or given up
    (_S.SPOILED, _E.RETRY): Step(_S.QUEUED),
    (_S.SPOILED, _E.GIVE_UP): Step(_S.FAILED),
    (_S.DONE, _E.REJECT): Step(_S.SPOILED),
}


def advance(
    state: CardState, event: CardEvent, *, committed: bool = False, accepts_unconfirmed: bool = False
) -> CardState:
    """Return the state that follows.

    Raises NotPossibleNow when the table has no such step or its guard does not hold.
    """
    step = CARD_TABLE.get((state, event))
    if step is None:
        raise NotPossibleNow(f"a card that is {state} cannot {event}", allowed=", ".join(events_of(state)))
    if not _holds(step.guard, committed, accepts_unconfirmed):
        raise NotPossibleNow(f"a card that is {state} can {event} only while {step.guard}")
    return step.state


def _holds(guard: Guard, committed: bool, accepts_unconfirmed: bool) -> bool:
    match guard:
        case Guard.ALWAYS:
            return True
        case Guard.UNCOMMITTED:
            return not committed
        case Guard.COMMITTED:
            return committed
        case Guard.ACCEPTS_UNCONFIRMED:
            return accepts_unconfirmed


def events_of(state: CardState) -> list[CardEvent]:
    """Return the events that the table knows for a state."""
    return [event for (source, event) in CARD_TABLE if source is state]


_ACTIVE = frozenset(_BEGUN)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What people asked of a job as a whole, beside what its cards are; `duplicate` = it is like an earlier job.

    `held_for` = why the server itself holds it.
    """

    hold: bool = False
    cancel: bool = False
    incoming: bool = False
    duplicate: bool = False
    held_for: HeldFor | None = None


def roll_up(cards: Sequence[Card], wishes: Wishes) -> tuple[JobState, tuple[str, ...]]:
    """Return the job's state and its job-state-reasons (RFC 8011 section 5.3.8) from its cards and wishes."""
    state, reasons = _rolled_up(cards, wishes)
    if wishes.duplicate:
        reasons = (*(reason for reason in reasons if reason != "none"), "possible-duplicate")
    return state, reasons


def _rolled_up(cards: Sequence[Card], wishes: Wishes) -> tuple[JobState, tuple[str, ...]]:
    states = [card.state for card in cards]
    if CardState.UNCERTAIN in states:
        return JobState.STOPPED, _with_cancel(("printer-stopped", "card-uncertain"), wishes)
    if all(state.final for state in states) and states:
        return _finished(cards, states)
    if _ACTIVE.intersection(states):
        return JobState.PROCESSING, _with_cancel(_active_reasons(states), wishes)
    if wishes.cancel and not states:
        return JobState.CANCELED, ("job-canceled-by-user",)
    if wishes.incoming:
        return JobState.HELD, ("job-incoming", "job-data-insufficient")
    if wishes.hold:
        return JobState.HELD, ("job-hold-until-specified", *((wishes.held_for,) if wishes.held_for else ()))
    return JobState.PENDING, _with_cancel(("none",), wishes)


def _with_cancel(reasons: tuple[str, ...], wishes: Wishes) -> tuple[str, ...]:
    if not wishes.cancel:
        return reasons
    return (*(reason for reason in reasons if reason != "none"), "processing-to-stop-point")


def _active_reasons(states: Sequence[CardState]) -> tuple[str, ...]:
    if CardState.BLOCKED in states:
        return ("printer-stopped",)
    if CardState.WAITING in states:
        return ("job-interpreting", "card-waits-for-host")
    return ("job-printing",) if CardState.PRINTING in states else ("job-transforming",)


def _finished(cards: Sequence[Card], states: Sequence[CardState]) -> tuple[JobState, tuple[str, ...]]:
    done, failed = CardState.DONE in states, CardState.FAILED in states
    canceled = ("job-canceled-by-user",) if CardState.CANCELED in states else ()
    if done and (failed or canceled):
        return JobState.COMPLETED, ("job-completed-with-errors", *canceled, *_in_device(cards))
    if done:
        return JobState.COMPLETED, ("job-completed-successfully", *_in_device(cards))
    if failed:
        return JobState.ABORTED, ("aborted-by-system", *_causes(cards), *canceled)
    return JobState.CANCELED, canceled


def _in_device(cards: Sequence[Card]) -> tuple[str, ...]:
    return ("queued-in-device",) if any(card.unconfirmed for card in cards) else ()


def _causes(cards: Sequence[Card]) -> tuple[str, ...]:
    """Name each cause of failure once, as the last reasons of the cards."""
    codes = [card.reason.code for card in cards if card.reason and card.state is CardState.FAILED]
    return tuple(dict.fromkeys(codes))


def diagram() -> str:
    """Return the card's life as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> queued"]
    for (source, event), step in CARD_TABLE.items():
        guard = "" if step.guard is Guard.ALWAYS else f" [{step.guard}]"
        lines.append(f"    {source} --> {step.state}: {event}{guard}")
    lines += [f"    {state} --> [*]" for state in CardState if state.final]
    return "\n".join(lines) + "\n"
