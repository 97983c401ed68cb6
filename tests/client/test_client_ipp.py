"""The IPP client against golden bytes: what it sends is judged by the request rules, what comes back by hand."""
from __future__ import annotations

from pathlib import Path

import pytest

from printserver.client import AnswerUnreadable, DocumentUnreadable, IppClient, IppRefused, RequestRefused, WaitEnded
from printserver.errors import ConfigurationError, WrongHost
from printserver.ipp import GroupTag, Operation, Request, Status, build, check_request, parse, plain_attributes
from printserver.model.job import JobState
from tests.client.fake_print_server import Answer, Asked, FakePrintServer, json_answer

HEAD = (
    b"\x01"
    b"\x47\x00\x12attributes-charset\x00\x05utf-8"
    b"\x48\x00\x1battributes-natural-language\x00\x02en"
)


def ok(request_id: int, groups: bytes = b"") -> Answer:
    return Answer(b"\x02\x00\x00\x00" + request_id.to_bytes(4, "big") + HEAD + groups + b"\x03")


def job(number: int, state: int, *reasons: bytes) -> bytes:
    """A job group, worked by hand from RFC 8010 section 3.1."""
    first, *more = reasons or (b"none",)
    group = (b"\x02\x21\x00\x06job-id\x00\x04" + number.to_bytes(4, "big")
             + b"\x23\x00\x09job-state\x00\x04" + state.to_bytes(4, "big")
             + b"\x44\x00\x11job-state-reasons" + len(first).to_bytes(2, "big") + first)
    return group + b"".join(b"\x44\x00\x00" + len(reason).to_bytes(2, "big") + reason for reason in more)


def sent(asked: Asked) -> tuple[Request, bytes]:
    assert (asked.method, asked.headers["Content-Type"]) == ("POST", "application/ipp")
    message, document = parse(asked.body)
    return check_request(message), document


def test_a_file_is_printed_and_its_job_comes_back(server: FakePrintServer, tmp_path: Path) -> None:
    picture = tmp_path / "badge.png"
    picture.write_bytes(b"\x89PNG picture")
    server.will_answer(ok(1, job(147, 3)))
    client = IppClient(server.url, user="alice")
    status = client.print_job(picture, attributes=[build.integer("copies", 2)])
    assert (status.id, status.state, status.reasons) == (147, JobState.PENDING, ("none",))
    request, document = sent(server.asked[0])
    assert server.asked[0].path == "/ipp/print"
    assert request.operation is Operation.PRINT_JOB
    assert request.target.printer_uri == server.url.replace("http", "ipp") + "/ipp/print"
    assert plain_attributes(request.operation_attributes) == {
        "attributes-charset": ["utf-8"], "attributes-natural-language": ["en"],
        "printer-uri": [request.target.printer_uri], "requesting-user-name": ["alice"], "job-name": ["badge.png"],
        "document-format": ["image/png"]}
    assert plain_attributes(request.job_attributes) == {"copies": [2]}
    assert document == b"\x89PNG picture"


def test_bytes_are_sent_without_a_type_of_their_own(server: FakePrintServer) -> None:
    server.will_answer(ok(1, job(1, 3)))
    IppClient(server.url + "/ipp/print/card").print_job(b"picture", job_name="badge")
    request, _ = sent(server.asked[0])
    assert server.asked[0].path == "/ipp/print/card"
    operation = plain_attributes(request.operation_attributes)
    assert (operation["job-name"], operation["document-format"]) == (["badge"], ["application/octet-stream"])


def test_front_and_back_go_as_two_documents_of_one_job(server: FakePrintServer, tmp_path: Path) -> None:
    back = tmp_path / "back.jpg"
    back.write_bytes(b"back")
    server.will_answer(ok(1, job(9, 4, b"job-incoming")), ok(2, job(9, 4, b"job-incoming")), ok(3, job(9, 3)))
    client = IppClient(server.url)
    created = client.create_job(job_name="badge", attributes=[build.keyword("sides", "two-sided-long-edge")])
    assert created.state is JobState.HELD
    client.send_document(created.id, b"front", mime="image/png", last=False)
    assert client.send_document(created.id, back).state is JobState.PENDING
    requests = [sent(asked) for asked in server.asked]
    assert [request.operation for request, _ in requests] == [
        Operation.CREATE_JOB, Operation.SEND_DOCUMENT, Operation.SEND_DOCUMENT]
    assert [request.target.job_id for request, _ in requests] == [None, 9, 9]
    assert [document for _, document in requests] == [b"", b"front", b"back"]
    described = [plain_attributes(request.operation_attributes) for request, _ in requests]
    assert described[0]["job-name"] == ["badge"]
    assert (described[1]["document-format"], described[1]["last-document"]) == (["image/png"], [False])
    assert (described[2]["document-format"], described[2]["last-document"]) == (["image/jpeg"], [True])
    assert described[2]["document-name"] == ["back.jpg"]


