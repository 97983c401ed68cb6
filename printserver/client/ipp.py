"""An IPP client over TCP, for the command line, scripts and tests.

Laws:
1. It works with any IPP printer, not with this project's server alone.
2. Each call is one request; nothing is repeated by itself.
3. An answer is checked before it is believed: HTTP status, media type, IPP status, request id.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Collection, Iterable
from itertools import count

from printserver.ipp import (
    Attribute,
    Group,
    GroupTag,
    IppError,
    Limits,
    Message,
    Operation,
    Plain,
    build,
    encode,
    is_success,
    parse,
    plain_attributes,
)
from printserver.model.job import FINAL_JOB_STATES, IppJobState, JobState

from .address import read_address
from .connection import Link
from .document import Document, content_of, name_of, type_of
from .errors import AnswerUnreadable, IppRefused
from .exchange import Reply, Request
from .replies import refuse_problem
from .status import JobStatus, in_states, wait_until
from .trust import Trust

MEDIA_TYPE = "application/ipp"
ANSWER_LIMITS = Limits(total_bytes=16 * 1024 * 1024, attributes=200_000, values=200_000)
"""A media-col-database alone may have thousands of collections."""

DEFAULT_PATH = "/ipp/print"
_STATES = {int(number): JobState[number.name] for number in IppJobState}
JOB_ATTRIBUTES = ("job-id", "job-state", "job-state-reasons", "job-state-message", "job-name")


class IppClient:
    """Talks to the printer at `url` (ipp, ipps, http or https); a URL without a path means the default queue.

    `user` is sent as requesting-user-name; `timeout`, in seconds, is how long nothing may move; `tls` overrides the
    system's trust; `token` says who asks, where the server wants to know.
    Every call raises ServerUnreachable, AnswerLost, AnswerUnreadable or IppRefused.
    """

    def __init__(self, url: str, *, user: str = "", timeout: float = 30.0, tls: ssl.SSLContext | Trust | None = None,
                 token: str = "") -> None:
        address = read_address(url)
        self._path = address.path or DEFAULT_PATH
        self._link = Link(address, timeout=timeout, tls=tls, token=token)
        self._numbers = count(1)
        self.user = user
        self.printer_uri = address.url("ipp", self._path)

    def print_job(self, document: Document, *, mime: str | None = None, job_name: str = "",
                  attributes: Iterable[Attribute] = ()) -> JobStatus:
        """Send one document as a new job; `attributes` are job template attributes. Raises DocumentUnreadable too."""
        described = _described(mime or type_of(document), job_name or name_of(document))
        return self._job(self._ask(Operation.PRINT_JOB, *described, job=attributes, data=content_of(document)))

    def validate_job(self, *, mime: str | None = None, job_name: str = "",
                     attributes: Iterable[Attribute] = ()) -> tuple[str, ...]:
        """Ask whether a job would be taken; returns the names of attributes that would be ignored."""
        return _ignored(self._ask(Operation.VALIDATE_JOB, *_described(mime, job_name), job=attributes))

    def create_job(self, *, job_name: str = "", attributes: Iterable[Attribute] = ()) -> JobStatus:
        """Begin a job whose documents follow by `send_document`: the first is the front, the second the back."""
        return self._job(self._ask(Operation.CREATE_JOB, *_described(None, job_name), job=attributes))

    def send_document(self, job_id: int, document: Document, *, mime: str | None = None,
                      last: bool = True) -> JobStatus:
        """Add a document to a job; with the last one the job may start."""
        described = [build.name("document-name", name_of(document))] if name_of(document) else []
        described.append(build.mime_type("document-format", mime or type_of(document)))
        described.append(build.boolean("last-document", last))
        return self._job(self._ask(Operation.SEND_DOCUMENT, *described, job_id=job_id, data=content_of(document)))

    def get_job_attributes(self, job_id: int, *requested: str) -> dict[str, list[Plain]]:
        """A job's attributes by name; all of them when none is named."""
        message = self._ask(Operation.GET_JOB_ATTRIBUTES, *_requested(requested), job_id=job_id)
        return plain_attributes(message.group(GroupTag.JOB))

    def job(self, job_id: int) -> JobStatus:
        """How a job is doing."""
        return self._job(self._ask(Operation.GET_JOB_ATTRIBUTES, *_requested(JOB_ATTRIBUTES), job_id=job_id))

    def get_jobs(self, which: str = "not-completed", *, limit: int | None = None,
                 mine: bool = False) -> list[JobStatus]:
        """The printer's jobs: `not-completed`, `completed` or another word of which-jobs."""
        asked = [build.keyword("which-jobs", which), *_requested(JOB_ATTRIBUTES)]
        asked += [build.integer("limit", limit)] if limit else []
        asked += [build.boolean("my-jobs", True)] if mine else []
        return [_status(group) for group in self._ask(Operation.GET_JOBS, *asked).groups_of(GroupTag.JOB)]

    def cancel(self, job_id: int) -> None:
        """Cancel a job; a card that is already in the device is finished first."""
        self._ask(Operation.CANCEL_JOB, job_id=job_id)

    def hold(self, job_id: int) -> None:
        """Keep a waiting job from starting."""
        self._ask(Operation.HOLD_JOB, build.keyword("job-hold-until", "indefinite"), job_id=job_id)

    def release(self, job_id: int) -> None:
        """Let a held job start."""
        self._ask(Operation.RELEASE_JOB, job_id=job_id)

    def get_printer_attributes(self, *requested: str) -> dict[str, list[Plain]]:
        """The printer's attributes by name; all of them when none is named."""
        message = self._ask(Operation.GET_PRINTER_ATTRIBUTES, *_requested(requested))
        return plain_attributes(message.group(GroupTag.PRINTER))

    def pause(self) -> None:
        """Let the printer's queue start no further job."""
        self._ask(Operation.PAUSE_PRINTER)

    def resume(self) -> None:
        """Let the printer's queue go on."""
        self._ask(Operation.RESUME_PRINTER)

    def wait(self, job_id: int, states: Collection[JobState] = FINAL_JOB_STATES, *, timeout: float | None = None,
             pause: float = 0.5, clock: Callable[[], float] = time.monotonic,
             sleep: Callable[[float], None] = time.sleep) -> JobStatus:
        """Look at a job every `pause` seconds until it is in one of `states`; raises WaitEnded after `timeout`."""
        return wait_until(lambda: self.job(job_id), in_states(states), timeout=timeout, pause=pause,
                          clock=clock, sleep=sleep)

    def _ask(self, operation: Operation, *attributes: Attribute, job_id: int | None = None,
             job: Iterable[Attribute] = (), data: bytes = b"") -> Message:
        request = build.request(operation, self.printer_uri, *attributes, job_id=job_id, user=self.user, job=job,
                                request_id=next(self._numbers))
        reply = self._link.ask(Request("POST", self._path, encode(request) + data, {"Content-Type": MEDIA_TYPE}))
        return _checked(reply, request)

    def _job(self, message: Message) -> JobStatus:
        return _status(message.group(GroupTag.JOB), _ignored(message))


