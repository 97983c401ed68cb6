"""The cards of one run, as those who want them printed see them: sent, answered, refused, and sent again.

Laws kept here:

1. What was answered is accepted, and must be there ever after.
2. What was refused is not accepted, and must not be there.
3. What was refused, or not answered and is not in the list of jobs, is sent again, as a person would who has looked at
   the list.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from printserver.client import ApiClient, JobStatus
from printserver.errors import PrintServerError, ServerUnreachable
from printserver.model.job import JobState
from tests.crash.designs import Design, png, ticket_of, tiff


@dataclass
class Order:
    """One job as it was sent: its name, its cards, its number once that is known, and why it was refused at last."""

    name: str
    designs: Sequence[Design]
    job: int | None = None
    answered: bool = False
    refused: str = ""


@dataclass
class Batch:
    """The jobs of one run; not `reached` = the server never came to the step at which it was to die."""

    orders: list[Order]
    tries: int = 0
    reached: bool = True
    refusals: list[str] = field(default_factory=list)

    @property
    def designs(self) -> list[Design]:
        """Return all cards in order."""
        return [design for order in self.orders for design in order.designs]

    @property
    def jobs(self) -> list[int]:
        """Return the numbers of the jobs that are known."""
        return [order.job for order in self.orders if order.job is not None]

    def send(self, api: ApiClient) -> None:
        """Send what is not accepted; whatever becomes of it is kept in mind."""
        self.tries += 1
        for order in self.orders:
            if order.job is None:
                self._send(api, order)

    def find(self, api: ApiClient) -> None:
        """Look in the list of jobs for those that were sent and not answered; fails for one that is there twice."""
        listed = list(_all_jobs(api))
        for order in self.orders:
            # by its number where that was told: the name goes with the documents, when their time is over
            found = [job.id for job in listed if job.id == order.job or job.name == order.name]
            assert len(found) <= 1, f"{order.name} is accepted {len(found)} times"
            assert found or not order.answered, f"{order.name} was accepted, and is lost"
            assert not (found and order.refused), f"{order.name} was refused ({order.refused}), and is accepted"
            order.job = found[0] if found else None

    def ended(self, api: ApiClient) -> bool:
        """Tell whether each job that was answered is final or stopped."""
        states = [api.job(job).state for job in self.jobs]
        return all(state.final or state is JobState.STOPPED for state in states)

    def cards(self, api: ApiClient) -> Iterator[tuple[int, Design, dict[str, Any]]]:
        """Give each card with its job and what the API says of it; fails when a job has others."""
        for order in self.orders:
            if order.job is None:
                continue
            rows: Any = api.cards(order.job)
            assert len(rows["cards"]) == len(order.designs), f"job {order.job} has {len(rows['cards'])} cards"
            for design, row in zip(order.designs, rows["cards"], strict=True):
                yield order.job, design, row

    def _send(self, api: ApiClient, order: Order) -> None:
        ticket = {"name": order.name, "sides": str(ticket_of(order.designs[0].two_sided).sides)}
        first = order.designs[0]
        try:
            if len(order.designs) > 1:
                job = api.submit(ticket, tiff(order.designs))
            else:
                job = api.submit(ticket, png(first.front), png(first.back) if first.back else None)
        except PrintServerError as error:
            self.refusals.append(error.code)
            order.refused = "" if isinstance(error, ServerUnreachable) else error.code
            return
        order.job, order.answered, order.refused = job.id, True, ""


def batch_of(seed: int, designs: Sequence[Design], *, together: bool) -> Batch:
    """Return cards as one job, or as a job each."""
    if together:
        return Batch([Order(f"run {seed}", designs)])
    return Batch([Order(f"run {seed} card {at}", [design]) for at, design in enumerate(designs, 1)])


def _all_jobs(api: ApiClient) -> Iterator[JobStatus]:
    before: int | None = None
    while True:
        page = api.jobs(before=before)
        yield from page.jobs
        before = page.next
        if before is None:
            return


def story_of(api: ApiClient, job: int) -> list[dict[str, Any]]:
    """Return what the journal tells of a job."""
    import msgspec

    with contextlib.suppress(PrintServerError):
        told: Any = msgspec.json.decode(api.fetch(f"/jobs/{job}/story"))
        return list(told["events"])
    return []
