"""A real server among clients who mean ill: hostile names, paths to elsewhere, dribbled bytes, jobs gone while watched.

Seen elsewhere: names of clients in commands and files (CVE-2024-47176 and those after it), a path that overwrote the
job cache (CVE-2026-34978), a byte a second that stopped the daemon (CVE-2025-58436), what was freed and used again
(CVE-2023-34241).
"""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from printserver.client import IppClient
from printserver.ipp import Group, GroupTag, Operation, build, encode, parse
from tests.crash.crash_harness import DEADLINE, Site
from tests.doors import doors_ipp
from tests.doors.doors_inputs import GOOD
from tests.doors.doors_ipp import NAME, print_job
from tests.doors.doors_kit import faults_in_log, final_state, http_request, page, serving, submit

MARK = "PWNED"
HOSTILE = (
    f"$(touch {MARK})", f"`touch {MARK}`", f"; touch {MARK} #", f"| touch {MARK}", f"../../{MARK}", f"/tmp/{MARK}",
    f"{MARK}\\..\\..\\{MARK}", f"{MARK}%00.png", "%n%n%s%x", "--help", "-oProxyCommand=x", "{{7*7}}", "<b>x</b>",
    "'; DROP TABLE jobs; --", "\u202egnp.eman", "a\r\nSet-Cookie: x=y", "\x1b[2J", "~root", "CON", "." * 300,
)  # fmt: skip


@dataclass
class Place:
    """A running server, and where files may appear."""

    here: Site
    raw: int

    @property
    def port(self) -> int:
        return self.here.port

    def files(self) -> set[str]:
        return {str(path.relative_to(self.here.data.parent)) for path in self.here.data.parent.rglob("*")}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with serving() as (here, raw):
        yield Place(here, raw)


def sent_with(place: Place, word: str) -> list[int]:
    """Send a card over IPP and over the API, every name of it being the same word."""
    data = word.encode()[:255]
    names = ((NAME, "requesting-user-name", data), (NAME, "job-name", data), (NAME, "document-name", data))
    answer = doors_ipp.post(place.port, print_job(*names) + GOOD)
    assert doors_ipp.status_of(answer) in (0, 1)
    ticket = {"name": word[:120], "user": word[:120]}
    told = submit(place.port, ticket, front=GOOD)
    assert told.status in (201, 422), told.body
    return [doors_ipp.job_id(answer), *([told.json()["id"]] if told.status == 201 else [])]


def test_hostile_words_print_a_card_and_name_no_file(place: Place) -> None:
    jobs = [job for word in HOSTILE for job in sent_with(place, word)]
    assert len(jobs) > len(HOSTILE)
    for job in jobs:
        assert final_state(place.here, job)[0] == "completed"
    assert not [name for name in place.files() if MARK in name or ".." in name or "touch" in name]
    assert not Path(f"/tmp/{MARK}").exists()
    assert not Path(MARK).exists()
    spooled = [Path(name).name for name in place.files() if "/spool/" in name]
    assert all(re.fullmatch(r"[0-9a-f]{32,}(\.part)?|ahead\.[01]", name) for name in spooled)


def test_hostile_words_are_shown_harmless(place: Place) -> None:
    sent_with(place, "<script>alert(1)</script>")
    sent_with(place, "\u202egnp.eman\x1b[2J")
    shown = page(place.here)
    assert "<script>alert" not in shown
    assert not {"\u202e", "\x1b"} & set(shown)
    listed = http_request(place.port, "GET", "/api/v1/jobs")
    assert not [byte for byte in listed.body if byte < 32]


