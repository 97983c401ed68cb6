# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Print-URI and Send-URI: answered where the configuration has something fetched, and nowhere else."""

from __future__ import annotations

from printserver.errors import DocumentNotFetched, NotAccepting, UriSchemeUnsupported
from printserver.ipp import GroupTag, Operation, Status, build
from printserver.listeners.ipp.operations import Operations
from printserver.listeners.ipp.routes import IppDoor
from printserver.queue.views import Submission
from tests.listeners.ipp_kit import PNG, DoorCase, FakeAdministration, job_of, printer_of, unsupported_of

URI = "http://pictures.example/card.png"


class FakeFetcher:
    """Hands out a picture, and writes down what it was asked for."""

    schemes = ("http", "https")

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails: Exception | None = None
        self.data = PNG

    async def fetch(self, uri: str) -> bytes:
        self.asked.append(uri)
        if self.fails is not None:
            raise self.fails
        return self.data


class UriCase(DoorCase):
    def setUp(self) -> None:
        super().setUp()
        self.fetcher = FakeFetcher()
        administration = FakeAdministration(self.service)
        self.door = IppDoor(Operations(self.service, administration, self.fetcher))

    async def test_a_document_is_fetched_and_printed(self) -> None:
        answer = await self.ask(
            Operation.PRINT_URI, build.uri("document-uri", URI), build.name("job-name", "badge"),
            job=[build.integer("copies", 2)],
        )  # fmt: skip
        self.assertStatus(answer, Status.OK)
        self.assertEqual(self.fetcher.asked, [URI])
        [submission] = self.service.submissions
        [document] = submission.documents
        self.assertEqual((document.data, submission.ticket.name, submission.ticket.copies), (PNG, "badge", 2))
        self.assertEqual(job_of(answer)["job-id"], [1])

    async def test_where_no_job_would_be_taken_nothing_is_fetched(self) -> None:
        async def takes_none(submission: Submission) -> None:
            raise NotAccepting()

        self.service.validate = takes_none  # type: ignore[method-assign]  # a queue that is shut
        answer = await self.ask(Operation.PRINT_URI, build.uri("document-uri", URI))
        self.assertStatus(answer, Status.NOT_ACCEPTING_JOBS)
        self.assertEqual(self.fetcher.asked, [])

    async def test_it_is_declared(self) -> None:
        printer = printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES))
        self.assertLessEqual({Operation.PRINT_URI, Operation.SEND_URI}, set(printer["operations-supported"]))
        self.assertEqual(printer["reference-uri-schemes-supported"], ["http", "https"])

    async def test_what_cannot_be_printed_is_not_fetched(self) -> None:
        for attributes, job, status in (
            ([build.mime_type("document-format", "text/plain")], [], Status.DOCUMENT_FORMAT_NOT_SUPPORTED),
            ([build.boolean("ipp-attribute-fidelity", True)], [build.integer("copies", 10**6)],
             Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
        ):  # fmt: skip
            answer = await self.ask(Operation.PRINT_URI, build.uri("document-uri", URI), *attributes, job=job)
            self.assertStatus(answer, status)
        self.assertStatus(await self.ask(Operation.PRINT_URI), Status.BAD_REQUEST)
        self.assertStatus(
            await self.ask(Operation.PRINT_URI, build.uri("document-uri", URI), data=PNG), Status.BAD_REQUEST
        )
        self.assertEqual((self.fetcher.asked, self.service.submissions), ([], []))

    async def test_what_cannot_be_fetched_is_no_job(self) -> None:
        for error, status in (
            (UriSchemeUnsupported("'ftp' is not fetched"), Status.URI_SCHEME_NOT_SUPPORTED),
            (DocumentNotFetched("the host says no"), Status.DOCUMENT_ACCESS_ERROR),
        ):
            self.fetcher.fails = error
            answer = await self.ask(Operation.PRINT_URI, build.uri("document-uri", URI))
            self.assertStatus(answer, status)
            self.assertEqual(unsupported_of(answer)["document-uri"], [URI])
        self.assertEqual(self.service.submissions, [])

    async def test_it_is_known_by_its_bytes(self) -> None:
        self.fetcher.data = b"<html>"
        answer = await self.ask(Operation.PRINT_URI, build.uri("document-uri", URI))
        self.assertStatus(answer, Status.DOCUMENT_FORMAT_NOT_SUPPORTED)

    async def test_documents_are_fetched_one_by_one(self) -> None:
        made = await self.ask(Operation.CREATE_JOB)
        number = int(str(job_of(made)["job-id"][0]))
        for last in (False, True):
            sent = await self.ask(
                Operation.SEND_URI, build.uri("document-uri", URI), build.boolean("last-document", last),
                job_id=number,
            )  # fmt: skip
            self.assertStatus(sent, Status.OK)
        self.assertEqual(len(self.fetcher.asked), 2)
        late = await self.ask(
            Operation.SEND_URI, build.uri("document-uri", URI), build.boolean("last-document", True), job_id=number
        )
        self.assertStatus(late, Status.NOT_POSSIBLE)
        self.assertStatus(
            await self.ask(Operation.SEND_URI, build.uri("document-uri", URI), job_id=number), Status.BAD_REQUEST
        )
        self.assertEqual(len(self.fetcher.asked), 2)


class OffCase(DoorCase):
    async def test_without_anything_to_fetch_from_it_is_neither_answered_nor_declared(self) -> None:
        printer = printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES))
        self.assertNotIn(Operation.PRINT_URI, printer["operations-supported"])
        self.assertNotIn("reference-uri-schemes-supported", printer)
        answer = await self.ask(Operation.PRINT_URI, build.uri("document-uri", URI))
        self.assertStatus(answer, Status.OPERATION_NOT_SUPPORTED)
        self.assertEqual(len(answer.group(GroupTag.JOB).attributes), 0)
