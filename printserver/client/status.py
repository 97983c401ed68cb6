"""How a job is doing, as a client learns it over IPP or over the JSON API."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any, Final

import msgspec

from printserver.model.job import FINAL_JOB_STATES, JobState

from .errors import WaitEnded

PERSON_REASONS: Final = frozenset({"printer-stopped", "card-uncertain", "attempts-used"})


class JobStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A job's state with its reasons in IPP's words.

    `message` is the server's sentence, `ignored` names attributes that it left out (both IPP only); `row` is the
    answer of the JSON API as it came.
    """

    id: int
    state: JobState
    reasons: tuple[str, ...] = ()
    name: str = ""
    queue: str = ""
    message: str = ""
    ignored: tuple[str, ...] = ()
    row: dict[str, Any] = {}

    @property
    def final(self) -> bool:
        """Whether the job is finished."""
        return self.state in FINAL_JOB_STATES

    @property
    def needs_person(self) -> bool:
        """Whether the job waits for somebody: a ribbon, a cover, a verdict on an uncertain card.

        Also a card that was spoiled too often; a job that somebody holds needs nobody.
        """
        return self.state is JobState.STOPPED or (not self.final and not PERSON_REASONS.isdisjoint(self.reasons))


def settled(status: JobStatus) -> bool:
    """Whether waiting longer is of no use: the job is finished or waits for a person."""
    return status.final or status.needs_person


def in_states(states: Collection[str]) -> Callable[[JobStatus], bool]:
    """Return a question for `wait_until`: is the job in one of these states."""
    return lambda status: status.state in states


def wait_until(look: Callable[[], JobStatus], enough: Callable[[JobStatus], bool], *, timeout: float | None = None,
               pause: float = 0.5, clock: Callable[[], float] = time.monotonic,
               sleep: Callable[[float], None] = time.sleep) -> JobStatus:
    """Look until it is enough; `timeout` and `pause` in seconds. Raises WaitEnded, and what `look` raises."""
    started = clock()
    while not enough(status := look()):
        if timeout is not None and clock() - started + pause > timeout:
            raise WaitEnded(f"the job is still {status.state} after {timeout:g} s", where=f"job {status.id}")
        sleep(pause)
    return status
