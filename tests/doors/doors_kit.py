"""The doors of a running server as a client meets them, and what its log may hold."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from printserver.client.multipart import Part, encode_form
from tests.crash.crash_harness import DEADLINE, Site, await_until, free_port, site

# For a file of further printers and queues: the raw port that a test chooses is the emulated printer's.
DEFAULT_QUEUE = '[server]\ndefault_queue = "card"\n'
HURRIED = Path(__file__).with_name("doors_hurried.py")
PROBLEM_KEYS = {"type", "title", "status", "detail", "code", "where", "allowed", "retry", "remedy"}


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    media_type: str
    body: bytes = field(repr=False)

    def json(self) -> Any:  # noqa: ANN401 - whatever the JSON holds
        return json.loads(self.body)

    def problem(self) -> dict[str, Any]:
        """The problem document (RFC 9457), with every part that an error of this server has."""
        assert self.media_type == "application/problem+json", self.body
        found: dict[str, Any] = self.json()
        assert set(found) == PROBLEM_KEYS
        assert found["status"] == self.status
        assert found["detail"]
        assert found["remedy"]
        return found


def http_request(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    """One request over a connection of its own; header names are written with `_`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheader("Content-Type", "").partition(";")[0], answer.read())
    finally:
        connection.close()


def submit(port: int, ticket: object, mime: str = "image/png", **sides: bytes) -> Answer:
    """Send a job to the API, `front` and `back` both declared as `mime`; a ticket in bytes goes out as it is."""
    words = ticket if isinstance(ticket, bytes) else json.dumps(ticket).encode()
    parts = [Part("ticket", "application/json", words)]
    parts += [Part(name, mime, picture, f"{name}.png") for name, picture in sides.items()]
    content_type, body = encode_form(tuple(parts))
    return http_request(port, "POST", "/api/v1/jobs", body, Content_Type=content_type)


def raw_print(port: int, document: bytes) -> dict[str, Any]:
    """Send bytes to the raw door, close our side, and return its one line."""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
        connection.sendall(document)
        connection.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: connection.recv(65_536), b""))
    [line] = said.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@contextmanager
def serving(*flags: str, hurry: str = "") -> Iterator[tuple[Site, int]]:
    """A server with an emulated printer and its raw door open; yields the site and the raw port.

    With `hurry` its patience with devices runs so many times faster (see `doors_hurried`).
    """
    with site() as here:
        here.launcher = HURRIED
        raw = free_port()
        here.start(hurry, "--raw-port", str(raw), *flags)
        assert here.alive(), here.data.with_suffix(".log").read_text()
        yield here, raw


def final_state(here: Site, job: int) -> tuple[str, str]:
    """How a job ended: its state, and its last reason beside that it was sent before, as tests send cards."""
    status = here.await_settled(job)
    return status.state, [reason for reason in status.reasons if reason != "possible-duplicate"][-1]


def printer_row(here: Site, name: str = "card-printer") -> dict[str, Any]:
    """A printer as the API tells it."""
    answer: Any = here.api.printers()
    return next(row for row in answer["printers"] if row["name"] == name)


def await_printer(here: Site, *states: str, name: str = "card-printer") -> dict[str, Any]:
    """Wait until a printer is in one of these states, and return it as the API tells it."""
    await_until(lambda: printer_row(here, name)["state"] in states)
    return printer_row(here, name)


def page(here: Site, path: str = "/") -> str:
    """A page as a person gets it."""
    answer = http_request(here.port, "GET", path, Accept="text/html")
    assert answer.status == 200
    return answer.body.decode()


def log_lines(data: Path) -> list[dict[str, Any]]:
    """The server's log; a line that is not JSON was not written by the log and is a fault of its own."""
    return [json.loads(line) for line in data.with_suffix(".log").read_text().splitlines()]


def faults_in_log(data: Path) -> list[dict[str, Any]]:
    """What must not be in the log of a server that itself has done nothing wrong."""
    return [
        line for line in log_lines(data)
        if line["level"] not in ("info", "warning") or "Traceback" in json.dumps(line)
    ]  # fmt: skip
