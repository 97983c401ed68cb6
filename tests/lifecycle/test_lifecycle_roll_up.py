"""A job's state is what its cards make it, and what people wished."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.lifecycle import Wishes, roll_up
from printserver.model.holding import HeldFor
from printserver.model.job import Card, CardState, JobState, Reason

S, J = CardState, JobState


def cards(*states: CardState, reason: str = "") -> list[Card]:
    why = Reason(reason) if reason else None
    return [
        Card(id=number, job=1, number=number, state=state, version=1, changed=0.0, reason=why)
        for number, state in enumerate(states, start=1)
    ]


@pytest.mark.parametrize(
    ("states", "wishes", "state", "reason"),
    [
        ([S.QUEUED], Wishes(), J.PENDING, "none"),
        ([S.QUEUED], Wishes(hold=True), J.HELD, "job-hold-until-specified"),
        ([S.QUEUED], Wishes(hold=True, held_for=HeldFor.ATTEMPTS), J.HELD, "attempts-used"),
        ([S.QUEUED], Wishes(hold=True, held_for=HeldFor.RELEASE), J.HELD, "job-release-wait"),
        ([S.QUEUED], Wishes(cancel=True), J.PENDING, "processing-to-stop-point"),
        ([], Wishes(incoming=True), J.HELD, "job-incoming"),
        ([], Wishes(incoming=True, cancel=True), J.CANCELED, "job-canceled-by-user"),
        ([S.RENDERING], Wishes(), J.PROCESSING, "job-transforming"),
        ([S.READY, S.QUEUED], Wishes(), J.PROCESSING, "job-transforming"),
        ([S.PRINTING, S.RENDERING], Wishes(), J.PROCESSING, "job-printing"),
        ([S.PRINTING], Wishes(cancel=True), J.PROCESSING, "processing-to-stop-point"),
        ([S.PRINTING], Wishes(hold=True), J.PROCESSING, "job-printing"),
        ([S.BLOCKED, S.QUEUED], Wishes(), J.PROCESSING, "printer-stopped"),
        ([S.WAITING], Wishes(), J.PROCESSING, "card-waits-for-host"),
        ([S.DONE, S.UNCERTAIN, S.PRINTING], Wishes(), J.STOPPED, "card-uncertain"),
        ([S.DONE, S.QUEUED], Wishes(), J.PENDING, "none"),
        ([S.DONE, S.SPOILED], Wishes(), J.PENDING, "none"),
        ([S.DONE, S.DONE], Wishes(), J.COMPLETED, "job-completed-successfully"),
        ([S.DONE, S.DONE], Wishes(cancel=True), J.COMPLETED, "job-completed-successfully"),
        ([S.DONE, S.FAILED], Wishes(), J.COMPLETED, "job-completed-with-errors"),
        ([S.DONE, S.CANCELED], Wishes(cancel=True), J.COMPLETED, "job-completed-with-errors"),
        ([S.FAILED, S.FAILED], Wishes(), J.ABORTED, "aborted-by-system"),
        ([S.FAILED, S.CANCELED], Wishes(cancel=True), J.ABORTED, "aborted-by-system"),
        ([S.CANCELED, S.CANCELED], Wishes(cancel=True), J.CANCELED, "job-canceled-by-user"),
    ],
)
def test_the_rules(states: list[CardState], wishes: Wishes, state: JobState, reason: str) -> None:
    found, reasons = roll_up(cards(*states), wishes)
    assert found is state
    assert reason in reasons


def test_an_aborted_job_names_each_cause_once() -> None:
    _, reasons = roll_up(cards(S.FAILED, S.FAILED, reason="document-broken"), Wishes())
    assert reasons == ("aborted-by-system", "document-broken")


def test_a_job_with_unconfirmed_cards_says_so() -> None:
    [card] = cards(S.DONE)
    unconfirmed = Card(**{name: getattr(card, name) for name in card.__struct_fields__} | {"unconfirmed": True})
    assert roll_up([unconfirmed], Wishes()) == (J.COMPLETED, ("job-completed-successfully", "queued-in-device"))


WISHES = st.builds(Wishes, hold=st.booleans(), cancel=st.booleans(), incoming=st.booleans())


@given(st.lists(st.sampled_from(S), min_size=1, max_size=5), WISHES)
def test_whatever_the_cards(states: list[CardState], wishes: Wishes) -> None:
    state, reasons = roll_up(cards(*states), wishes)
    assert state.final == all(card.final for card in states)
    assert (state is J.STOPPED) == (S.UNCERTAIN in states)
    assert len(set(reasons)) == len(reasons) > 0
    assert (wishes.cancel and state in (J.PENDING, J.PROCESSING, J.STOPPED)) == ("processing-to-stop-point" in reasons)
    if state is J.COMPLETED:
        assert S.DONE in states
    if state is J.CANCELED:
        assert set(states) == {S.CANCELED}


@given(st.lists(st.sampled_from(S), min_size=1, max_size=5), WISHES)
def test_the_order_of_cards_does_not_matter(states: list[CardState], wishes: Wishes) -> None:
    assert roll_up(cards(*states), wishes) == roll_up(cards(*reversed(states)), wishes)
