"""Printing from Python in a few lines, over the JSON API."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .document import Document, name_of
from .http import ApiClient
from .plans import JobProgress
from .replies import Json
from .status import JobStatus, settled
from .trust import Trust

DEFAULT_SERVER = "http://127.0.0.1:8631"


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A job that was sent; `status` is how it stood then."""

    api: ApiClient
    status: JobStatus

    @property
    def id(self) -> int:
        """The job's number."""
        return self.status.id

    def look(self) -> JobStatus:
        """How the job is doing now."""
        return self.api.job(self.id)

    def cards(self) -> Json:
        """The job's cards, as JSON."""
        return self.api.cards(self.id)

    def cancel(self, *, by: str = "", reason: str = "") -> JobStatus:
        """Cancel the job; a card that is already in the device is finished first."""
        return self.api.cancel(self.id, by=by, reason=reason)

    def wait(self, enough: Callable[[JobStatus], bool] = settled, *, timeout: float | None = None, pause: float = 0.5,
             clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> JobStatus:
        """Wait until the job is finished or needs a person; raises WaitEnded after `timeout` seconds."""
        return self.api.wait(self.id, enough, timeout=timeout, pause=pause, clock=clock, sleep=sleep)

    def progress(self, enough: Callable[[JobStatus], bool] = settled, *,
                 timeout: float | None = None) -> Iterator[JobProgress]:
        """Give the job's state and its cards', each time they have changed, until it is finished or needs a person."""
        return self.api.progress(self.id, enough, timeout=timeout)


class Printer:
    """A queue of the server at `url`; without a queue's name the server's default queue."""

    def __init__(self, url: str = DEFAULT_SERVER, *, queue: str = "", user: str = "", timeout: float = 30.0,
                 token: str = "", tls: ssl.SSLContext | Trust | None = None) -> None:
        self.api = ApiClient(url, timeout=timeout, token=token, tls=tls)
        self._common = {name: value for name, value in (("queue", queue), ("user", user)) if value}

    def print_card(self, front: Document, back: Document | None = None, *, name: str = "",
                   key: str = "", **ticket: object) -> PrintJob:
        """Print a card from files or bytes; `ticket` holds further keys: copies, ribbon, hold, k_mode, tracks, ...

        Under a `key` of the job's own the server takes it once, however often it is sent.
        """
        named = {"name": name or name_of(front)} if name or name_of(front) else {}
        wishes = {key.replace("_", "-"): value for key, value in ticket.items()}
        return PrintJob(self.api, self.api.submit(self._common | named | wishes, front, back, key=key))
