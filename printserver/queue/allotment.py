"""How many unfinished jobs each client has: one client alone cannot fill the queues.

Laws kept here:

1. A client is an address. Jobs that come from none (watched folders, reprints) are not counted.
2. A place is taken before a document is kept, and given back when no job came of it.
3. The store is asked once, at the start; from then on each job that ends gives its place back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from printserver.errors import TooManyJobs
from printserver.model.event import Event
from printserver.model.job import FINAL_JOB_STATES, Job, JobState

MOST_JOBS = 5000
DOORS = frozenset({"http", "ipp", "lpd", "raw"})


class Allotment:
    """Counts unfinished jobs by client."""

    def __init__(self, most: int = MOST_JOBS) -> None:
        """Let each client have up to `most`."""
        self._most = most
        self._counts: Counter[str] = Counter()
        self._clients: dict[int, str] = {}

    def begin(self, jobs: Sequence[Job]) -> None:
        """Take what the store has: jobs that are not final."""
        for job in jobs:
            client = client_of(job)
            if client:
                self._counts[client] += 1
                self._clients[job.id] = client

    def of(self, client: str) -> int:
        """Return how many places a client has taken."""
        return self._counts[client]

    @contextmanager
    def place(self, client: str) -> Iterator[Callable[[int], None]]:
        """Hold a place for a client's job; call what is given with the job's number to keep it. Raises TooManyJobs."""
        if not client:
            yield lambda job: None
            return
        if self._counts[client] >= self._most:
            raise TooManyJobs(f"{self._most} jobs of this client are not finished", allowed=f"{self._most} jobs")
        self._counts[client] += 1
        kept: list[int] = []
        try:
            yield kept.append
        finally:
            if kept:
                self._clients[kept[0]] = client
            else:
                self._give_back(client)

    def heed(self, event: Event) -> None:
        """Follow one event of the journal: a job that is final has no place."""
        if event.kind == "job" and event.what == "state" and JobState(str(event.data["state"])) in FINAL_JOB_STATES:
            client = self._clients.pop(int(event.subject), None)
            if client is not None:
                self._give_back(client)

    def _give_back(self, client: str) -> None:
        self._counts[client] -= 1
        if not self._counts[client]:
            del self._counts[client]


def client_of(job: Job) -> str:
    """Return the address that a job came from, by its origin; empty where it came by no door."""
    door, _, address = job.origin.partition(" ")
    return address if door in DOORS else ""
