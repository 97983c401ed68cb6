"""`printserver print`: what is sent, what is said, and when waiting ends."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest

from printserver.config import login_name
from tests.client.fake_print_server import Answer, Asked, FakePrintServer, json_answer
from tests.commands.command_kit import Outcome, call

PENDING = {"id": 12, "state": "pending", "reasons": ["none"], "queue": "card", "name": "front.png",
           "cards": {"done": 0, "uncertain": 0, "queued": 1}}  # fmt: skip
CARD_QUEUE = {"name": "card", "paused": False, "printers": ["left", "right"]}


def accepted(**changes: object) -> Answer:
    return json_answer(PENDING | changes, 201)


def state(name: str, *reasons: str, **cards: int) -> Answer:
    return json_answer(PENDING | {"state": name, "reasons": list(reasons), "cards": cards, "created": "2026-01-01"})


def cards(*rows: object) -> Answer:
    return json_answer({"cards": list(rows)})


def parts(asked: Asked) -> dict[str, Any]:
    """The parts of the form that was sent, by name."""
    head = f"Content-Type: {asked.headers['Content-Type']}\r\n\r\n".encode()
    form = message_from_bytes(head + asked.body, policy=HTTP)
    return {str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
            for part in form.iter_parts()}  # fmt: skip


def ticket(server: FakePrintServer) -> Any:  # noqa: ANN401 - whatever the JSON holds
    return json.loads(parts(server.asked[0])["ticket"])


# what is sent


def test_a_picture_is_sent_with_its_name_and_sender_and_nothing_else(server: FakePrintServer, front: Path) -> None:
    server.will_answer(accepted())
    found = call("print", front)
    assert found.code == 0, found.stderr
    assert found.out == "job 12: waiting; cards: 1 waiting; queue card\n"
    sent = parts(server.asked[0])
    assert set(sent) == {"ticket", "front"}
    assert sent["front"] == front.read_bytes()
    assert ticket(server) == {"name": "front.png", "user": login_name()}


def test_every_option_reaches_the_ticket(server: FakePrintServer, front: Path, back: Path) -> None:
    server.will_answer(accepted())
    found = call(
        "print", front, "--back", back, "--queue", "staff", "--copies", 3, "--ribbon", "YMCKO", "--k-mode", "Threshold",
        "--overlay", "chip+stripe", "--placement", "fit", "--rotation", 90, "--dither", "ordered", "--name", "Badges",
        "--priority", 80, "--tracks", "-", "--hold", stdin=b"ABC\n\n123\n",
    )  # fmt: skip
    assert found.code == 0, found.stderr
    assert parts(server.asked[0])["back"] == back.read_bytes()
    assert ticket(server) == {
        "name": "Badges", "user": login_name(), "queue": "staff", "copies": 3, "ribbon": "YMCKO", "k-mode": "threshold",
        "overlay": "chip+stripe", "placement": "fit", "rotation": "90", "dither": "ordered", "priority": 80,
        "tracks": ["ABC", "", "123"], "hold": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"ONE\n2\n3\n", ["ONE", "2", "3"]),
        (b"ONE\r\n\r\n3", ["ONE", "", "3"]),
        (b"ONE\n", ["ONE", "", ""]),
        (b"\n2\n", ["", "2", ""]),
        (b" A B \n\n\n", [" A B ", "", ""]),
    ],
)
def test_tracks_are_three_lines(content: bytes, wanted: list[str], server: FakePrintServer, front: Path) -> None:
    server.will_answer(accepted())
    assert call("print", front, "--tracks", "-", stdin=content).code == 0
    assert ticket(server)["tracks"] == wanted


@pytest.mark.parametrize("content", [b"", b"A\n1\n2\n3\n", b"\xff\xfe\n", b"1" * 5000])
def test_what_is_no_file_of_tracks_sends_nothing(content: bytes, server: FakePrintServer, front: Path) -> None:
    found = call("print", front, "--tracks", "-", stdin=content)
    assert found.code == 2
    assert "--tracks" in found.complaint()
    assert server.asked == []


@pytest.mark.parametrize(
    "misuse",
    [
        ("--copies", 0), ("--copies", "many"), ("--priority", 101), ("--k-mode", "much"), ("--rotation", 45),
        ("--tracks", "/nowhere/tracks"), ("--back", "/nowhere/back.png"), ("--server", "printer"), ("--glitter",),
    ],
)  # fmt: skip
def test_misuse_sends_nothing(misuse: tuple[object, ...], server: FakePrintServer, front: Path) -> None:
    found = call("print", front, *misuse)
    assert found.code == 2
    assert str(misuse[0]) in found.complaint()
    assert server.asked == []


# what is said


def test_json_is_the_row_as_the_server_answered(server: FakePrintServer, front: Path) -> None:
    body = b'{"id":12,"state":"pending","reasons":["none"],"queue":"card","name":"\xc3\xa9t\xc3\xa9","cards":{}}'
    server.will_answer(Answer(body, "application/json", 201))
    assert call("print", front, "--json").stdout.rstrip(b"\n") == body


def problem(status: int, **fields: object) -> Answer:
    return json_answer({"status": status, **fields}, status, "application/problem+json")


def test_a_refusal_is_one_line_with_the_remedy(server: FakePrintServer, front: Path) -> None:
    server.will_answer(problem(404, code="unknown-queue", detail="there is no queue 'x'", allowed="card, staff"))
    found = call("print", front, "--queue", "x")
    assert (found.code, found.out) == (1, "")
    assert found.complaint() == (
        "printserver: there is no queue 'x' (allowed: card, staff) - Choose a queue from the list of queues."
    )


def test_words_of_strangers_cannot_move_the_cursor(server: FakePrintServer, front: Path) -> None:
    server.will_answer(accepted(queue="ca\x1b[2Jrd\u202e"), problem(400, code="x", detail="a\x1b[31m\nb"))
    assert call("print", front).out == "job 12: waiting; cards: 1 waiting; queue ca[2Jrd\n"
    assert "a[31m b" in call("print", front).complaint()


def test_no_server_is_exit_code_3(front: Path) -> None:
    found = call("print", front, "--server", "http://127.0.0.1:1")
    assert found.code == 3
    assert "--server" in found.complaint()


def test_a_lost_answer_is_not_called_unreachable_for_the_job_may_be_there(
    server: FakePrintServer, front: Path
) -> None:
    server.will_answer(Answer(raw=b""))
    found = call("print", front)
    assert found.code == 1
    assert "Look at the list of jobs before sending it again" in found.complaint()


# waiting


def wait(server: FakePrintServer, front: Path, *answers: Answer, json: bool = False) -> Outcome:
    server.will_answer(accepted(), *answers)
    return call("print", front, "--wait", *(("--json",) if json else ()))


def test_waiting_ends_with_0_when_the_server_says_completed(server: FakePrintServer, front: Path) -> None:
    found = wait(
        server, front, state("processing", "job-printing", printing=1),
        state("completed", "job-completed-successfully", done=1),
    )  # fmt: skip
    assert found.code == 0, found.stderr
    assert found.lines[-1] == "job 12: done; cards: 1 done; queue card"


def test_what_was_sent_and_not_confirmed_is_said_so(server: FakePrintServer, front: Path) -> None:
    found = wait(server, front, state("completed", "job-completed-successfully", "queued-in-device", done=1))
    assert (found.code, "sent, not confirmed" in found.out) == (0, True)


def test_after_waiting_json_has_the_same_keys_as_they_are_then(server: FakePrintServer, front: Path) -> None:
    found = wait(server, front, state("completed", "job-completed-successfully", done=1), json=True)
    assert found.code == 0, found.stderr
    assert found.json() == PENDING | {
        "state": "completed", "reasons": ["job-completed-successfully"], "cards": {"done": 1}
    }  # fmt: skip


DONE_CARD = {"number": 2, "state": "done", "reason": None}
FAILED_CARD = {"number": 1, "state": "failed", "reason": {"code": "document-format-error", "detail": "rows missing"}}


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((state("aborted", "aborted-by-system", failed=1), cards(FAILED_CARD)), "rows missing"),
        ((state("canceled", "job-canceled-by-user"), cards()), "canceled"),
        ((state("completed", "job-completed-with-errors"), cards(DONE_CARD, FAILED_CARD)), "card 1"),
    ],
)
def test_a_job_without_all_of_its_cards_has_failed(
    answers: tuple[Answer, ...], why: str, server: FakePrintServer, front: Path
) -> None:
    found = wait(server, front, *answers)
    assert found.code == 1
    assert found.complaint().startswith("printserver: job 12: ")
    assert why in found.complaint()


BLOCKED = {"number": 1, "state": "blocked", "reason": {"code": "cover-open", "detail": "COVER OPEN"}}
UNCERTAIN = {"number": 1, "state": "uncertain", "reason": {"code": "link-lost", "detail": "the cable came out"}}


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((state("processing", "printer-stopped"), cards(BLOCKED)), "the cover is open (COVER OPEN)"),
        ((state("processing-stopped", "printer-stopped", "card-uncertain"), cards(UNCERTAIN)), "the cable came out"),
        ((state("pending-held", "job-hold-until-specified"),), "it is held; printserver release 12"),
        ((state("pending-held", "job-hold-until-specified", "attempts-used"),),
         "a card was spoiled too often; printserver release 12"),
        ((state("pending-held", "job-hold-until-specified", "job-release-wait"),),
         "waits until somebody at the printer releases it; printserver release 12"),
    ],
)
def test_waiting_ends_with_1_as_soon_as_a_person_is_needed(
    answers: tuple[Answer, ...], why: str, server: FakePrintServer, front: Path
) -> None:
    found = wait(server, front, *answers)
    assert found.code == 1
    assert why in found.complaint()
    assert "do not send it again" in found.complaint()
    assert not server.answers


def queue(**changes: object) -> Answer:
    return json_answer({"queues": [{"name": "other", "paused": True}, CARD_QUEUE | changes]})


def printers(*needing: str) -> Answer:
    return json_answer({"printers": [printer(name, name in needing) for name in ("left", "right", "far")]})


def printer(name: str, needs_person: bool) -> dict[str, object]:
    stuck = {"state": "blocked", "reason": {"code": "media-empty"}} if needs_person else {"state": "idle"}
    return {"name": name, "needs_person": needs_person} | stuck


WAITING = state("pending", "none", queued=1)


def test_a_paused_queue_needs_a_person(server: FakePrintServer, front: Path) -> None:
    found = wait(server, front, WAITING, queue(paused=True), WAITING, queue(paused=True))
    assert found.code == 1
    assert "printserver resume card" in found.complaint()


def test_a_queue_none_of_whose_printers_goes_on_needs_a_person(server: FakePrintServer, front: Path) -> None:
    found = wait(
        server, front, WAITING, queue(), printers("left", "right"), WAITING, queue(), printers("left", "right")
    )
    assert found.code == 1
    assert "printer left is blocked: no cards in the feeder" in found.complaint()


def test_trouble_that_passes_and_a_printer_that_goes_on_are_waited_for(server: FakePrintServer, front: Path) -> None:
    found = wait(
        server, front, WAITING, queue(), printers("left", "right"), WAITING, queue(), printers("left"),
        WAITING, queue(), printers("left", "right"), state("completed", "job-completed-successfully", done=1),
    )  # fmt: skip
    assert found.code == 0, found.stderr


def test_who_waits_learns_the_jobs_number_also_when_the_server_goes_away(server: FakePrintServer, front: Path) -> None:
    found = wait(server, front, state("processing", "job-printing"), Answer(raw=b""), json=True)
    assert found.code == 1
    assert found.json()["id"] == 12
    assert found.complaint()
