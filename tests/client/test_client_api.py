"""The JSON API client: what it sends, what it gives back, and whose error is raised."""
from __future__ import annotations

import json
from collections.abc import Callable
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path

import pytest

from printserver.client import (
    AnswerUnreadable,
    ApiClient,
    DocumentUnreadable,
    Printer,
    RequestRefused,
    WaitEnded,
    settled,
)
from printserver.client.multipart import Part, encode_form
from printserver.errors import NotPossibleNow, StoreFull, UnknownJob
from printserver.model.job import JobState
from printserver.model.ticket import Ticket
from tests.client.fake_print_server import Answer, Asked, FakePrintServer, json_answer

ROW = {"id": 12, "state": "pending", "reasons": ["none"], "queue": "card", "name": "front.png", "cards": {"queued": 1}}


def row(**changed: object) -> Answer:
    return json_answer(ROW | changed)


def form(asked: Asked) -> dict[str, tuple[str, bytes]]:
    """The fields of a multipart request, read by the standard library's own parser: (file name or type, content)."""
    message = message_from_bytes(
        b"Content-Type: " + asked.headers["Content-Type"].encode() + b"\r\n\r\n" + asked.body, policy=HTTP)
    fields = {}
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = part.get_param("name", header="content-disposition")
        fields[str(name)] = (part.get_filename() or part.get_content_type(), content)
    return fields


def test_five_lines_print_a_card(server: FakePrintServer, tmp_path: Path) -> None:
    (tmp_path / "front.png").write_bytes(b"front\r\n--")
    (tmp_path / "back.png").write_bytes(b"back")
    server.will_answer(json_answer(ROW, 201), row(state="processing"), row(state="completed"))
    job = Printer(server.url).print_card(str(tmp_path / "front.png"), back=tmp_path / "back.png")
    assert job.id == 12
    assert job.wait(sleep=lambda seconds: None).state == "completed"
    submitted = server.asked[0]
    assert (submitted.method, submitted.path) == ("POST", "/api/v1/jobs")
    fields = form(submitted)
    assert json.loads(fields["ticket"][1]) == {"name": "front.png"}
    assert fields["front"] == ("front.png", b"front\r\n--")
    assert fields["back"] == ("back.png", b"back")
    assert [asked.path for asked in server.asked[1:]] == ["/api/v1/jobs/12", "/api/v1/jobs/12"]


def test_a_ticket_is_written_as_the_server_reads_it(server: FakePrintServer) -> None:
    server.will_answer(json_answer(ROW, 201))
    printer = Printer(server.url, queue="card", user="alice")
    printer.print_card(b"front", name="badge", copies=2, k_mode="text", tracks=["A", "", ""], hold=True)
    fields = form(server.asked[0])
    assert json.loads(fields["ticket"][1]) == {
        "queue": "card", "user": "alice", "name": "badge", "copies": 2, "k-mode": "text", "tracks": ["A", "", ""],
        "hold": True}
    assert fields["ticket"][0] == "application/json"
    assert fields["front"] == ("front", b"front")
    assert "back" not in fields


def test_a_ticket_of_the_model_goes_too(server: FakePrintServer) -> None:
    server.will_answer(json_answer(ROW, 201))
    status = ApiClient(server.url).submit(Ticket(name="badge", k_threshold=9), b"front")
    sent = json.loads(form(server.asked[0])["ticket"][1])
    assert (sent["name"], sent["k-threshold"]) == ("badge", 9)
    assert status.row == ROW


def test_names_cannot_break_out_of_their_header() -> None:
    hostile = Part("front", "image/png", b"x", 'a"; name="ticket\r\nX: y.png')
    content_type, body = encode_form((hostile,))
    asked = Asked("POST", "/", {"Content-Type": content_type}, body)
    assert list(form(asked)) == ["front"]
    assert b"\r\nX:" not in body


def test_jobs_come_page_by_page(server: FakePrintServer) -> None:
    server.will_answer(json_answer({"jobs": [ROW], "next": 12}), json_answer({"jobs": [], "next": None}))
    api = ApiClient(server.url)
    page = api.jobs(state="pending")
    assert [(job.id, job.state, job.row["cards"]) for job in page.jobs] == [(12, JobState.PENDING, {"queued": 1})]
    assert json.loads(page.body) == {"jobs": [ROW], "next": 12}
    assert api.jobs(before=page.next).next is None
    assert [asked.path for asked in server.asked] == ["/api/v1/jobs?state=pending", "/api/v1/jobs?before=12"]