PATHS = (
    "/static/x/../../../../etc/passwd", "/static/x/..%2f..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/master.key",
    "/static/x//etc/passwd", "/static/x/%00", "/ipp/icons/../../../etc/passwd", "/ipp/icons/..%2fprinter-48.png",
    "/api/v1/jobs/1/cards/1/..%2f..%2f..%2fdata.png", "/api/v1/jobs/..%2f..", "/api/v1/queues/..%2f..%2fetc",
    "/../etc/passwd", "/etc/passwd", "//etc/passwd", "/ipp/print/..%2f..%2fcard", "/printers/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_paths_of_requests_lead_to_no_file(place: Place, path: str) -> None:
    answer = http_request(place.port, "GET", path)
    assert answer.status in (400, 404, 405), path
    assert b"root:" not in answer.body


@pytest.mark.parametrize("uri", ["rss:///../job.cache", "file:///tmp/PWNED", "rss://localhost/../../PWNED"])
def test_events_are_written_into_no_file(place: Place, uri: str) -> None:
    asked = build.request(Operation.CREATE_PRINTER_SUBSCRIPTIONS, "ipp://localhost/ipp/print", request_id=5)
    recipient = build.uri("notify-recipient-uri", uri)
    wanted = Group(GroupTag.SUBSCRIPTION, (recipient, build.keyword("notify-events", "all")))
    answer = doors_ipp.post(place.port, encode(replace(asked, groups=(*asked.groups, wanted))))
    assert doors_ipp.status_of(answer) >= 0x0400
    assert not [name for name in place.files() if "job.cache" in name or MARK in name]
    assert not Path(f"/tmp/{MARK}").exists()


def test_clients_of_a_byte_now_and_then_hold_nobody_up(place: Place) -> None:
    """Sixty that have begun and do not go on; others are served as ever."""
    begun = [socket.create_connection(("127.0.0.1", place.port), timeout=DEADLINE) for _ in range(50)]
    begun += [socket.create_connection(("127.0.0.1", place.raw), timeout=DEADLINE) for _ in range(10)]
    try:
        for number, each in enumerate(begun):
            each.sendall(b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Len" if number < 50 else GOOD[:9])
        for _ in range(3):
            for each in begun:
                each.sendall(b"x")
            assert http_request(place.port, "GET", "/api/v1/queues").status == 200
        job = submit(place.port, {}, front=GOOD).json()["id"]
        assert final_state(place.here, job)[0] == "completed"
    finally:
        for each in begun:
            each.close()


def test_jobs_may_go_while_everybody_looks_at_them(place: Place) -> None:
    """An event stream, a subscription, a page and pictures are open when the job is cancelled and purged."""
    stream = http.client.HTTPConnection("127.0.0.1", place.port, timeout=DEADLINE)
    stream.request("GET", "/api/v1/events", headers={"Accept": "text/event-stream"})
    told = stream.getresponse()
    assert told.status == 200
    client = IppClient(f"ipp://127.0.0.1:{place.port}/ipp/print")
    for round_ in range(6):
        job = submit(place.port, {"hold": True}, front=GOOD).json()["id"]
        pictures = f"/api/v1/jobs/{job}/cards/1/front.png"
        assert http_request(place.port, "GET", pictures).status in (200, 404, 410, 503)
        cancelled = http_request(
            place.port, "POST", f"/api/v1/jobs/{job}/cancel", b"{}", Content_Type="application/json"
        )
        assert cancelled.status in (200, 202, 204)
        if round_ % 2:
            purge = encode(build.request(Operation.PURGE_JOBS, "ipp://localhost/ipp/print", request_id=3))
            answer, _ = parse(doors_ipp.post(place.port, purge).body)
            assert answer.code < 0x0500
        for path in (pictures, f"/api/v1/jobs/{job}", f"/api/v1/jobs/{job}/story", f"/jobs/{job}"):
            assert http_request(place.port, "GET", path).status in (200, 404, 410), path
        assert client.job(job).state in ("canceled", "aborted")
    assert told.readline()
    stream.close()
    job = submit(place.port, {}, front=GOOD).json()["id"]
    assert final_state(place.here, job)[0] == "completed"


def test_the_server_itself_has_done_nothing_wrong(place: Place) -> None:
    place.here.stop()
    assert faults_in_log(place.here.data) == []
