# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Bad requests end in the status that IPP has for them, with the attribute to blame, and leave no trace in the log."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from printserver.errors import (
    BadTicket,
    DocumentBroken,
    DocumentTooLarge,
    NotAllowed,
    PrintServerError,
    ServerBusy,
    StoreBusy,
    StoreFull,
    UnsupportedByPrinter,
)
from printserver.ipp import GroupTag, IppError, Message, Operation, Status, build, encode, plain_attributes
from printserver.listeners.ipp.statuses import STATUSES, status_of
from tests.listeners.ipp_kit import PNG, PRINTER, DoorCase, unsupported_of
from tests.listeners.test_http_problems import all_errors

# Rooms whose errors the job service passes on, or this door raises itself.
REACHED = (
    "printserver.errors", "printserver.store.", "printserver.queue.", "printserver.documents.", "printserver.sandbox.",
    "printserver.extension.", "printserver.listeners.ipp.", "printserver.driver.ipp_device.",
)  # fmt: skip
# Raised by the site before IPP is read, at the start of the server, or by its clients.
NEVER_HERE = {"wrong-host", "port-in-use", "data-directory-in-use", "backup-damaged", "server-unreachable"}


def test_every_error_of_the_service_has_a_row() -> None:
    reached = {error.code for error in all_errors() if error.__module__.startswith(REACHED)}
    assert reached - NEVER_HERE == set(STATUSES)


@pytest.mark.parametrize("error", [kind for kind in all_errors() if issubclass(kind, IppError)])
def test_errors_of_the_message_know_their_status(error: type[IppError]) -> None:
    assert status_of(error("x")) is error.status


def status_message(answer: Message) -> str:
    return str(plain_attributes(answer.group(GroupTag.OPERATION))["status-message"][0])


class QuietCase(DoorCase):
    """Client errors leave no line in the log."""

    def setUp(self) -> None:
        super().setUp()
        logs = capture_logs()
        self.lines = logs.__enter__()
        self.addCleanup(logs.__exit__, None, None, None)

    def tearDown(self) -> None:
        self.assertEqual(self.lines, [])


class DocumentsTest(QuietCase):
    async def test_no_bytes_are_no_document(self) -> None:
        self.assertStatus(await self.ask(Operation.PRINT_JOB), Status.DOCUMENT_FORMAT_ERROR)

    async def test_a_text_called_png_is_told_with_its_format(self) -> None:
        declared = build.mime_type("document-format", "image/png")
        answer = await self.ask(Operation.PRINT_JOB, declared, data=b"Dear printer,")
        self.assertStatus(answer, Status.DOCUMENT_FORMAT_NOT_SUPPORTED)
        self.assertEqual(unsupported_of(answer), {"document-format": ["image/png"]})

    async def test_validate_job_knows_the_formats(self) -> None:
        for kind, status in (
            ("application/postscript", Status.DOCUMENT_FORMAT_NOT_SUPPORTED), ("image/png", Status.OK),
            ("IMAGE/PNG; level=1", Status.OK), ("image/x-png", Status.OK), ("application/octet-stream", Status.OK),
        ):  # fmt: skip
            answer = await self.ask(Operation.VALIDATE_JOB, build.mime_type("document-format", kind))
            self.assertStatus(answer, status)

    async def test_compression_is_not_undone_where_it_is_not_known(self) -> None:
        squeezed = build.keyword("compression", "compress")
        for operation in (Operation.PRINT_JOB, Operation.VALIDATE_JOB, Operation.CREATE_JOB):
            answer = await self.ask(operation, squeezed, data=PNG)
            self.assertStatus(answer, Status.COMPRESSION_NOT_SUPPORTED)
            self.assertEqual(unsupported_of(answer), {"compression": ["compress"]})
        last = build.boolean("last-document", True)
        answer = await self.ask(Operation.SEND_DOCUMENT, squeezed, last, job_id=1, data=PNG)
        self.assertStatus(answer, Status.COMPRESSION_NOT_SUPPORTED)


