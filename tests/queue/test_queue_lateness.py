"""An outcome that comes late settles the very doubt that its delay has raised, and nothing else."""

import pytest
from msgspec.structs import replace

from printserver.lifecycle import CardEvent
from printserver.model.job import Card, CardState, Job, Reason
from printserver.model.ticket import Ticket
from printserver.queue.lateness import late_step
from printserver.store.contract import CardStep

DONE = CardStep(number=1, version=4, event=CardEvent.DONE, outcome="done")


def a_job(state: CardState, reason: str | None) -> Job:
    card = Card(
        id=1, job=1, number=1, state=state, version=7, changed=0.0, reason=None if reason is None else Reason(reason),
        printer="p", attempts=(), unconfirmed=False, simulated=False, front=1, back=None,
    )  # fmt: skip
    return Job(
        id=1, queue="card", state="processing-stopped", reasons=(), ticket=Ticket(), origin="", created=0.0,  # type: ignore[arg-type]
        changed=0.0, version=1, hold=False, cancel=False, incoming=False, purged=False, completed=None, documents=(),
        cards=(card,),
    )  # fmt: skip


@pytest.mark.parametrize(("event", "settling"), [
    (CardEvent.DONE, CardEvent.SETTLE_DONE), (CardEvent.SPOIL, CardEvent.SETTLE_SPOILED),
])  # fmt: skip
def test_the_devices_sure_word_settles_the_card(event: CardEvent, settling: CardEvent) -> None:
    late = late_step(a_job(CardState.UNCERTAIN, "interrupted"), replace(DONE, event=event))
    assert late is not None
    assert (late.event, late.version, late.by) == (settling, 7, "device")


@pytest.mark.parametrize(("state", "reason", "event"), [
    (CardState.UNCERTAIN, "interrupted", CardEvent.DOUBT),
    (CardState.UNCERTAIN, "interrupted", CardEvent.DONE_UNCONFIRMED),
    (CardState.UNCERTAIN, "restored", CardEvent.DONE),
    (CardState.UNCERTAIN, None, CardEvent.DONE),
    (CardState.DONE, "interrupted", CardEvent.DONE),
    (CardState.QUEUED, None, CardEvent.DONE),
    (CardState.PRINTING, None, CardEvent.DONE),
])  # fmt: skip
def test_nothing_else_is_settled(state: CardState, reason: str | None, event: CardEvent) -> None:
    assert late_step(a_job(state, reason), replace(DONE, event=event)) is None