def _checked(reply: Reply, request: Message) -> Message:
    """Return the answer as a message; raises AnswerUnreadable, IppRefused, or the error that HTTP told."""
    if reply.status != 200:
        refuse_problem(reply)
    try:
        message, _ = parse(reply.body, ANSWER_LIMITS)
    except IppError as error:
        raise AnswerUnreadable(f"the answer is no IPP message: {error}") from None
    if not is_success(message.code):
        raise IppRefused(message.code, _text(message.group(GroupTag.OPERATION), "status-message"), _ignored(message))
    if message.request_id != request.request_id:
        raise AnswerUnreadable(f"the answer belongs to request {message.request_id}", allowed=str(request.request_id))
    return message


def _described(mime: str | None, job_name: str) -> list[Attribute]:
    described = [build.name("job-name", job_name)] if job_name else []
    return described + ([build.mime_type("document-format", mime)] if mime else [])


def _requested(names: tuple[str, ...]) -> list[Attribute]:
    return [build.keyword("requested-attributes", *names)] if names else []


def _ignored(message: Message) -> tuple[str, ...]:
    return tuple(attribute.name for attribute in message.group(GroupTag.UNSUPPORTED).attributes)


def _status(group: Group, ignored: tuple[str, ...] = ()) -> JobStatus:
    """Return a job group as a status; raises AnswerUnreadable when number or state are missing."""
    found = plain_attributes(group)
    number, state = found.get("job-id", [None])[0], found.get("job-state", [None])[0]
    if not isinstance(number, int) or not isinstance(state, int) or state not in _STATES:
        raise AnswerUnreadable("the answer names no job-id and job-state")
    return JobStatus(id=number, state=_STATES[state], name=_text(group, "job-name"), ignored=ignored,
                     reasons=tuple(str(reason) for reason in found.get("job-state-reasons", [])),
                     message=_text(group, "job-state-message"))


def _text(group: Group, name: str) -> str:
    value = plain_attributes(group).get(name, [""])[0]
    return value if isinstance(value, str) else ""