ACTIONS: dict[str, tuple[Callable[[ApiClient], object], dict[str, object]]] = {
    "hold": (lambda api: api.hold(12, by="alice", reason="later"), {"by": "alice", "reason": "later"}),
    "release": (lambda api: api.release(12), {}),
    "cancel": (lambda api: api.cancel(12, reason="wrong photo"), {"reason": "wrong photo"}),
    "reprint": (lambda api: api.reprint(12, by="bob"), {"by": "bob"}),
    "settle": (lambda api: api.settle(12, "done", card=2, by="bob"), {"verdict": "done", "card": 2, "by": "bob"}),
    "reject": (lambda api: api.reject(12, card=1, reason="smeared"), {"card": 1, "reason": "smeared"}),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_wish_says_who_and_why(server: FakePrintServer, action: str) -> None:
    act, body = ACTIONS[action]
    server.will_answer(row())
    act(ApiClient(server.url))
    asked = server.asked[0]
    assert (asked.method, asked.path) == ("POST", f"/api/v1/jobs/12/{action}")
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.json() == body


def test_queues_are_paused_by_name(server: FakePrintServer) -> None:
    server.will_answer(json_answer({"name": "a/b", "paused": True}), json_answer({"name": "a/b", "paused": False}))
    api = ApiClient(server.url)
    assert api.pause("a/b", by="alice") == {"name": "a/b", "paused": True}
    assert api.resume("a/b") == {"name": "a/b", "paused": False}
    assert [asked.path for asked in server.asked] == ["/api/v1/queues/a%2Fb/pause", "/api/v1/queues/a%2Fb/resume"]


def test_cards_queues_and_printers_are_looked_at(server: FakePrintServer) -> None:
    server.will_answer(*(json_answer([{"n": n}]) for n in range(3)))
    api = ApiClient(server.url)
    assert [api.cards(12), api.queues(), api.printers()] == [[{"n": 0}], [{"n": 1}], [{"n": 2}]]
    assert [asked.path for asked in server.asked] == ["/api/v1/jobs/12/cards", "/api/v1/queues", "/api/v1/printers"]


def problem(code: str, status: int) -> Answer:
    return json_answer({
        "type": f"urn:printserver:problem:{code}", "title": "A title.", "status": status, "detail": "the detail",
        "code": code, "where": "job 12", "allowed": "", "retry": True, "remedy": "The remedy."},
        status, "application/problem+json")


@pytest.mark.parametrize(("code", "status", "kind"), [
    ("unknown-job", 404, UnknownJob), ("not-possible", 409, NotPossibleNow), ("store-full", 507, StoreFull)])
def test_the_server_s_error_is_raised_as_its_own_class(
        server: FakePrintServer, code: str, status: int, kind: type[Exception]) -> None:
    server.will_answer(problem(code, status))
    with pytest.raises(kind, match="job 12: the detail"):
        ApiClient(server.url).release(12)


@pytest.mark.parametrize("code", ["plugin-says-no", "internal-error", "server-unreachable", ""])
def test_an_error_unknown_here_keeps_the_server_s_words(server: FakePrintServer, code: str) -> None:
    server.will_answer(problem(code, 500))
    with pytest.raises(RequestRefused, match="the detail") as caught:
        ApiClient(server.url).job(12)
    assert (caught.value.problem.code, caught.value.problem.remedy) == (code, "The remedy.")
    assert caught.value.problem.retry is True


UNREADABLE = {
    "a page": Answer(b"<html></html>", "text/html"),
    "a list": json_answer([]),
    "no id": json_answer({"state": "pending"}),
    "a state that is none": row(state="melting"),
    "an id that is a text": row(id="12"),
    "a broken problem": Answer(b"{", "application/problem+json", 500),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_an_answer_that_is_no_job_is_told(server: FakePrintServer, case: str) -> None:
    server.will_answer(UNREADABLE[case])
    with pytest.raises(AnswerUnreadable):
        ApiClient(server.url).job(12)


@pytest.mark.parametrize("body", [b'"text"', b"12", b"null", b""])
def test_what_is_neither_object_nor_list_is_told(server: FakePrintServer, body: bytes) -> None:
    server.will_answer(Answer(body, "application/json"))
    with pytest.raises(AnswerUnreadable):
        ApiClient(server.url).queues()


@pytest.mark.parametrize(("state", "reasons", "person"), [
    ("processing", ["printer-stopped"], True),
    ("processing-stopped", ["printer-stopped", "card-uncertain"], True),
    ("processing-stopped", ["a reason of tomorrow"], True),
    ("pending-held", ["job-hold-until-specified", "attempts-used"], True),
    ("pending-held", ["job-hold-until-specified", "job-release-wait"], False),
    ("processing", ["job-printing"], False),
    ("pending", ["none"], False),
    ("completed", ["job-completed-successfully"], False),
    ("aborted", ["aborted-by-system", "printer-stopped"], False),
])
def test_a_job_says_when_it_needs_somebody(
        server: FakePrintServer, state: str, reasons: list[str], person: bool) -> None:
    server.will_answer(row(state=state, reasons=reasons))
    status = ApiClient(server.url).job(12)
    assert status.needs_person is person
    assert settled(status) is (person or status.final)


def test_waiting_ends_as_soon_as_somebody_is_needed(server: FakePrintServer) -> None:
    server.will_answer(row(), row(state="processing", reasons=["printer-stopped"]))
    slept: list[float] = []
    status = ApiClient(server.url).wait(12, clock=lambda: sum(slept), sleep=slept.append, pause=0.25)
    assert status.needs_person
    assert slept == [0.25]


def test_waiting_gives_up_and_the_job_goes_on(server: FakePrintServer) -> None:
    server.will_answer(row(), row(), row())
    slept: list[float] = []
    with pytest.raises(WaitEnded, match="job 12: the job is still pending after 1 s"):
        ApiClient(server.url).wait(12, timeout=1.0, clock=lambda: sum(slept), sleep=slept.append)
    assert len(server.asked) == 3


def test_a_missing_back_sends_nothing(server: FakePrintServer, tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable, match=r"back\.png"):
        Printer(server.url).print_card(b"front", back=tmp_path / "back.png")
    assert server.asked == []


def test_a_job_is_looked_at_and_cancelled_by_its_handle(server: FakePrintServer) -> None:
    server.will_answer(json_answer(ROW, 201), row(state="processing"))
    server.will_answer(json_answer({"cards": []}), row(state="canceled"))
    job = Printer(server.url).print_card(b"front")
    assert job.look().state is JobState.PROCESSING
    assert job.cards() == {"cards": []}
    assert job.cancel(by="alice").final
    assert [asked.path for asked in server.asked[1:]] == [
        "/api/v1/jobs/12", "/api/v1/jobs/12/cards", "/api/v1/jobs/12/cancel"]
