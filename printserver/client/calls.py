"""What the JSON API `/api/v1` is asked, and how its answers are read: one place for every transport.

Laws kept here:

1. A call is a value: what to send and how to read what comes back. Nothing is sent here.
2. A call may be sent again after a lost answer only where the server takes it once, however often it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from printserver.model.ticket import Ticket

from .document import Document, content_of, name_of, type_of
from .exchange import Reply, Request
from .multipart import Part, encode_form
from .replies import Json, accepted, read_any, read_json, read_status
from .status import JobStatus

T = TypeVar("T")

API = "/api/v1"
JSON = "application/json"
RESENDS = 2


class JobPage(msgspec.Struct, frozen=True):
    """Some jobs, newest first; `next` is the `before` of the following page; `body` is the answer as it came."""

    jobs: tuple[JobStatus, ...]
    next: int | None
    body: bytes


class _Page(msgspec.Struct, frozen=True):
    jobs: list[dict[str, Any]]
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request below `/api/v1`, what reads its accepted answer's body, and how often it may be sent again."""

    request: Request
    read: Callable[[bytes], T]
    resends: int = 0

    def result(self, reply: Reply) -> T:
        """Return what was asked for; raises what the server says, or AnswerUnreadable."""
        return self.read(accepted(reply).body)


def fetch(path: str) -> Call[bytes]:
    """The body of a GET below `/api/v1` as it came."""
    return Call(Request("GET", API + path), bytes)


def jobs(state: str | None = None, before: int | None = None) -> Call[JobPage]:
    """A page of jobs."""
    query = {name: value for name, value in (("state", state), ("before", before)) if value is not None}
    return Call(fetch("/jobs" + (f"?{urlencode(query)}" if query else "")).request, _read_page)


def job(number: int) -> Call[JobStatus]:
    """One job with its details."""
    return Call(fetch(f"/jobs/{number}").request, _read_job)


def cards(number: int) -> Call[Json]:
    """A job's cards."""
    return Call(fetch(f"/jobs/{number}/cards").request, read_any)


def listed(what: str) -> Call[Json]:
    """All `queues`, `printers`, `users` or `tokens`."""
    return Call(fetch(f"/{what}").request, read_any)


def submit(ticket: Ticket | Mapping[str, object], front: Document, back: Document | None, key: str) -> Call[JobStatus]:
    """A new job; raises DocumentUnreadable."""
    parts = [Part("ticket", JSON, msgspec.json.encode(ticket)), _document_part("front", front)]
    if back is not None:
        parts.append(_document_part("back", back))
    content_type, body = encode_form(tuple(parts))
    headers = {"Content-Type": content_type, **({"Idempotency-Key": key} if key else {})}
    return Call(Request("POST", f"{API}/jobs", body, headers), _read_job, RESENDS if key else 0)


def act(number: int, action: str, **fields: str | int | None) -> Call[JobStatus]:
    """A wish about a job: hold, release, cancel, reprint, settle or reject, or the end of a wish about it."""
    return Call(_post(f"/jobs/{number}/{action}", fields), _read_job)


def reprint(number: int, by: str, reason: str, key: str) -> Call[JobStatus]:
    """A job once more; under a key it is made once, however often it is sent."""
    request = _post(f"/jobs/{number}/reprint", {"by": by, "reason": reason})
    return Call(request.with_headers({"Idempotency-Key": key} if key else {}), _read_job, RESENDS if key else 0)


def switch(kind: str, name: str, action: str, by: str, reason: str) -> Call[Json]:
    """A wish about one of the `queues` or `printers`: pause, resume, clear."""
    return Call(_post(f"/{kind}/{quote(name, safe='')}/{action}", {"by": by, "reason": reason}), read_any)


def add_printer(fields: Mapping[str, object], by: str, reason: str) -> Call[Json]:
    """A new printer."""
    return Call(_post("/printers", {**fields, "by": by, "reason": reason}), read_any)


def change_printer(name: str, how: str, fields: Mapping[str, object], by: str, reason: str) -> Call[Json]:
    """A change of a printer: set, retire, replace."""
    return Call(_post(f"/printers/{quote(name, safe='')}/{how}", {**fields, "by": by, "reason": reason}), read_any)


def discover(network: bool, everything: bool, at: str) -> Call[Json]:
    """A look for printers."""
    return Call(_posted("/discover", {"network": network, "everything": everything, "at": at}), read_any)


def add_queue(fields: Mapping[str, object]) -> Call[Json]:
    """A new queue: `name`, `printers` and its policies."""
    return Call(_posted("/queues", fields), read_any)


def set_queue(name: str, changes: Mapping[str, object]) -> Call[Json]:
    """A queue's other printers or policies; an empty text is a value here."""
    return Call(_posted(f"/queues/{quote(name, safe='')}", changes), read_any)


def purge_jobs(wanted: Mapping[str, object], by: str, reason: str) -> Call[Json]:
    """Documents of several jobs, thrown away."""
    return Call(_post("/purge", {**wanted, "by": by, "reason": reason}), read_any)
def enter(printer: str, what: str, fields: Mapping[str, str | int | None]) -> Call[Json]:
    """What a person enters of a printer's supplies: `blanks`, `ribbon` or `close-shift`."""
    return Call(_post(f"/printers/{quote(printer, safe='')}/{what}", fields), read_any)


def add_user(name: str, role: str, password: str, by: str) -> Call[Json]:
    """A new account."""
    return Call(_post("/users", {"name": name, "role": role, "password": password, "by": by}), read_any)


def change_user(name: str, changes: Mapping[str, str], by: str) -> Call[Json]:
    """An account's other role or password."""
    return Call(_post(f"/users/{quote(name, safe='')}", {**changes, "by": by}), read_any)


def add_token(name: str, role: str, by: str) -> Call[str]:
    """A new token, told this once."""
    return Call(_post("/tokens", {"name": name, "role": role, "by": by}), _read_token)


def remove(kind: str, name: str) -> Call[bytes]:
    """One of the `users` or `tokens`, taken away."""
    return Call(Request("DELETE", f"{API}/{kind}/{quote(name, safe='')}"), bytes)


def _post(path: str, fields: Mapping[str, object]) -> Request:
    return _posted(path, {name: value for name, value in fields.items() if value not in ("", None)})


def _posted(path: str, fields: Mapping[str, object]) -> Request:
    body = msgspec.json.encode(fields)
    return Request("POST", API + path, body, {"Content-Type": JSON})


def _document_part(name: str, document: Document) -> Part:
    return Part(name, type_of(document), content_of(document), name_of(document) or name)


def _read_job(body: bytes) -> JobStatus:
    return read_status(read_json(body, dict[str, Any]))


def _read_page(body: bytes) -> JobPage:
    page = read_json(body, _Page)
    return JobPage(tuple(read_status(row) for row in page.jobs), page.next, body)


def _read_token(body: bytes) -> str:
    return str(read_json(body, dict[str, Any]).get("token", ""))
