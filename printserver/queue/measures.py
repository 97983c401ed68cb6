"""What is counted while the server runs: kept by following the journal, so that looking at it costs nothing.

Laws kept here:

1. The store is asked once, at the start; from then on each event moves a number or two. History costs nothing.
2. Names here are of queues, printers, doors, states and codes; nothing that a client says of a job or person is kept.
3. Words of drivers and plugins are let in only as codes, and only so many of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from printserver.model.event import Event
from printserver.model.job import FINAL_JOB_STATES, CardState, Job, JobState

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
MOST_CODES = 64
OUTCOMES = {
    "done": "done", "done-unconfirmed": "unconfirmed", "spoil": "spoiled", "doubt": "uncertain",
    "restored": "uncertain",
    "fail": "failed", "give-up": "failed", "cancel": "canceled", "settle-done": "settled-done",
    "settle-spoiled": "settled-spoiled", "settle-queued": "settled-queued", "reject": "rejected",
}  # fmt: skip
"""What the journal's words for steps of a card are counted as; all other steps are on the way."""


@dataclass(slots=True)
class Durations:
    """How long something took, in seconds: how often up to each bound, and the sum of all."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        """Begin with nothing; the last count is of what is longer than every bound."""
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, seconds: float) -> None:
        """Count one; a clock that was set back counts as no time at all."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += max(0.0, seconds)


class Codes:
    """Lets words in that are codes, and only the first so many; whatever else is `other`."""

    def __init__(self) -> None:
        """Begin without any."""
        self._known: set[str] = set()

    def fit(self, word: object) -> str:
        """Return a word that may be a label, empty for None."""
        if word is None or word == "":
            return ""
        text = str(word)
        if text in self._known:
            return text
        if len(self._known) >= MOST_CODES or not CODE.fullmatch(text):
            return "other"
        self._known.add(text)
        return text


class Measures:
    """Counts since the server started, and what is unfinished now."""

    def __init__(self) -> None:
        """Begin without anything."""
        self.accepted: Counter[tuple[str, str]] = Counter()  # (queue, "held" or "ready")
        self.ended: Counter[str] = Counter()  # state
        self.cards: Counter[tuple[str, str, str]] = Counter()  # (printer, outcome, reason)
        self.refused: Counter[tuple[str, str]] = Counter()  # (door, code)
        self.requests: Counter[str] = Counter()  # code
        self.last_event = 0
        self.job_seconds = Durations((1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400))
        self.preparation_seconds = Durations((0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120))
        self.store_seconds = Durations((0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30))
        self._states: dict[int, tuple[JobState, float | None]] = {}
        self._uncertain: dict[int, set[str]] = {}
        self._codes = Codes()

    def begin(self, unfinished: Sequence[Job], last_event: int) -> None:
        """Take what the store has."""
        self.last_event = last_event
        for job in unfinished:
            self._states[job.id] = (job.state, job.created)
            for card in job.cards:
                if card.state is CardState.UNCERTAIN:
                    self._uncertain.setdefault(job.id, set()).add(f"{job.id}/{card.number}")

    @property
    def jobs(self) -> Counter[JobState]:
        """Return how many jobs are unfinished, by state."""
        return Counter(state for state, _ in self._states.values())

    @property
    def uncertain(self) -> int:
        """Return how many cards wait for a verdict."""
        return sum(len(cards) for cards in self._uncertain.values())

    def refuse(self, door: str, code: str) -> None:
        """Count a refusal; `door` is the first word of a submission's origin."""
        self.refused[self._codes.fit(door.partition(" ")[0]), code] += 1

    def refuse_request(self, code: str) -> None:
        """Count a request over HTTP that was answered with an error."""
        self.requests[code] += 1

    def heed(self, event: Event) -> None:
        """Follow one event of the journal."""
        self.last_event = event.id
        match event.kind:
            case "job" if event.subject.isdigit():
                self._job(int(event.subject), event)
            case "card":
                self._card(event)

    def _job(self, job: int, event: Event) -> None:
        if event.what not in ("accepted", "state") or "state" not in event.data:
            return
        state = JobState(str(event.data["state"]))
        if event.what == "accepted":
            queue = str(event.data.get("queue", ""))
            self.accepted[queue, "held" if state is JobState.HELD else "ready"] += 1
            self._states[job] = (state, event.at)
        else:
            self._move(job, state, event.at)

    def _move(self, job: int, state: JobState, at: float) -> None:
        # a job that was final before is not timed: its seconds were counted then
        _, since = self._states.pop(job, (state, None))
        if state not in FINAL_JOB_STATES:
            self._states[job] = (state, since)
            return
        self.ended[state] += 1
        self._uncertain.pop(job, None)
        if since is not None and state is JobState.COMPLETED:
            self.job_seconds.add(at - since)

    def _card(self, event: Event) -> None:
        job = event.subject.partition("/")[0]
        if job.isdigit():
            self._doubt(int(job), event)
        outcome = OUTCOMES.get(event.what)
        if outcome is not None:
            printer, reason = str(event.data.get("printer") or ""), self._codes.fit(event.data.get("reason"))
            self.cards[printer, outcome, reason] += 1

    def _doubt(self, job: int, event: Event) -> None:
        if event.data.get("state") == CardState.UNCERTAIN:
            self._uncertain.setdefault(job, set()).add(event.subject)
        elif job in self._uncertain:
            self._uncertain[job].discard(event.subject)
            if not self._uncertain[job]:
                del self._uncertain[job]
