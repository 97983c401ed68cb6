"""The life of a card: the table against a second one written by hand, and walks through it that must not exist."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import pytest

from printserver.errors import NotPossibleNow
from printserver.lifecycle import CARD_TABLE, CardEvent, Guard, advance, diagram, events_of
from printserver.model.job import CardState

S, E = CardState, CardEvent

# From the drawing in the design, state by state; `!` = only while not committed, `*` = only when committed,
# `?` = only where the queue accepts unconfirmed cards.
WRITTEN_BY_HAND = """
queued      render -> rendering; cancel! -> canceled; fail! -> failed; restored -> uncertain
rendering   rendered -> ready; return! -> queued; cancel! -> canceled; fail! -> failed; restored -> uncertain
ready       start -> printing; return! -> queued; cancel! -> canceled; fail! -> failed; restored -> uncertain
printing    block -> blocked; wait -> waiting; done -> done; done-unconfirmed? -> done; spoil -> spoiled
printing    return! -> queued; cancel! -> canceled; fail! -> failed; doubt* -> uncertain
blocked     unblock -> printing; spoil -> spoiled; return! -> queued; cancel! -> canceled; fail! -> failed
blocked     doubt* -> uncertain
waiting     resume -> printing; spoil -> spoiled; return! -> queued; cancel! -> canceled; fail! -> failed
waiting     doubt* -> uncertain
uncertain   settle-done -> done; settle-spoiled -> spoiled; settle-queued -> queued
spoiled     retry -> queued; give-up -> failed
done        reject -> spoiled
"""


def by_hand() -> Iterable[tuple[CardState, CardEvent, str, CardState]]:
    for row in WRITTEN_BY_HAND.strip().splitlines():
        state, _, steps = row.partition(" ")
        for step in steps.split(";"):
            event, _, target = step.strip().partition(" -> ")
            guard = event[-1] if event[-1] in "!*?" else ""
            yield S(state), E(event.rstrip("!*?")), guard, S(target)


EXPECTED = {(state, event): (guard, target) for state, event, guard, target in by_hand()}


def allowed(guard: str, committed: bool, accepts_unconfirmed: bool) -> bool:
    return {"": True, "!": not committed, "*": committed, "?": accepts_unconfirmed}[guard]


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("event", E)
def test_every_pair_is_in_the_drawing_or_refused(state: CardState, event: CardEvent) -> None:
    for committed, accepts in product((False, True), repeat=2):
        guard, target = EXPECTED.get((state, event), ("", None))
        if target is not None and allowed(guard, committed, accepts):
            assert advance(state, event, committed=committed, accepts_unconfirmed=accepts) is target
        else:
            with pytest.raises(NotPossibleNow) as refusal:
                advance(state, event, committed=committed, accepts_unconfirmed=accepts)
            assert str(state) in str(refusal.value)
            assert str(event) in str(refusal.value)


def test_a_refusal_names_what_is_possible() -> None:
    with pytest.raises(NotPossibleNow) as refusal:
        advance(S.UNCERTAIN, E.RETRY)
    assert refusal.value.allowed == "settle-done, settle-spoiled, settle-queued"
    assert events_of(S.CANCELED) == []


def reachable(start: CardState, *, committed: bool, without: Iterable[CardEvent] = ()) -> set[CardState]:
    """Walk the table as far as it goes, leaving some events out."""
    found, edge = {start}, [start]
    while edge:
        state = edge.pop()
        for event in set(events_of(state)) - set(without):
            guard = CARD_TABLE[state, event].guard
            if (guard is Guard.UNCOMMITTED and committed) or (guard is Guard.COMMITTED and not committed):
                continue
            target = CARD_TABLE[state, event].state
            if target not in found:
                found.add(target)
                edge.append(target)
    return found


VERDICTS = (E.SETTLE_DONE, E.SETTLE_SPOILED, E.SETTLE_QUEUED)


@pytest.mark.parametrize("state", [S.PRINTING, S.BLOCKED, S.WAITING])
def test_a_committed_card_never_goes_back_by_itself(state: CardState) -> None:
    # A spoiled card is known to be ruined: its retry is another card, not this one again.
    onwards = reachable(state, committed=True, without=(*VERDICTS, E.SPOIL, E.REJECT))
    assert onwards == {S.PRINTING, S.BLOCKED, S.WAITING, S.DONE, S.UNCERTAIN}


def test_doubt_is_left_by_a_verdict_only() -> None:
    for committed in (False, True):
        assert reachable(S.UNCERTAIN, committed=committed, without=VERDICTS) == {S.UNCERTAIN}


def test_final_means_final_but_for_a_rejected_card() -> None:
    final = {state for state in S if state.final}
    assert final == {S.DONE, S.CANCELED, S.FAILED}
    assert {(state, event) for state, event in CARD_TABLE if state in final} == {(S.DONE, E.REJECT)}


def test_every_state_can_be_reached_and_every_card_can_end() -> None:
    assert reachable(S.QUEUED, committed=False) | reachable(S.PRINTING, committed=True) == set(S)
    for state in S:
        for committed in (False, True):
            assert any(end.final for end in reachable(state, committed=committed))


def test_the_diagram_shows_each_step_once() -> None:
    lines = diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> queued"]
    words = {"": "", "!": " [not committed]", "*": " [committed]", "?": " [queue accepts unconfirmed]"}
    steps = {
        f"    {state} --> {target}: {event}{words[guard]}" for (state, event), (guard, target) in EXPECTED.items()
    }
    ends = {f"    {state} --> [*]" for state in S if state.final}
    assert sorted(lines[2:]) == sorted(steps | ends)
