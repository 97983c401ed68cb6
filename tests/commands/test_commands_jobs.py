"""Looking at jobs, queues and printers, and wanting something of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from printserver.commands.output import age, cell_width
from printserver.config import login_name
from tests.client.fake_print_server import Answer, FakePrintServer, json_answer
from tests.commands.command_kit import call

ROW = {"id": 12, "state": "pending", "reasons": ["none"], "queue": "card", "name": "Eva", "cards": {"queued": 2}}
DONE = ROW | {"id": 11, "state": "completed", "reasons": ["job-completed-successfully"], "cards": {"done": 2}}
UNCERTAIN = ROW | {"id": 10, "state": "processing-stopped", "reasons": ["printer-stopped", "card-uncertain"]}


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


def detail(**changes: object) -> Answer:
    return json_answer(ROW | {"created": ago(minutes=5, seconds=2)} | changes)


# jobs


def test_jobs_are_a_table_in_plain_words(server: FakePrintServer) -> None:
    server.will_answer(
        json_answer({"jobs": [ROW, DONE, UNCERTAIN], "next": 9}), detail(), detail(created=ago(days=2))
    )
    found = call("jobs")
    assert found.code == 0, found.stderr
    assert [line.split() for line in found.lines[:3]] == [
        ["ID", "STATE", "AGE", "CARDS", "QUEUE", "NAME"],
        ["12", "waiting", "5", "min", "2", "waiting", "card", "Eva"],
        ["11", "done", "-", "2", "done", "card", "Eva"],
    ]
    assert "2 d" in found.lines[3]
    assert found.lines[4] == "job 10: the printer waits for a person, nobody knows whether a card was printed"
    assert found.lines[5] == "Older ones: printserver jobs --before 9"


def test_a_table_stays_within_80_cells_and_harmless(server: FakePrintServer) -> None:
    name = "\x1b]0;you\x07名札 " * 30
    server.will_answer(json_answer({"jobs": [DONE | {"name": name}], "next": None}))
    found = call("jobs", environment={"COLUMNS": "80"})
    assert "\x1b" not in found.out
    assert found.lines[1].endswith("…")
    assert all(cell_width(line) <= 80 for line in found.lines)


def test_json_is_the_servers_body_unchanged(server: FakePrintServer) -> None:
    body = b'{ "jobs": [],\n  "next": null }'
    server.will_answer(Answer(body, "application/json"), Answer(body, "application/json"))
    assert call("jobs", "--json").stdout == body
    assert call("jobs", "--state", "aborted", "--state", "canceled", "--before", 7, "--json").stdout == body
    assert server.asked[0].path == "/api/v1/jobs"
    assert server.asked[1].path == "/api/v1/jobs?state=aborted%2Ccanceled&before=7"


def test_no_jobs_and_no_such_state(server: FakePrintServer) -> None:
    server.will_answer(json_answer({"jobs": [], "next": None}))
    assert call("jobs").out == "There are no jobs.\n"
    misused = call("jobs", "--state", "lost")
    assert (misused.code, "pending-held" in misused.complaint()) == (2, True)


def test_a_job_is_told_with_its_cards(server: FakePrintServer) -> None:
    row = detail(user="eva", origin="ipp 127.0.0.1", tracks=[1, 3], reprint_of=4, ticket={"ribbon": "YMCKO"})
    card = {"number": 1, "state": "uncertain", "printer": "front-office", "changed": ago(hours=3),
            "reason": {"code": "interrupted", "detail": "the server was broken off"}}  # fmt: skip
    server.will_answer(row, json_answer({"cards": [card, {"number": 2, "state": "queued", "changed": ago(seconds=3)}]}))
    found = call("job", 12)
    assert found.code == 0, found.stderr
    assert found.lines[:4] == ["job 12: Eva", "state: waiting", "cards: 2 waiting", "queue: card"]
    assert "from: eva (ipp 127.0.0.1)" in found.lines
    assert {"options: ribbon YMCKO", "tracks: 1, 3", "reprint of: job 4", "age: 5 min"} <= set(found.lines)
    assert found.lines[-3].split() == ["1", "uncertain", "3", "h", "front-office"]
    assert found.lines[-1] == "card 1: broken off while the card was in the printer (the server was broken off)"


def test_json_of_a_job_is_the_servers_body_unchanged(server: FakePrintServer) -> None:
    server.will_answer(Answer(b'{"id":  12}', "application/json"))
    assert call("job", 12, "--json").stdout == b'{"id":  12}'


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        ("2026-05-01T12:00:00+00:00", "0 s"), ("2026-05-01T11:59:01+00:00", "59 s"),
        ("2026-05-01T13:59:00+02:00", "1 min"),
        ("2026-05-01T11:00:00+00:00", "1 h"), ("2026-04-01T12:00:00+00:00", "30 d"),
        ("2026-05-01T12:00:30+00:00", "0 s"), (None, "-"), ("soon", "-"),
    ],
)  # fmt: skip
def test_ages_are_short(moment: str | None, wanted: str) -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC).timestamp()
    assert age(moment, now) == wanted


# wishes


@pytest.mark.parametrize("verb", ["hold", "release", "cancel", "reprint", "reject"])
def test_a_wish_names_who_and_why(verb: str, server: FakePrintServer) -> None:
    server.will_answer(json_answer(ROW), json_answer(ROW))
    plain = call(verb, 12)
    assert (plain.code, plain.out) == (0, "job 12: waiting; cards: 2 waiting; queue card\n")
    assert call(verb, 12, "--by", "Ana", "--reason", "smeared", "--json").json() == ROW
    assert [asked.path for asked in server.asked] == [f"/api/v1/jobs/12/{verb}"] * 2
    assert [asked.json() for asked in server.asked] == [{"by": login_name()}, {"by": "Ana", "reason": "smeared"}]


def test_a_reprint_under_a_key_is_sent_again_when_its_answer_is_lost(server: FakePrintServer) -> None:
    server.will_answer(Answer(raw=b""), json_answer(ROW | {"id": 13}))
    found = call("reprint", 12, "--key", "badge 12 again", "--by", "Ana", "--reason", "lost", "--json")
    assert (found.code, found.json()["id"]) == (0, 13)
    assert [asked.path for asked in server.asked] == ["/api/v1/jobs/12/reprint"] * 2
    assert [asked.headers["Idempotency-Key"] for asked in server.asked] == ["badge 12 again"] * 2
    server.will_answer(Answer(raw=b""))
    assert call("reprint", 12, "--by", "Ana").code != 0
    assert len(server.asked) == 3, "without a key it is sent once"
    assert "Idempotency-Key" not in server.asked[-1].headers


@pytest.mark.parametrize("verdict", ["done", "spoiled", "queued", "abandon"])
def test_an_uncertain_card_is_settled(verdict: str, server: FakePrintServer) -> None:
    server.will_answer(json_answer(ROW), json_answer(ROW))
    assert call("settle", 12, verdict, "--by", "Ana").code == 0
    assert call("settle", 12, "--card", 2, verdict, "--by", "Ana").code == 0
    assert [asked.json() for asked in server.asked] == [
        {"verdict": verdict, "by": "Ana"}, {"verdict": verdict, "card": 2, "by": "Ana"}
    ]  # fmt: skip


def test_what_is_not_possible_now_says_what_is(server: FakePrintServer) -> None:
    refusal = {"status": 409, "code": "not-possible", "detail": "job 12 is completed"}
    server.will_answer(json_answer(refusal, 409, "application/problem+json"))
    found = call("hold", 12)
    assert found.code == 1
    assert found.complaint() == (
        "printserver: job 12 is completed - Look at the job's state and choose what it allows."
    )


@pytest.mark.parametrize(
    "misuse",
    [("settle", 12), ("settle", 12, "maybe"), ("hold", "x"), ("hold", 0), ("hold",), ("reject", 12, "--card", 0),
     ("reprint", 12, 13), ("pause",), ("conjure", 12)],
)  # fmt: skip
def test_misuse_asks_the_server_nothing(misuse: tuple[object, ...], server: FakePrintServer) -> None:
    found = call(*misuse)
    assert found.code == 2
    assert found.complaint()
    assert server.asked == []


# queues and printers

QUEUE = {"name": "card", "default": True, "paused": False, "waiting": 3, "printers": ["left", "right"]}
PRINTER = {
    "name": "left", "driver": "evolis", "model": "primacy", "ribbon": "YMCKO", "state": "blocked", "tier": "emulated",
    "since": "2026-01-01T00:00:00+00:00", "card": "12/1", "simulated": True, "needs_person": True,
    "reason": {"code": "media-empty", "detail": "NO CARD"}, "alerts": [{"kind": "media-empty", "verbatim": "NO CARD"}],
    "supplies": [{"kind": "ribbon", "name": "YMCKO", "remaining": 20, "capacity": 100},
                 {"kind": "blanks", "name": "blanks", "remaining": None, "capacity": None}],
}  # fmt: skip


def test_queues_and_printers_are_tables(server: FakePrintServer) -> None:
    server.will_answer(json_answer({"queues": [QUEUE]}), json_answer({"printers": [PRINTER]}))
    assert call("queues").lines[1].split() == ["card", "(default)", "open", "3", "left,", "right"]
    found = call("printers")
    assert "12/1" in found.lines[1]
    assert "evolis primacy (simulated)" in found.lines[1]
    assert found.lines[2:] == [
        "left: no cards in the feeder (NO CARD)", "left: ribbon YMCKO: 20 of 100 left"
    ]  # fmt: skip


@pytest.mark.parametrize(("command", "path"), [("queues", "/queues"), ("printers", "/printers")])
def test_their_json_is_the_servers_body_unchanged(command: str, path: str, server: FakePrintServer) -> None:
    server.will_answer(Answer(b'{"a":  []}', "application/json"))
    assert call(command, "--json").stdout == b'{"a":  []}'
    assert server.asked[0].path == f"/api/v1{path}"


def test_a_queue_is_paused_and_goes_on(server: FakePrintServer) -> None:
    server.will_answer(json_answer(QUEUE | {"paused": True}), json_answer(QUEUE))
    assert call("pause", "card", "--by", "Ana", "--reason", "ribbon").out == "queue card: paused, 3 waiting\n"
    assert call("resume", "card", "--json").json() == QUEUE
    assert [asked.path for asked in server.asked] == ["/api/v1/queues/card/pause", "/api/v1/queues/card/resume"]
    assert server.asked[0].json() == {"by": "Ana", "reason": "ribbon"}


# servers that are none


@pytest.mark.parametrize("command", [("jobs",), ("job", 1), ("queues", "--json"), ("printers",), ("hold", 1)])
def test_another_server_is_told_apart(command: tuple[object, ...], server: FakePrintServer) -> None:
    server.will_answer(Answer(b"<html>It works!</html>", "text/html"))
    found = call(*command)
    assert found.code == 1
    assert "Check the server's address" in found.complaint()


@pytest.mark.parametrize("command", [("jobs",), ("job", 1), ("queues",), ("printers",), ("cancel", 1), ("pause", "x")])
def test_no_server_is_exit_code_3_for_every_command(command: tuple[object, ...]) -> None:
    found = call(*command, "--server", "http://127.0.0.1:1")
    assert found.code == 3
    assert "127.0.0.1:1" in found.complaint()