class ServiceErrorsTest(QuietCase):
    async def refused(self, error: PrintServerError, *job: object) -> Message:
        self.service.failing = error
        return await self.ask(Operation.PRINT_JOB, job=job, data=PNG)  # type: ignore[arg-type]  # attributes

    async def test_tracks_on_a_printer_without_encoder_are_named(self) -> None:
        tracks = build.text("printserver-tracks", "CARD", "", "")
        error = UnsupportedByPrinter("printer p has no magnetic encoder", where="tracks", allowed="no tracks")
        answer = await self.refused(error, tracks)
        self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)
        self.assertEqual(unsupported_of(answer), {"printserver-tracks": ["CARD", "", ""]})
        self.assertEqual(status_message(answer), "tracks: printer p has no magnetic encoder (allowed: no tracks)")

    async def test_a_single_track_is_named_too(self) -> None:
        tracks = build.text("printserver-tracks", "CARD", "", "")
        answer = await self.refused(BadTicket("107 characters", where="track 1"), tracks)
        self.assertEqual(unsupported_of(answer), {"printserver-tracks": ["CARD", "", ""]})

    async def test_where_printers_lack_different_things_each_attribute_is_named(self) -> None:
        ribbon, sides = build.keyword("printserver-ribbon", "KO"), build.keyword("sides", "two-sided-long-edge")
        lacks = "no printer can do it: left: printer left has ribbon K; right: printer right prints one side only"
        answer = await self.refused(UnsupportedByPrinter(lacks, where="ribbon, sides"), ribbon, sides)
        told = {"printserver-ribbon": ["KO"], "sides": ["two-sided-long-edge"]}
        self.assertEqual(unsupported_of(answer), told)
        self.assertEqual(status_message(answer), f"ribbon, sides: {lacks}")

    async def test_an_attribute_that_the_client_did_not_send_is_not_blamed(self) -> None:
        answer = await self.refused(UnsupportedByPrinter("one side only", where="sides"))
        self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)
        self.assertEqual(answer.groups_of(GroupTag.UNSUPPORTED), ())

    async def test_each_error_has_its_status(self) -> None:
        for error, status in (
            (DocumentBroken(), Status.DOCUMENT_FORMAT_ERROR), (DocumentTooLarge(), Status.REQUEST_ENTITY_TOO_LARGE),
            (StoreBusy(), Status.BUSY), (ServerBusy(), Status.BUSY), (StoreFull(), Status.TEMPORARY_ERROR),
            (NotAllowed(), Status.NOT_AUTHORIZED),
        ):  # fmt: skip
            answer = await self.refused(error)
            self.assertStatus(answer, status)
            self.assertEqual(answer.groups_of(GroupTag.JOB), ())

    async def test_what_a_ticket_cannot_hold_is_told_with_its_attribute(self) -> None:
        endless = build.keyword("printserver-ribbon", "r" * 255), build.text("printserver-ribbon", "r" * 256)
        self.assertStatus(await self.ask(Operation.PRINT_JOB, job=endless[:1], data=PNG), Status.OK)
        answer = await self.ask(Operation.PRINT_JOB, job=endless[1:], data=PNG)
        self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)
        self.assertEqual(unsupported_of(answer), {"printserver-ribbon": ["r" * 256]})

    async def test_a_value_longer_than_its_syntax_is_told_so(self) -> None:
        self.assertStatus(await self.ask(Operation.PRINT_JOB, data=PNG, user="u" * 255), Status.OK)
        answer = await self.ask(Operation.PRINT_JOB, data=PNG, user="u" * 256)
        self.assertStatus(answer, Status.REQUEST_VALUE_TOO_LONG)


