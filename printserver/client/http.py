"""A client of the server's JSON API `/api/v1`."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any, TypeVar

from printserver.errors import PrintServerError
from printserver.model.ticket import Ticket

from . import calls, plans
from .address import read_address
from .calls import Call, JobPage
from .connection import Link, Stream
from .document import Document
from .errors import AnswerLost
from .events import Event
from .plans import Ask, Enough, JobProgress, Listen, Open, Patience, Pause, Plan, Step, Tell
from .replies import Json, accepted
from .status import JobStatus, settled
from .trust import Trust

T = TypeVar("T")

__all__ = ["ApiClient", "JobPage"]


class ApiClient:
    """Talks to the server at `base_url`, such as `http://127.0.0.1:8631`.

    `timeout`, in seconds, is how long nothing may move, not how long a call may take; `token` says who asks, where the
    server wants to know; `tls` is whom to trust (`trusting`).
    Every call raises ServerUnreachable, AnswerLost, AnswerUnreadable, or the error that the server names: its own
    class where it is known here (UnknownJob, NotPossibleNow, ...), else RequestRefused.
    """

    def __init__(self, base_url: str, *, timeout: float = 30.0, tls: ssl.SSLContext | Trust | None = None,
                 token: str = "") -> None:
        self._link = Link(read_address(base_url), timeout=timeout, tls=tls, token=token)

    def fetch(self, path: str) -> bytes:
        """The body of a GET below `/api/v1` as it came, such as `/jobs/12`."""
        return self._do(calls.fetch(path))

    def jobs(self, *, state: str | None = None, before: int | None = None) -> JobPage:
        """A page of jobs, newest first: in a state, before an id."""
        return self._do(calls.jobs(state, before))

    def job(self, job: int) -> JobStatus:
        """One job; its details are in `row`."""
        return self._do(calls.job(job))

    def cards(self, job: int) -> Json:
        """The cards of a job with their states and attempts, as JSON."""
        return self._do(calls.cards(job))

    def queues(self) -> Json:
        """All queues, as JSON."""
        return self._do(calls.listed("queues"))

    def printers(self) -> Json:
        """All printers, as JSON."""
        return self._do(calls.listed("printers"))

    def submit(self, ticket: Ticket | Mapping[str, object], front: Document, back: Document | None = None, *,
               key: str = "") -> JobStatus:
        """Send a new job: a ticket in the JSON spelling, a front and perhaps a back. Raises DocumentUnreadable too.

        Under a `key` of the job's own the server takes it once, however often it is sent; so it is sent again, up to
        twice, when an answer is lost on its way. Without one it is sent once.
        """
        return self._do(calls.submit(ticket, front, back, key))

    def hold(self, job: int, *, by: str = "", reason: str = "") -> JobStatus:
        """Keep a waiting job from starting."""
        return self._do(calls.act(job, "hold", by=by, reason=reason))

    def release(self, job: int, *, by: str = "", reason: str = "") -> JobStatus:
        """Let a held job start."""
        return self._do(calls.act(job, "release", by=by, reason=reason))

    def cancel(self, job: int, *, by: str = "", reason: str = "") -> JobStatus:
        """Cancel a job; a card that is already in the device is finished first."""
        return self._do(calls.act(job, "cancel", by=by, reason=reason))

    def reprint(self, job: int, *, by: str = "", reason: str = "", key: str = "") -> JobStatus:
        """Make a new job that names the old one; returns the new one. Under a `key` of its own it is made once."""
        return self._do(calls.reprint(job, by, reason, key))

    def settle(self, job: int, verdict: str, *, card: int | None = None, by: str = "", reason: str = "") -> JobStatus:
        """Say what became of an uncertain card: done, spoiled, queued (never printed) or abandon."""
        return self._do(calls.act(job, "settle", verdict=verdict, card=card, by=by, reason=reason))

    def reject(self, job: int, *, card: int | None = None, by: str = "", reason: str = "") -> JobStatus:
        """Say that a finished card is bad; the same card is printed anew."""
        return self._do(calls.act(job, "reject", card=card, by=by, reason=reason))

    def confirm(self, job: int, wish: int, *, by: str = "", reason: str = "") -> JobStatus:
        """Do, as a second person, what somebody asked for; returns the job, the new one where one is made."""
        return self._do(calls.act(job, f"wishes/{wish}/confirm", by=by, reason=reason))

    def withdraw(self, job: int, wish: int, *, by: str = "", reason: str = "") -> JobStatus:
        """End a wish that waits for a second person."""
        return self._do(calls.act(job, f"wishes/{wish}/withdraw", by=by, reason=reason))

    def purge(self, job: int, *, by: str = "", reason: str = "") -> JobStatus:
        """Throw the documents of a job that is over away; name and reason are needed."""
        return self._do(calls.act(job, "purge", by=by, reason=reason))

    def purge_jobs(self, wanted: Mapping[str, object], *, by: str = "", reason: str = "") -> Json:
        """Throw away the documents of all jobs that are `wanted` by `jobs`, `person`, `days` and `queue`; as JSON.

        `try_only` only tells which they are; where `next` is answered, ask again with it as `before`.
        """
        return self._do(calls.purge_jobs(wanted, by, reason))

    def pause(self, queue: str, *, by: str = "", reason: str = "") -> Json:
        """Let a queue start no further job; returns the queue as JSON."""
        return self._do(calls.switch("queues", queue, "pause", by, reason))

    def resume(self, queue: str, *, by: str = "", reason: str = "") -> Json:
        """Let a queue go on; returns the queue as JSON."""
        return self._do(calls.switch("queues", queue, "resume", by, reason))

    def clear(self, printer: str, *, by: str = "", reason: str = "") -> Json:
        """Say that a printer's card path is empty; returns the printer as JSON."""
        return self._do(calls.switch("printers", printer, "clear", by, reason))

    def move(self, job: int, queue: str, *, by: str = "", reason: str = "") -> JobStatus:
        """Move a job to another queue; a card that is in a printer is finished there."""
        return self._do(calls.act(job, "move", queue=queue, by=by, reason=reason))

    def add_printer(self, fields: Mapping[str, object], *, by: str = "", reason: str = "") -> Json:
        """Add a printer; returns it as JSON. For administrators."""
        return self._do(calls.add_printer(fields, by, reason))

    def change_printer(
        self, name: str, how: str, fields: Mapping[str, object], *, by: str = "", reason: str = ""
    ) -> Json:
        """Change a printer: `set`, `retire` or `replace`; returns it, or the new one, as JSON."""
        return self._do(calls.change_printer(name, how, fields, by, reason))

    def discover(self, *, network: bool = False, everything: bool = False, at: str = "") -> Json:
        """Let the server look for printers; returns what it found as JSON. For administrators."""
        return self._do(calls.discover(network, everything, at))

    def add_queue(
        self, name: str, printers: Sequence[str], policies: Mapping[str, object], *, by: str = ""
    ) -> Json:
        """Add a queue with its `policies`, named as in its JSON; returns it as JSON. For administrators."""
        return self._do(calls.add_queue({**policies, "name": name, "printers": list(printers), "by": by}))

    def set_queue(self, name: str, changes: Mapping[str, object], *, by: str = "") -> Json:
        """Change a queue's `printers` or policies; returns it as JSON. For administrators."""
        return self._do(calls.set_queue(name, {**changes, "by": by}))

    def enter_supplies(self, printer: str, what: str, fields: Mapping[str, str | int | None]) -> Json:
        """Enter a printer's `blanks`, its `ribbon`, or the count that closes its shift (`close-shift`), as JSON."""
        return self._do(calls.enter(printer, what, fields))

    def add_user(self, name: str, role: str, password: str, *, by: str = "") -> Json:
        """Add an account: submit, operate or administer; for administrators."""
        return self._do(calls.add_user(name, role, password, by))

    def change_user(self, name: str, changes: Mapping[str, str], *, by: str = "") -> Json:
        """Change an account's `role` or `password`; for administrators."""
        return self._do(calls.change_user(name, changes, by))

    def add_token(self, name: str, role: str, *, by: str = "") -> str:
        """Make a token for a program and return it, this once; for administrators."""
        return self._do(calls.add_token(name, role, by))

    def remove(self, kind: str, name: str) -> None:
        """Remove one of the `users`, or revoke one of the `tokens`; for administrators."""
        self._do(calls.remove(kind, name))

    def events(self, *, after: int | None = None, sleep: Callable[[float], None] = time.sleep) -> Iterator[Event]:
        """Give what happens, row by row, without end: after an id (0 = all that ever happened), None = from now on.

        A connection that breaks is opened anew after the last row; none is lost or given twice. Raises what any call
        raises when the server cannot be reached at the beginning, or refuses.
        """
        return self._run(plans.following(after), sleep)

    def progress(self, job: int, enough: Enough = settled, *, timeout: float | None = None, pause: float = 0.5,
                 clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep,
                 ) -> Iterator[JobProgress]:
        """Give a job's state and its cards', each time they have changed, until it is finished or needs a person.

        Follows the events; where there are none to be had it looks every `pause` seconds. Raises WaitEnded after
        `timeout` seconds.
        """
        return self._run(plans.getting_on(job, enough, Patience(timeout, pause, clock), with_cards=True), sleep)

    def wait(self, job: int, enough: Enough = settled, *, timeout: float | None = None, pause: float = 0.5,
             clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> JobStatus:
        """Wait until a job is finished or needs a person; as `progress` does, and raises WaitEnded like it."""
        found: JobStatus | None = None
        plan = plans.getting_on(job, enough, Patience(timeout, pause, clock), with_cards=False)
        for progress in self._run(plan, sleep):
            found = progress.status
        assert found is not None
        return found

    def _run(self, plan: Plan, sleep: Callable[[float], None]) -> Iterator[Any]:
        answer: Any = None
        trouble: Exception | None = None
        with _Performer(self, sleep) as performer:
            while True:
                try:
                    step = plan.send(answer) if trouble is None else plan.throw(trouble)
                except StopIteration:
                    return
                if isinstance(step, Tell):
                    yield step.value
                answer = trouble = None
                try:
                    answer = performer.do(step)
                except (PrintServerError, TimeoutError) as error:
                    trouble = error

    def _do(self, call: Call[T]) -> T:
        request = call.request.below(self._link.address.path)
        for _ in range(call.resends):
            with suppress(AnswerLost):
                return call.result(self._link.ask(request))
        return call.result(self._link.ask(request))


class _Performer(ExitStack):
    """Does the steps of one plan; at its end the last stream is closed."""

    def __init__(self, client: ApiClient, sleep: Callable[[float], None]) -> None:
        super().__init__()
        self._client, self._sleep = client, sleep
        self._stream: Stream | None = None

    def do(self, step: Step) -> Any:  # noqa: ANN401 - each step has its own answer
        """Do one step and return its answer."""
        match step:
            case Ask(call):
                return self._client._do(call)
            case Open(request):
                self.close()
                link = self._client._link
                self._stream = self.enter_context(link.open(request.below(link.address.path)))
                accepted(self._stream.begin())
            case Listen(seconds):
                assert self._stream is not None
                return self._stream.piece(seconds)
            case Pause(seconds):
                self._sleep(seconds)
        return None