def test_ignored_attributes_are_named(server: FakePrintServer) -> None:
    unsupported = b"\x05\x10\x00\x05sides\x00\x00"
    server.will_answer(
        Answer(b"\x02\x00\x00\x01\x00\x00\x00\x01" + HEAD + unsupported + job(4, 3) + b"\x03"),
        Answer(b"\x02\x00\x00\x01\x00\x00\x00\x02" + HEAD + unsupported + b"\x03"))
    client = IppClient(server.url)
    assert client.print_job(b"picture").ignored == ("sides",)
    assert client.validate_job(mime="image/png", attributes=[build.keyword("sides", "one-sided")]) == ("sides",)
    assert sent(server.asked[1])[0].operation is Operation.VALIDATE_JOB


def test_a_refusal_says_why(server: FakePrintServer) -> None:
    message = b"\x41\x00\x0estatus-message\x00\x14no such queue: cards"
    server.will_answer(Answer(b"\x02\x00\x04\x06\x00\x00\x00\x01" + HEAD + message + b"\x03"))
    with pytest.raises(IppRefused, match=r"^client-error-not-found: no such queue: cards$") as caught:
        IppClient(server.url + "/ipp/print/cards").print_job(b"picture")
    assert caught.value.status == Status.NOT_FOUND


def test_a_refusal_names_what_is_unsupported(server: FakePrintServer) -> None:
    server.will_answer(Answer(b"\x02\x00\x04\x0b\x00\x00\x00\x01" + HEAD + b"\x05\x10\x00\x06copies\x00\x00\x03"))
    with pytest.raises(IppRefused) as caught:
        IppClient(server.url).print_job(b"picture")
    assert caught.value.unsupported == ("copies",)


def test_a_refusal_without_a_name_is_shown_by_its_number(server: FakePrintServer) -> None:
    server.will_answer(Answer(b"\x02\x00\x04\xfe\x00\x00\x00\x00" + HEAD + b"\x03"))
    with pytest.raises(IppRefused, match=r"^0x04fe$"):
        IppClient(server.url).pause()


def test_jobs_are_listed_as_the_printer_lists_them(server: FakePrintServer) -> None:
    done = job(2, 9, b"job-completed-successfully", b"queued-in-device")
    server.will_answer(ok(1, job(3, 5, b"job-printing") + done))
    jobs = IppClient(server.url, user="alice").get_jobs("all", limit=10, mine=True)
    assert [(status.id, status.state) for status in jobs] == [(3, JobState.PROCESSING), (2, JobState.COMPLETED)]
    assert jobs[1].reasons == ("job-completed-successfully", "queued-in-device")
    asked = plain_attributes(sent(server.asked[0])[0].operation_attributes)
    assert (asked["which-jobs"], asked["limit"], asked["my-jobs"]) == (["all"], [10], [True])


@pytest.mark.parametrize(("act", "operation"), [
    (lambda client: client.cancel(5), Operation.CANCEL_JOB),
    (lambda client: client.hold(5), Operation.HOLD_JOB),
    (lambda client: client.release(5), Operation.RELEASE_JOB),
])
def test_wishes_for_a_job_name_it(server: FakePrintServer, act: object, operation: Operation) -> None:
    assert callable(act)
    server.will_answer(ok(1))
    act(IppClient(server.url))
    request, _ = sent(server.asked[0])
    assert (request.operation, request.target.job_id) == (operation, 5)


def test_the_queue_is_paused_and_resumed(server: FakePrintServer) -> None:
    server.will_answer(ok(1), ok(2))
    client = IppClient(server.url)
    client.pause()
    client.resume()
    assert [sent(asked)[0].operation for asked in server.asked] == [
        Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER]


def test_attributes_are_asked_for_by_name(server: FakePrintServer) -> None:
    levels = b"\x04\x21\x00\x0dmarker-levels\x00\x04\x00\x00\x00\x50\x21\x00\x00\x00\x04\x00\x00\x00\x07"
    server.will_answer(ok(1, levels), ok(2, job(5, 9)))
    client = IppClient(server.url)
    assert client.get_printer_attributes("marker-levels") == {"marker-levels": [80, 7]}
    assert client.get_job_attributes(5)["job-state"] == [9]
    first, second = (plain_attributes(sent(asked)[0].operation_attributes) for asked in server.asked)
    assert first["requested-attributes"] == ["marker-levels"]
    assert "requested-attributes" not in second


