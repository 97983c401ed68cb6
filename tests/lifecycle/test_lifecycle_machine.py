"""A card driven at random through its life, with attempts and marks as the store keeps them."""

from __future__ import annotations

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from printserver.errors import NotPossibleNow
from printserver.lifecycle import CardEvent, advance, events_of
from printserver.model.job import Attempt, Card, CardState, Mark

S, E = CardState, CardEvent
ENDS = {E.DONE, E.DONE_UNCONFIRMED, E.SPOIL, E.RETURN, E.CANCEL, E.FAIL, E.SETTLE_DONE, E.SETTLE_SPOILED,
        E.SETTLE_QUEUED}  # fmt: skip
ONWARDS = {S.QUEUED: E.RENDER, S.RENDERING: E.RENDERED, S.READY: E.START}


class CardLife(RuleBasedStateMachine):
    """Plastic counts what a person would find in the printer's trays: cards for which the device was given bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.card = Card(id=1, job=1, number=1, state=S.QUEUED, version=1, changed=0.0)
        self.history: list[tuple[CardState, CardEvent, CardState]] = []
        self.blanks_at_risk = 0
        self.known = 0

    @rule(event=st.sampled_from(E), accepts=st.booleans())
    def anything_is_tried(self, event: CardEvent, accepts: bool) -> None:
        self.happens(event, accepts)

    @precondition(lambda self: self.card.state in ONWARDS)
    @rule()
    def all_goes_well(self) -> None:
        self.happens(ONWARDS[self.card.state], False)

    @rule(data=st.data(), accepts=st.booleans())
    def something_possible_happens(self, data: st.DataObject, accepts: bool) -> None:
        self.happens(data.draw(st.sampled_from(events_of(self.card.state) or list(E))), accepts)

    def happens(self, event: CardEvent, accepts: bool) -> None:
        before = self.card
        try:
            state = advance(before.state, event, committed=before.committed, accepts_unconfirmed=accepts)
        except NotPossibleNow:
            return
        self.history.append((before.state, event, state))
        self.card = msgspec.structs.replace(before, state=state, attempts=self.attempts_after(event))
        if before.committed and not self.card.committed:
            self.known += 1

    def attempts_after(self, event: CardEvent) -> tuple[Attempt, ...]:
        attempts = self.card.attempts
        if event is E.START:
            return (*attempts, Attempt(number=len(attempts) + 1, printer="p", serial="s", started=0.0))
        if event in ENDS and attempts:
            return (*attempts[:-1], msgspec.structs.replace(attempts[-1], ended=1.0))
        return attempts

    @precondition(lambda self: self.card.state is S.PRINTING and not self.card.committed)
    @rule()
    def bytes_may_feed_the_card(self) -> None:
        marked = msgspec.structs.replace(self.card.attempts[-1], marks=(Mark("COMMITTED", 0.0),))
        self.card = msgspec.structs.replace(self.card, attempts=(*self.card.attempts[:-1], marked))
        self.blanks_at_risk += 1

    @invariant()
    def a_committed_attempt_is_with_the_device_or_in_doubt(self) -> None:
        if self.card.committed:
            assert self.card.state.in_device or self.card.state is S.UNCERTAIN

    @invariant()
    def no_blank_is_used_twice_without_a_verdict_on_the_first(self) -> None:
        assert self.blanks_at_risk - self.known == int(self.card.committed)

    @invariant()
    def doubt_was_left_by_verdicts_only(self) -> None:
        left = {event for before, event, after in self.history if before is S.UNCERTAIN}
        assert left <= {E.SETTLE_DONE, E.SETTLE_SPOILED, E.SETTLE_QUEUED}

    @invariant()
    def a_card_returns_before_its_commit_mark_only(self) -> None:
        if self.history and self.history[-1][1] in (E.RETURN, E.CANCEL, E.FAIL) and self.card.attempts:
            assert not (self.card.attempts[-1].committed and self.history[-1][0].in_device)


CardLife.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
CardLifeTest = CardLife.TestCase
