"""A running server that is abused: no file descriptor left, and questions nested without end."""

from __future__ import annotations

import json
import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.crash.crash_harness import Site, await_until
from tests.doors.doors_kit import faults_in_log, http_request, log_lines, serving, submit

ROOM = 12
"""So many more files may the server open than it has open already."""
CLIENTS = 60
SECONDS = 3.0
TICKS = os.sysconf("SC_CLK_TCK")
DEEP, DEEP_WISH = 100_000, 8_000
"""Nested far beyond any stack; a wish has a small body."""


# descriptors


def ticks(pid: int) -> int:
    """Return the processor time that a process has used, user's and system's (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def alive(here: Site) -> bool:
    """Ask for the list of jobs; a server that has no descriptor left hangs up."""
    with suppress(OSError):
        return http_request(here.port, "GET", "/api/v1/jobs").status == 200
    return False


def test_a_server_without_descriptors_neither_dies_nor_spins_and_comes_back() -> None:
    with serving() as (here, _), ExitStack() as clients:
        kept = submit(here.port, {"name": "kept", "hold": True}, front=here.picture()).json()["id"]
        assert here.process is not None
        pid, (soft, hard) = here.process.pid, resource.prlimit(here.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_files(pid) + ROOM, hard))
        for _ in range(CLIENTS):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", here.port), timeout=10))
            client.sendall(b"GET /api/v1/jobs HTTP/1.1\r\n")
        await_until(lambda: not alive(here))  # they have taken all there was
        before, lines = ticks(pid), len(log_lines(here.data))
        time.sleep(SECONDS)
        assert ticks(pid) - before < SECONDS * TICKS / 2, "it spins"
        assert len(log_lines(here.data)) - lines < CLIENTS, "it fills the disk with words"
        clients.close()
        await_until(lambda: alive(here))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        assert here.alive()
        assert here.api.job(kept).state == "pending-held"
        here.api.release(kept)
        assert here.await_final(kept).state == "completed"
        assert len(here.good_cards()) == 1
        assert not [line for line in log_lines(here.data) if line["level"] == "critical"]


# nesting


@pytest.fixture(scope="module")
def here() -> Iterator[Site]:
    with serving() as (found, _):
        yield found
        assert faults_in_log(found.data) == []


SHAPES: dict[str, Callable[[int], bytes]] = {
    "lists": lambda depth: b"[" * depth + b"]" * depth,
    "objects": lambda depth: b'{"by":' * depth + b"1" + b"}" * depth,
    "unended": lambda depth: b"[" * depth,
    "lists below a known key": lambda depth: b'{"by":' + b"[" * depth + b"]" * depth + b"}",
    "lists below a key of tickets": lambda depth: b'{"tracks":' + b"[" * depth + b"]" * depth + b"}",
    "objects below a strange key": lambda depth: b'{"strange":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}",
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_json_nested_without_end_is_refused_by_name(here: Site, shape: str) -> None:
    ticket = submit(here.port, SHAPES[shape](DEEP), front=here.picture())
    assert (ticket.status, ticket.problem()["code"]) == (422, "bad-ticket")
    for path in ("/api/v1/jobs/1/hold", "/api/v1/jobs/1/reprint", "/api/v1/queues/card/pause"):
        wish = http_request(here.port, "POST", path, SHAPES[shape](DEEP_WISH), Content_Type="application/json")
        assert (wish.status, wish.problem()["code"]) == (400, "bad-request"), path


HEADER = b"\x02\x00\x00\x0b\x00\x00\x00\x01"
CHARSET = b"\x01\x47\x00\x12attributes-charset\x00\x05utf-8\x48\x00\x1battributes-natural-language\x00\x02en"
MEMBER = b"\x4a\x00\x00\x00\x01b"


def collections(depth: int) -> bytes:
    opening = b"\x34\x00\x09media-col\x00\x00" + (MEMBER + b"\x34\x00\x00\x00\x00") * (depth - 1)
    return HEADER + CHARSET + opening + b"\x37\x00\x00\x00\x00" * depth + b"\x03"


def many(count: int) -> bytes:
    each = b"".join(b"\x21\x00\x06a%05d\x00\x04\x00\x00\x00\x01" % number for number in range(count))
    return HEADER + CHARSET + each + b"\x03"


def values(count: int) -> bytes:
    further = b"\x21\x00\x00\x00\x04\x00\x00\x00\x01" * count
    return HEADER + CHARSET + b"\x21\x00\x01a\x00\x04\x00\x00\x00\x01" + further + b"\x03"


@pytest.mark.parametrize(
    "message", [collections(9), collections(60_000), many(6_000), values(25_000)],
    ids=["nested", "nested without end", "many attributes", "many values"],
)  # fmt: skip
def test_ipp_without_end_is_refused_in_ipp(here: Site, message: bytes) -> None:
    answer = http_request(here.port, "POST", "/ipp/print", message, Content_Type="application/ipp")
    assert (answer.status, answer.media_type) == (200, "application/ipp")
    assert int.from_bytes(answer.body[2:4], "big") == 0x0408, answer.body[:200]  # client-error-request-entity-too-large


def test_the_server_is_well_after_all_of_it(here: Site) -> None:
    assert json.loads(http_request(here.port, "GET", "/api/v1/jobs").body)["jobs"] == []