def test_waiting_looks_until_the_job_has_ended(server: FakePrintServer) -> None:
    server.will_answer(ok(1, job(5, 3)), ok(2, job(5, 5, b"job-printing")), ok(3, job(5, 9)))
    slept: list[float] = []
    status = IppClient(server.url).wait(5, pause=2.0, clock=lambda: sum(slept), sleep=slept.append)
    assert status.state is JobState.COMPLETED
    assert slept == [2.0, 2.0]


def test_waiting_ends_when_the_time_is_over(server: FakePrintServer) -> None:
    server.will_answer(*(ok(number, job(5, 5)) for number in range(1, 10)))
    slept: list[float] = []
    with pytest.raises(WaitEnded, match="still processing after 5 s"):
        IppClient(server.url).wait(5, timeout=5.0, pause=2.0, clock=lambda: sum(slept), sleep=slept.append)
    assert slept == [2.0, 2.0]


def test_one_may_wait_for_another_state(server: FakePrintServer) -> None:
    server.will_answer(ok(1, job(5, 3)), ok(2, job(5, 6, b"card-uncertain")))
    status = IppClient(server.url).wait(5, {JobState.STOPPED}, sleep=lambda seconds: None)
    assert status.needs_person


UNREADABLE = {
    "a page": Answer(b"<html>It works!</html>", "text/html"),
    "nothing": Answer(b""),
    "half a message": Answer(ok(1, job(1, 3)).body[:-1]),
    "another request's answer": ok(2, job(1, 3)),
    "no job": ok(1),
    "a state that is none": ok(1, job(1, 12)),
    "a job-id that is a keyword": ok(
        1, b"\x02\x44\x00\x06job-id\x00\x01a\x23\x00\x09job-state\x00\x04\x00\x00\x00\x03"),
    "no HTTP": Answer(raw=b'{"error": {"code": "bad-request"}}\n'),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_an_answer_that_is_none_is_told(server: FakePrintServer, case: str) -> None:
    server.will_answer(UNREADABLE[case])
    with pytest.raises(AnswerUnreadable):
        IppClient(server.url).print_job(b"picture")


def test_a_refusal_by_http_keeps_the_server_s_words(server: FakePrintServer) -> None:
    server.will_answer(
        Answer(b"", "text/plain", 503),
        json_answer({"status": 421, "code": "wrong-host", "detail": "no such host"}, 421, "application/problem+json"))
    client = IppClient(server.url)
    with pytest.raises(RequestRefused, match="HTTP status 503"):
        client.pause()
    with pytest.raises(WrongHost, match="no such host"):
        client.pause()


@pytest.mark.parametrize("name", ["nothing-here.png", "", "a\0b.png"])
def test_a_file_that_cannot_be_read_is_not_sent(server: FakePrintServer, tmp_path: Path, name: str) -> None:
    with pytest.raises(DocumentUnreadable):
        IppClient(server.url).print_job(str(tmp_path / name))
    assert server.asked == []


@pytest.mark.parametrize("url", ["", "127.0.0.1:8631", "ftp://host/", "http://", "http://host:port/", "http://[::1/",
                                 "http://host/a b", "http://host/\r\nX: y", "ipp://höst/"])
def test_what_is_no_address_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no address"):
        IppClient(url)


@pytest.mark.parametrize(("url", "printer"), [
    ("ipp://host", "ipp://host:631/ipp/print"),
    ("ipps://host/ipp/print/card/", "ipps://host:631/ipp/print/card"),
    ("http://127.0.0.1:8631", "ipp://127.0.0.1:8631/ipp/print"),
    ("https://host:8632/printers/card", "ipps://host:8632/printers/card"),
    ("http://[::1]:8631", "ipp://[::1]:8631/ipp/print"),
])
def test_every_spelling_names_a_printer(url: str, printer: str) -> None:
    assert IppClient(url).printer_uri == printer


def test_a_job_without_its_group_is_no_job(server: FakePrintServer) -> None:
    server.will_answer(ok(1, b"\x02"))
    with pytest.raises(AnswerUnreadable, match="job-id and job-state"):
        IppClient(server.url).job(1)
    assert sent(server.asked[0])[0].message.group(GroupTag.OPERATION).get("requested-attributes") is not None
