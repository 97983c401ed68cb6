"""curl at the JSON API: jobs with one and two sides, pictures back, errors, and events as they happen."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.crash.crash_harness import DEADLINE
from tests.interop.interop_kit import House, run, same_picture

IPP = "Content-Type: application/ipp"


def curl(server: House, path: str, *options: str) -> tuple[int, str]:
    """Return the HTTP status and the body."""
    said = run("curl", "-sS", "-w", "\n%{http_code}", *options, server.web + path).expect()
    body, _, status = said.out.rpartition("\n")
    return int(status), body


def form(**parts: str | Path) -> list[str]:
    """Return the options that send a form: files as pictures, anything else as it is."""
    words = ((name, f"@{part};type=image/png" if isinstance(part, Path) else part) for name, part in parts.items())
    return [word for name, value in words for word in ("-F", f"{name}={value}")]


def ticket(**keys: object) -> str:
    return json.dumps(keys) + ";type=application/json"


def test_a_form_is_a_card(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        status, body = curl(server, "/api/v1/jobs", *form(ticket=ticket(name="badge"), front=server.front))
        assert status == 201
        assert json.loads(body)["name"] == "badge"
    assert printed.fronts == [front_card]
    assert json.loads(body)["id"] == printed.job


def test_a_form_with_a_back_is_a_card_with_two_sides(server: House, both_sides: tuple[bytes, bytes]) -> None:
    with server.one_job() as printed:
        status, _ = curl(server, "/api/v1/jobs", *form(front=server.front, back=server.back))
        assert status == 201
    assert (printed.fronts[0], printed.backs[0]) == both_sides


def test_the_picture_that_the_server_shows_is_the_card(server: House, front_card: bytes, tmp_path: Path) -> None:
    with server.one_job() as printed:
        curl(server, "/api/v1/jobs", *form(front=server.front))
    path = f"/api/v1/jobs/{printed.job}/cards/1/front.png"
    run("curl", "-sSf", "-o", tmp_path / "shown.png", server.web + path).expect()
    assert same_picture((tmp_path / "shown.png").read_bytes(), front_card)


@pytest.mark.parametrize(("keys", "front", "status", "code"), [
    ({"queue": "nobody"}, "front.png", 404, "unknown-queue"),
    ({"copies": 0}, "front.png", 422, "bad-ticket"),
    ({"colour": "blue"}, "front.png", 422, "bad-ticket"),
    ({"tracks": ["CARD", "", ""]}, "front.png", 422, "unsupported-by-printer"),
    ({}, "text.png", 415, "document-format-unsupported"),
])  # fmt: skip
def test_a_bad_form_is_told_as_a_problem(
    server: House, keys: dict[str, object], front: str, status: int, code: str
) -> None:
    with server.no_job():
        found, body = curl(server, "/api/v1/jobs", *form(ticket=ticket(**keys), front=server.folder / front))
    problem = json.loads(body)
    assert (found, problem["status"], problem["code"]) == (status, status, code)


def test_what_is_not_there_is_not_found(server: House) -> None:
    for path in ("/api/v1/jobs/999999", "/api/v1/jobs/999999/cards/1/front.png", "/nothing/here"):
        status, body = curl(server, path)
        assert status == 404
        assert json.loads(body)["code"] in ("unknown-job", "not-found")


def test_strangers_are_turned_away(server: House) -> None:
    body = form(front=server.front)
    with server.no_job():
        for path in ("/api/v1/jobs", "/ipp/print", "/"):
            assert curl(server, path, *body, "-H", "Host: evil.example")[0] == 421
            assert curl(server, path, *body, "-H", "Origin: http://evil.example")[0] == 403
            assert curl(server, path, *body, "-H", "Sec-Fetch-Site: cross-site")[0] == 403


def test_ipp_by_hand(server: House) -> None:
    with server.no_job():
        assert curl(server, "/ipp/print", "--data-binary", "garbage", "-H", IPP)[0] == 200
        assert curl(server, "/ipp/print", "--data-binary", "garbage", "-H", "Content-Type: text/plain")[0] == 415


@contextmanager
def events(server: House, *options: str) -> Iterator[Iterator[tuple[int, dict[str, Any]]]]:
    """Follow the stream of events with curl; yields (id, event) from the moment on that the server has answered."""
    command = ["curl", "-sSNi", "--max-time", str(int(DEADLINE)), *options, f"{server.web}/api/v1/events"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        head = list(iter(following.stdout.readline, "\n"))
        assert head[0].startswith("HTTP/1.1 200")
        try:
            yield told(following.stdout)
        finally:
            following.kill()


def told(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    identity = 0
    for text in lines:
        field, _, value = text.rstrip("\n").partition(": ")
        if field == "id":
            identity = int(value)
        elif field == "data":
            yield identity, json.loads(value)


def until_done(following: Iterator[tuple[int, dict[str, Any]]], job: int) -> list[tuple[int, str, str | None]]:
    """Return (id, what, state) of the card's and the job's events up to the one that says completed."""
    found = []
    for identity, event in following:
        if event["subject"].partition("/")[0] == str(job):
            found.append((identity, event["what"], event["data"].get("state")))
            if event["kind"] == "job" and event["data"].get("state") == "completed":
                return found
    raise AssertionError(f"the stream ended before the job: {found}")


def test_events_tell_the_story_of_a_card_and_can_be_resumed(server: House) -> None:
    with events(server) as following, server.one_job() as printed:
        status, body = curl(server, "/api/v1/jobs", *form(front=server.front))
        assert status == 201
        story = until_done(following, json.loads(body)["id"])
    assert printed.job
    states = [state for _, _, state in story]
    assert states.index("rendering") < states.index("ready") < states.index("printing") < states.index("done")
    middle = len(story) // 2
    with events(server, "-H", f"Last-Event-ID: {story[middle][0]}") as following:
        assert until_done(following, printed.job) == story[middle + 1 :]
