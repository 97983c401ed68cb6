"""A job as a row: what is worth seeing of it at one glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from printserver.model.card import Side
from printserver.model.job import Card, CardState, Job, JobState
from printserver.queue.views import QueueView

from .deeds import Deed, offered, unprintable
from .why import Why, why
from .words import JOB_STATES, N_, Look

# Which card of a job stands for it: the one that a person should look at comes first.
SHOWN_FIRST = (
    CardState.UNCERTAIN, CardState.BLOCKED, CardState.WAITING, CardState.PRINTING, CardState.SPOILED, CardState.READY,
    CardState.RENDERING, CardState.QUEUED, CardState.FAILED, CardState.DONE, CardState.CANCELED,
)  # fmt: skip
STUCK = Look(N_("Its printer waits for you"), "need", "hand")
NOT_ALL = Look(N_("Printed, but not all cards"), "bad", "hand")


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a side of a card can be seen, small and large."""

    side: Side
    url: str

    @property
    def thumbnail(self) -> str:
        """Return the address of the small picture."""
        return f"{self.url}?thumbnail=1"


@dataclass(frozen=True, slots=True)
class Row:
    """A job on a list; `card` stands for it."""

    job: Job
    card: Card | None
    pictures: tuple[Picture, ...]
    why: Why | None
    deeds: tuple[Deed, ...]
    done: int
    simulated: bool


def row(job: Job, queues: Mapping[str, QueueView], now: float) -> Row:
    """Return a job as a row."""
    card = min(job.cards, key=lambda card: SHOWN_FIRST.index(card.state), default=None)
    return Row(
        job=job, card=card, pictures=pictures(job, card) if card else (), why=why(job, queues, now),
        deeds=offered(job), done=sum(card.state is CardState.DONE for card in job.cards),
        simulated=any(card.simulated for card in job.cards),
    )  # fmt: skip


def look_of(job: Job) -> Look:
    """Return how a job's state is called and looks."""
    if job.state is JobState.PROCESSING and any(card.state is CardState.BLOCKED for card in job.cards):
        return STUCK
    if job.state is JobState.COMPLETED and "job-completed-with-errors" in job.reasons:
        return NOT_ALL
    return JOB_STATES[job.state]


def pictures(job: Job, card: Card) -> tuple[Picture, ...]:
    """Return the pictures of a card, none when there cannot be any."""
    if job.purged or unprintable(card) or not job.documents:
        return ()
    sides = (Side.FRONT,) if card.back is None else (Side.FRONT, Side.BACK)
    return tuple(Picture(side, f"/api/v1/jobs/{job.id}/cards/{card.number}/{side}.png") for side in sides)