class TargetsTest(QuietCase):
    async def test_there_is_no_such_queue(self) -> None:
        for path in ("/ipp/print/nobody", "/printers/nobody", "/ipp/print/card/more", "/else", "/ipp/print/%2e%2e"):
            for operation in (Operation.PRINT_JOB, Operation.GET_PRINTER_ATTRIBUTES, Operation.GET_JOBS):
                answer = await self.ask(operation, target=f"ipp://localhost{path}", data=PNG)
                self.assertStatus(answer, Status.NOT_FOUND)
        self.assertEqual(self.service.submissions, [])

    async def test_there_is_no_such_job(self) -> None:
        for operation in (
            Operation.GET_JOB_ATTRIBUTES, Operation.CANCEL_JOB, Operation.HOLD_JOB, Operation.RELEASE_JOB,
        ):  # fmt: skip
            self.assertStatus(await self.ask(operation, job_id=7), Status.NOT_FOUND)
        for path in ("/jobs/7", "/jobs/x", "/jobs/", "/jobs/99999999999", "/ipp/print", ""):
            request = build.request(Operation.GET_JOB_ATTRIBUTES, "", build.uri("job-uri", f"ipp://localhost{path}"))
            self.assertStatus(await self.post(encode(request)), Status.NOT_FOUND)

    async def test_an_address_that_is_none_leads_nowhere(self) -> None:
        answer = await self.ask(Operation.GET_PRINTER_ATTRIBUTES, target="ipp://[::1/ipp/print")
        self.assertStatus(answer, Status.NOT_FOUND)


class MessagesTest(QuietCase):
    async def test_garbage_is_a_bad_request(self) -> None:
        whole = encode(build.request(Operation.GET_JOBS, PRINTER))
        for body in (b"", b"\x02", whole[:8], whole[:-1], whole[:30], b"\x02\x00" * 50, whole[:8] + b"\x01\x03"):
            self.assertStatus(await self.post(body), Status.BAD_REQUEST)
        # these two bytes are a version, whatever they were meant to be
        self.assertStatus(await self.post(b"GET / HTTP/1.1"), Status.VERSION_NOT_SUPPORTED)

    async def test_a_future_version_is_not_spoken(self) -> None:
        request = build.request(Operation.GET_PRINTER_ATTRIBUTES, PRINTER, version=(3, 0), request_id=9)
        answer = await self.post(encode(request))
        self.assertStatus(answer, Status.VERSION_NOT_SUPPORTED)
        self.assertEqual((answer.version, answer.request_id), ((2, 2), 9))

    async def test_an_answer_is_of_the_version_of_its_question(self) -> None:
        for version in ((1, 0), (1, 1), (2, 0), (2, 2)):
            request = build.request(Operation.GET_PRINTER_ATTRIBUTES, PRINTER, version=version)
            answer = await self.post(encode(request))
            self.assertStatus(answer, Status.OK)
            self.assertEqual(answer.version, version)

    async def test_another_charset_is_not_read(self) -> None:
        request = encode(build.request(Operation.GET_PRINTER_ATTRIBUTES, PRINTER))
        answer = await self.post(request.replace(b"utf-8", b"utf-7"))
        self.assertStatus(answer, Status.CHARSET_NOT_SUPPORTED)

    async def test_an_operation_that_is_not_offered_is_told_so(self) -> None:
        for operation in (Operation.PRINT_URI, Operation.ACTIVATE_PRINTER, Operation.CUPS_GET_DEVICES):
            self.assertStatus(await self.ask(operation), Status.OPERATION_NOT_SUPPORTED)
        unknown = bytearray(encode(build.request(Operation.GET_JOBS, PRINTER)))
        unknown[2:4] = b"\x77\x77"
        self.assertStatus(await self.post(bytes(unknown)), Status.OPERATION_NOT_SUPPORTED)


class OurFaultTest(DoorCase):
    async def test_a_fault_of_ours_is_logged_and_not_told(self) -> None:
        self.service.failing = RuntimeError("secret of the house")
        with capture_logs() as lines:
            answer = await self.ask(Operation.PRINT_JOB, data=PNG)
        self.assertStatus(answer, Status.INTERNAL_ERROR)
        self.assertNotIn("secret", status_message(answer))
        self.assertEqual([(line["event"], line["operation"]) for line in lines], [("operation failed", "PRINT_JOB")])
