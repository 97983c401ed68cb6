"""Every bad input at every door: a clear answer in that door's own words, and the next good card prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from printserver.client import IppClient, IppRefused
from printserver.documents.sniff import FORMATS
from printserver.ipp import Status, build
from tests.commands.command_kit import call
from tests.crash.crash_harness import Site, await_until
from tests.doors import doors_ipp
from tests.doors.doors_inputs import (
    DRAWING,
    EMPTY,
    ENDLESS,
    ENORMOUS,
    GOOD,
    READING,
    TEXT,
    TRUNCATED,
    WITHOUT_ROWS,
)
from tests.doors.doors_ipp import BOOLEAN, KEYWORD, MIME, print_job
from tests.doors.doors_kit import (
    Answer,
    faults_in_log,
    final_state,
    http_request,
    log_lines,
    printer_row,
    raw_print,
    serving,
    submit,
)

UNREADABLE = ("aborted", "document-format-error")
PRINTED = ("completed", "job-completed-successfully")


@dataclass
class Doors:
    """One server with all its doors, and the jobs that its clients were told about."""

    here: Site
    raw: int
    told: set[int]

    @property
    def port(self) -> int:
        return self.here.port

    def accepted(self, job: int) -> tuple[str, str]:
        """Note that a client was told of a job, and return how it ended."""
        self.told.add(job)
        return final_state(self.here, job)

    def command(self, *arguments: object) -> tuple[int, str, str]:
        """Run `printserver print`: exit code, standard output, and its one complaint if it has any."""
        outcome = call("print", *arguments, "--server", f"http://127.0.0.1:{self.port}")
        assert len(outcome.stderr.splitlines()) <= 1, outcome.stderr
        self.told.update(int(line.split()[1].rstrip(":")) for line in outcome.lines)
        return outcome.code, outcome.out, outcome.stderr

ALLOWED = ", ".join(each.mime for each in FORMATS)


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with serving() as (here, raw):
        yield Doors(here, raw, set())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    pictures = {
        "good.png": GOOD, "empty.png": EMPTY, "truncated.png": TRUNCATED, "text.png": TEXT, "enormous.png": ENORMOUS,
        "renamed.jpg": GOOD, "rows.png": WITHOUT_ROWS, "reading.svg": READING, "good.svg": DRAWING,
        "tracks": b"B1234^A\n\n\n",
    }  # fmt: skip
    for name, content in pictures.items():
        (folder / name).write_bytes(content)
    return folder


# the JSON API


@pytest.mark.parametrize(
    ("ticket", "front", "mime", "status", "code", "where", "allowed"),
    [
        ({}, EMPTY, "image/png", 422, "document-empty", "", ""),
        ({}, TEXT, "image/png", 415, "document-format-unsupported", "", ALLOWED),
        ({}, ENORMOUS, "image/png", 413, "document-too-large", "", "at most 40000000 pixels in all"),
        ({}, GOOD, "image/jpeg", 415, "document-format-unsupported", "", ALLOWED),
        ({}, GOOD, "application/pdf", 415, "document-format-unsupported", "", ALLOWED),
        ({}, READING, "image/svg+xml", 422, "drawing-refused", "<image href>", "data:image/png;base64"),
        ({}, ENDLESS, "image/svg+xml", 422, "drawing-refused", '<g id="a">', "without a circle"),
        ({}, DRAWING[:-6], "image/svg+xml", 422, "document-broken", "", ""),
        ({}, DRAWING, "image/png", 415, "document-format-unsupported", "", ALLOWED),
        ({"queue": "nowhere"}, GOOD, "image/png", 404, "unknown-queue", "queue", "card"),
        ({"flavour": "mint"}, GOOD, "image/png", 422, "bad-ticket", "flavour", "queue, name, "),
        ({"k-mode": "purple"}, GOOD, "image/png", 422, "bad-ticket", "k-mode", "none, black, threshold"),
        ({"ribbon": "GOLD"}, GOOD, "image/png", 422, "bad-ticket", "ribbon", "YMCKO, YMCKOK, KO, K"),
        ({"copies": 0}, GOOD, "image/png", 422, "bad-ticket", "copies", ""),
        ({"tracks": ["B1234^A", "", ""]}, GOOD, "image/png", 422, "unsupported-by-printer", "tracks", "no tracks"),
        (b'{"queue": ', GOOD, "image/png", 422, "bad-ticket", "", ""),
    ],
)  # fmt: skip
def test_the_api_names_what_is_wrong_and_what_is_allowed(
    doors: Doors, ticket: object, front: bytes, mime: str, status: int, code: str, where: str, allowed: str
) -> None:
    answer = submit(doors.port, ticket, mime, front=front)
    problem = answer.problem()
    assert (answer.status, problem["code"]) == (status, code)
    assert where in problem["where"]
    assert allowed in problem["allowed"]
    assert problem["retry"] is False


@pytest.mark.parametrize(
    ("answer", "status", "where"),
    [
        (lambda port: submit(port, {}), 400, "front"),
        (lambda port: submit(port, {}, front=GOOD, middle=GOOD), 400, "middle"),
        (lambda port: post_form(port, "text/plain", b"print this"), 415, "Content-Type"),
        (lambda port: post_form(port, "multipart/form-data", b""), 400, "Content-Type"),
        (lambda port: post_form(port, "multipart/form-data; boundary=b", b"--b"), 400, ""),
    ],
)
def test_the_api_refuses_a_form_that_is_none(doors: Doors, answer: Any, status: int, where: str) -> None:  # noqa: ANN401 - a lambda
    problem = answer(doors.port).problem()
    assert problem["status"] == status
    assert where in problem["where"]


def post_form(port: int, content_type: str, body: bytes) -> Answer:
    return http_request(port, "POST", "/api/v1/jobs", body, Content_Type=content_type)


@pytest.mark.parametrize(("bad", "status"), [(EMPTY, 422), (TEXT, 415), (ENORMOUS, 413)])
def test_the_api_tells_which_side_is_bad(doors: Doors, bad: bytes, status: int) -> None:
    for sides in ({"front": GOOD, "back": bad}, {"front": bad, "back": GOOD}):
        problem = submit(doors.port, {}, "image/png", **sides).problem()
        assert (problem["status"], sides[problem["where"]]) == (status, bad)


@pytest.mark.parametrize("front", [TRUNCATED, WITHOUT_ROWS])
def test_the_api_tells_of_a_picture_that_turns_out_damaged_in_its_job(doors: Doors, front: bytes) -> None:
    job = submit(doors.port, {}, front=front).json()["id"]
    assert doors.accepted(job) == UNREADABLE
    [card] = doors.here.cards_of(job)
    assert card["state"] == "failed"
    assert "truncated" in card["reason"]["detail"]


# IPP


@pytest.mark.parametrize(
    ("operation", "document", "status"),
    [
        ((), EMPTY, Status.DOCUMENT_FORMAT_ERROR),
        ((), TEXT, Status.DOCUMENT_FORMAT_NOT_SUPPORTED),
        (((MIME, "document-format", b"image/png"),), TEXT, Status.DOCUMENT_FORMAT_NOT_SUPPORTED),
        ((), ENORMOUS, Status.REQUEST_ENTITY_TOO_LARGE),
        ((), READING, Status.DOCUMENT_UNPRINTABLE_ERROR),
        ((), ENDLESS, Status.DOCUMENT_UNPRINTABLE_ERROR),
        (((MIME, "document-format", b"image/jpeg"),), GOOD, Status.DOCUMENT_FORMAT_NOT_SUPPORTED),
        (((MIME, "document-format", b"application/pdf"),), GOOD, Status.DOCUMENT_FORMAT_NOT_SUPPORTED),
        (((KEYWORD, "compression", b"compress"),), GOOD, Status.COMPRESSION_NOT_SUPPORTED),
    ],
)
def test_ipp_refuses_a_document_with_its_own_status(
    doors: Doors, operation: tuple[doors_ipp.Attribute, ...], document: bytes, status: Status
) -> None:
    answer = doors_ipp.post(doors.port, print_job(*operation) + document)
    assert doors_ipp.status_of(answer) == status
    for _, name, value in operation:
        assert name.encode() in doors_ipp.unsupported_part(answer)
        assert value in doors_ipp.unsupported_part(answer)


@pytest.mark.parametrize(
    ("name", "value"),
    [("printserver-k-mode", b"purple"), ("printserver-ribbon", b"GOLD"), ("printserver-tracks", b"B1234^A")],
)
def test_ipp_refuses_an_option_of_ours_and_gives_it_back(doors: Doors, name: str, value: bytes) -> None:
    answer = doors_ipp.post(doors.port, print_job(job=((KEYWORD, name, value),)) + GOOD)
    assert doors_ipp.status_of(answer) == Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert name.encode() in doors_ipp.unsupported_part(answer)
    assert value in doors_ipp.unsupported_part(answer)


def test_ipp_refuses_a_strange_attribute_only_where_fidelity_is_wanted(doors: Doors) -> None:
    strange = ((KEYWORD, "flavour", b"mint"),)
    faithful = (BOOLEAN, "ipp-attribute-fidelity", b"\1")
    answer = doors_ipp.post(doors.port, print_job(faithful, job=strange) + GOOD)
    assert doors_ipp.status_of(answer) == Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert b"flavour" in doors_ipp.unsupported_part(answer)
    ignored = ipp(doors).print_job(GOOD, attributes=(build.keyword("flavour", "mint"),))
    assert ignored.ignored == ("flavour",)
    assert doors.accepted(ignored.id) == PRINTED


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"", Status.BAD_REQUEST),
        (print_job()[:40], Status.BAD_REQUEST),
        (b"GIF89a" * 20, Status.VERSION_NOT_SUPPORTED),
        (print_job(version=0x0900) + GOOD, Status.VERSION_NOT_SUPPORTED),
        (print_job(number=0x3FFF) + GOOD, Status.OPERATION_NOT_SUPPORTED),
        (print_job(charset=b"koi8-r") + GOOD, Status.CHARSET_NOT_SUPPORTED),
    ],
)
def test_ipp_answers_bytes_that_are_no_request(doors: Doors, request_bytes: bytes, status: Status) -> None:
    assert doors_ipp.status_of(doors_ipp.post(doors.port, request_bytes)) == status


@pytest.mark.parametrize("path", ["/ipp/print/nowhere", "/printers/nowhere"])
def test_ipp_knows_no_such_queue(doors: Doors, path: str) -> None:
    answer = doors_ipp.post(doors.port, print_job(path=path) + GOOD, path)
    assert doors_ipp.status_of(answer) == Status.NOT_FOUND
    with pytest.raises(IppRefused, match="nowhere"):
        IppClient(f"ipp://127.0.0.1:{doors.port}{path}").print_job(GOOD)


def test_what_is_not_declared_as_ipp_is_refused_by_http(doors: Doors) -> None:
    problem = doors_ipp.post(doors.port, print_job() + GOOD, mime="text/plain").problem()
    assert (problem["status"], problem["allowed"]) == (415, "application/ipp")


@pytest.mark.parametrize("document", [TRUNCATED, WITHOUT_ROWS])
def test_ipp_tells_of_a_picture_that_turns_out_damaged_in_its_job(doors: Doors, document: bytes) -> None:
    job = ipp(doors).print_job(document, mime="image/png").id
    assert doors.accepted(job) == UNREADABLE
    assert ipp(doors).job(job).reasons[-1] == "document-format-error"


def ipp(doors: Doors) -> IppClient:
    return IppClient(f"ipp://127.0.0.1:{doors.port}/ipp/print")


# the raw door


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (EMPTY, "document-empty"),
        (TRUNCATED, "document-broken"),
        (TEXT, "document-format-unsupported"),
        (ENORMOUS, "document-too-large"),
        (READING, "drawing-refused"),
        (DRAWING[:-6], "document-broken"),
        (b"POST /ipp/print HTTP/1.1\r\nHost: x\r\n\r\n", "not-allowed"),
        (print_job() + GOOD, "document-format-unsupported"),
    ],
)
def test_the_raw_door_answers_one_line(doors: Doors, document: bytes, code: str) -> None:
    line = raw_print(doors.raw, document)
    assert set(line) == {"error"}
    assert line["error"]["code"] == code
    assert line["error"]["message"]


def test_the_raw_door_tells_the_job_of_a_picture_that_turns_out_damaged(doors: Doors) -> None:
    assert doors.accepted(raw_print(doors.raw, WITHOUT_ROWS)["job"]) == UNREADABLE


# the command line


@pytest.mark.parametrize("wait", [(), ("--wait",)])
@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("empty.png",), 1, "no bytes"),
        (("text.png",), 1, "plain text"),
        (("enormous.png",), 1, "60000 x 60000"),
        (("reading.svg",), 1, "<image href>: refers to '/etc/hostname'"),
        (("renamed.jpg",), 1, "declared as image/jpeg"),
        (("good.png", "--back", "text.png"), 1, "back: the document is plain text"),
        (("good.png", "--queue", "nowhere"), 1, "'nowhere' (allowed: card)"),
        (("good.png", "--ribbon", "GOLD"), 1, "(allowed: YMCKO, "),
        (("good.png", "--tracks", "tracks"), 1, "no magnetic encoder"),
        (("good.png", "--k-mode", "purple"), 2, "purple"),
        (("good.png", "--flavour", "mint"), 2, "--flavour"),
        (("nothing.png",), 2, "nothing.png"),
    ],
)
def test_the_command_line_complains_in_one_line_and_sends_nothing(
    doors: Doors, files: Path, arguments: tuple[str, ...], code: int, says: str, wait: tuple[str, ...]
) -> None:
    named = [files / word if (files / word).exists() or word == "nothing.png" else word for word in arguments]
    ended, told, complaint = doors.command(*named, *wait)
    assert (ended, told) == (code, "")
    assert complaint.startswith("printserver: ")
    assert says in complaint


@pytest.mark.parametrize("name", ["truncated.png", "rows.png"])
def test_the_command_line_tells_of_a_damaged_picture_when_it_waits(doors: Doors, files: Path, name: str) -> None:
    assert doors.command(files / name)[0] == 0
    ended, _, complaint = doors.command(files / name, "--wait")
    assert ended == 1
    assert "the document cannot be read" in complaint


# and then


def test_a_good_card_still_prints_through_every_door(doors: Doors, files: Path) -> None:
    before = len(doors.here.good_cards())
    assert doors.accepted(submit(doors.port, {}, front=GOOD).json()["id"]) == PRINTED
    assert doors.accepted(ipp(doors).print_job(GOOD, mime="image/png").id) == PRINTED
    handmade = doors_ipp.post(doors.port, print_job() + GOOD)
    assert doors_ipp.status_of(handmade) == Status.OK
    assert doors.accepted(doors_ipp.job_id(handmade)) == PRINTED
    assert doors.accepted(raw_print(doors.raw, GOOD)["job"]) == PRINTED
    assert doors.command(files / "good.png", "--wait")[0] == 0
    await_until(lambda: len(doors.here.good_cards()) == before + 5)


def test_a_drawing_prints_through_every_door(doors: Doors, files: Path) -> None:
    before = len(doors.here.good_cards())
    for mime in ("image/svg+xml", "application/octet-stream"):
        assert doors.accepted(submit(doors.port, {}, mime, front=DRAWING).json()["id"])[0] == "completed"
        assert doors.accepted(ipp(doors).print_job(DRAWING, mime=mime).id)[0] == "completed"
    assert doors.accepted(raw_print(doors.raw, DRAWING)["job"])[0] == "completed"
    assert doors.command(files / "good.svg", "--wait")[0] == 0
    await_until(lambda: len(doors.here.good_cards()) == before + 6)


def test_nothing_was_lost_and_nothing_is_stopped(doors: Doors) -> None:
    """Every job that a client was told about is there, no other is, and each good card lies in the output once."""
    for job in doors.told:
        doors.here.await_settled(job)
    jobs = doors.here.api.jobs().jobs
    assert {job.id for job in jobs} == doors.told
    assert {str(job.state) for job in jobs} <= {"completed", "aborted"}
    assert len(doors.here.good_cards()) == sum(job.state == "completed" for job in jobs)
    failed = [set(job.reasons) - {"possible-duplicate"} for job in jobs if job.state == "aborted"]
    assert all(len(reasons) == 2 for reasons in failed), "a failed job says why"
    assert printer_row(doors.here)["state"] in ("idle", "busy")
    queues: Any = doors.here.api.queues()
    assert [(row["paused"], row["waiting"]) for row in queues["queues"]] == [(False, 0)]


def test_the_log_of_a_server_whose_clients_were_wrong_holds_no_fault(doors: Doors) -> None:
    doors.here.stop()
    assert [line["event"] for line in log_lines(doors.here.data)] == ["door open", "door open", "stopping"]
    assert faults_in_log(doors.here.data) == []
    assert all(log.read_text() == "" for log in (doors.here.data / "emulators").glob("*.log"))
