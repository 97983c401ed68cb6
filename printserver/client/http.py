"""A client of the server's JSON API `/api/v1`."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from printserver.model.ticket import Ticket

from .connection import Link, read_address
from .document import Document, content_of, name_of, type_of
from .errors import AnswerLost
from .multipart import Part, encode_form
from .replies import Json, accepted, read_any, read_json, read_status
from .status import JobStatus, settled, wait_until

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


class ApiClient:
    """Talks to the server at `base_url`, such as `http://127.0.0.1:8631`.

    `timeout` is in seconds; `token` says who asks, where the server wants to know. Every call raises
    ServerUnreachable, AnswerLost, AnswerUnreadable, or the error that the server names: its own class where it is
    known here (UnknownJob, NotPossibleNow, ...), else RequestRefused.
    """

    def __init__(self, base_url: str, *, timeout: float = 30.0, tls: ssl.SSLContext | None = None,
                 token: str = "") -> None:
        self._link = Link(read_address(base_url), timeout=timeout, tls=tls, token=token)

    def fetch(self, path: str) -> bytes:
        """The body of a GET below `/api/v1` as it came, such as `/jobs/12`."""
        return accepted(self._link.ask("GET", self._link.address.path + API + path)).body

    def jobs(self, *, state: str | None = None, before: int | None = None) -> JobPage:
        """A page of jobs, newest first: in a state, before an id."""
        query = {name: value for name, value in (("state", state), ("before", before)) if value is not None}
        body = self.fetch("/jobs" + (f"?{urlencode(query)}" if query else ""))
        page = read_json(body, _Page)
        return JobPage(tuple(read_status(row) for row in page.jobs), page.next, body)

    def job(self, job: int) -> JobStatus:
        """One job; its details are in `row`."""
        return read_status(read_json(self.fetch(f"/jobs/{job}"), dict[str, Any]))

    def cards(self, job: int) -> Json:
        """The cards of a job with their states and attempts, as JSON."""
        return read_any(self.fetch(f"/jobs/{job}/cards"))

    def queues(self) -> Json:
        """All queues, as JSON."""
        return read_any(self.fetch("/queues"))

    def printers(self) -> Json:
        """All printers, as JSON."""
        return read_any(self.fetch("/printers"))

    def submit(self, ticket: Ticket | Mapping[str, object], front: Document, back: Document | None = None, *,
               key: str = "") -> JobStatus:
        """Send a new job: a ticket in the JSON spelling, a front and perhaps a back. Raises DocumentUnreadable too.

        Under a `key` of the job's own the server takes it once, however often it is sent; so it is sent again, up to
        twice, when an answer is lost on its way. Without one it is sent once.
        """
        parts = [Part("ticket", JSON, msgspec.json.encode(ticket)), _document_part("front", front)]
        if back is not None:
            parts.append(_document_part("back", back))
        content_type, body = encode_form(tuple(parts))
        headers = {"Idempotency-Key": key} if key else {}
        for _ in range(RESENDS if key else 0):
            with suppress(AnswerLost):
                return self._post("/jobs", body, content_type, headers)
        return self._post("/jobs", body, content_type, headers)

    def hold(self, job: int, *, by: str = "", reason: str = "") -> JobStatus:
        """Keep a waiting job from starting."""
        return self._act(job, "hold", by=by, reason=reason)

    def release(self, job: int, *, by: str = "", reason: str = "") -> JobStatus:
        """Let a held job start."""
        return self._act(job, "release", by=by, reason=reason)

    def cancel(self, job: int, *, by: str = "", reason: str = "") -> JobStatus:
        """Cancel a job; a card that is already in the device is finished first."""
        return self._act(job, "cancel", by=by, reason=reason)

    def reprint(self, job: int, *, by: str = "", reason: str = "") -> JobStatus:
        """Make a new job that names the old one; returns the new one."""
        return self._act(job, "reprint", by=by, reason=reason)

    def settle(self, job: int, verdict: str, *, card: int | None = None, by: str = "", reason: str = "") -> JobStatus:
        """Say what became of an uncertain card: done, spoiled, queued (never printed) or abandon."""
        return self._act(job, "settle", verdict=verdict, card=card, by=by, reason=reason)

    def reject(self, job: int, *, card: int | None = None, by: str = "", reason: str = "") -> JobStatus:
        """Say that a finished card is bad; the same card is printed anew."""
        return self._act(job, "reject", card=card, by=by, reason=reason)

    def pause(self, queue: str, *, by: str = "", reason: str = "") -> Json:
        """Let a queue start no further job; returns the queue as JSON."""
        return self._switch(queue, "pause", by, reason)

    def resume(self, queue: str, *, by: str = "", reason: str = "") -> Json:
        """Let a queue go on; returns the queue as JSON."""
        return self._switch(queue, "resume", by, reason)

    def add_user(self, name: str, role: str, password: str, *, by: str = "") -> Json:
        """Add an account: submit, operate or administer; for administrators."""
        fields = _fields({"name": name, "role": role, "password": password, "by": by})
        return read_any(self._send("/users", fields, JSON))

    def change_user(self, name: str, changes: Mapping[str, str], *, by: str = "") -> Json:
        """Change an account's `role` or `password`; for administrators."""
        return read_any(self._send(f"/users/{quote(name, safe='')}", _fields({**changes, "by": by}), JSON))

    def add_token(self, name: str, role: str, *, by: str = "") -> str:
        """Make a token for a program and return it, this once; for administrators."""
        body = self._send("/tokens", _fields({"name": name, "role": role, "by": by}), JSON)
        return str(read_json(body, dict[str, Any]).get("token", ""))

    def remove(self, kind: str, name: str) -> None:
        """Remove one of the `users`, or revoke one of the `tokens`; for administrators."""
        path = f"{self._link.address.path}{API}/{kind}/{quote(name, safe='')}"
        accepted(self._link.ask("DELETE", path))

    def wait(self, job: int, enough: Callable[[JobStatus], bool] = settled, *, timeout: float | None = None,
             pause: float = 0.5, clock: Callable[[], float] = time.monotonic,
             sleep: Callable[[float], None] = time.sleep) -> JobStatus:
        """Look at a job every `pause` seconds until it is finished or needs a person; WaitEnded after `timeout`."""
        return wait_until(lambda: self.job(job), enough, timeout=timeout, pause=pause, clock=clock, sleep=sleep)

    def _act(self, job: int, action: str, **fields: str | int | None) -> JobStatus:
        return self._post(f"/jobs/{job}/{action}", _fields(fields), JSON)

    def _switch(self, queue: str, action: str, by: str, reason: str) -> Json:
        path = f"/queues/{quote(queue, safe='')}/{action}"
        return read_any(self._send(path, _fields({"by": by, "reason": reason}), JSON))

    def _post(self, path: str, body: bytes, content_type: str,
              headers: Mapping[str, str] = MappingProxyType({})) -> JobStatus:
        return read_status(read_json(self._send(path, body, content_type, headers), dict[str, Any]))

    def _send(self, path: str, body: bytes, content_type: str,
              headers: Mapping[str, str] = MappingProxyType({})) -> bytes:
        reply = self._link.ask("POST", self._link.address.path + API + path, body=body,
                               headers={"Content-Type": content_type, **headers})
        return accepted(reply).body


def _fields(fields: Mapping[str, str | int | None]) -> bytes:
    return msgspec.json.encode({name: value for name, value in fields.items() if value not in ("", None)})


def _document_part(name: str, document: Document) -> Part:
    return Part(name, type_of(document), content_of(document), name_of(document) or name)
