# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""The documents of a job over IPP."""

from __future__ import annotations

from msgspec.structs import replace

from printserver.ipp import Attribute, Group, GroupTag, Message, Operation, Status, build, encode, plain_attributes
from printserver.model.job import Document, JobState
from printserver.model.ticket import Ticket
from tests.listeners.ipp_kit import HOST, PRINTER, DoorCase

FRONT = Document(number=1, format="image/png", size=1500, sha256="")
BACK = Document(number=2, format="image/jpeg", size=10, sha256="")


class DocumentsTest(DoorCase):
    def setUp(self) -> None:
        super().setUp()
        self.put(FRONT, BACK)

    def put(self, *documents: Document) -> int:
        job = self.service.put_job()
        self.service.kept[job.id] = replace(job, documents=documents)
        return job.id

    async def test_they_are_listed_by_number_or_as_asked(self) -> None:
        answer = await self.ask(Operation.GET_DOCUMENTS, job_id=1)
        self.assertStatus(answer, Status.OK)
        found = [plain_attributes(group) for group in answer.groups_of(GroupTag.DOCUMENT)]
        self.assertEqual(found, [
            {"document-number": [1], "document-state": [3], "last-document": [False]},
            {"document-number": [2], "document-state": [3], "last-document": [True]},
        ])
        wanted = build.keyword("requested-attributes", "document-format", "k-octets")
        answer = await self.ask(Operation.GET_DOCUMENTS, wanted, build.integer("limit", 1), job_id=1)
        found = [plain_attributes(group) for group in answer.groups_of(GroupTag.DOCUMENT)]
        self.assertEqual(found, [{"document-format": ["image/png"], "k-octets": [2]}])

    async def test_one_tells_what_its_job_is(self) -> None:
        answer = await self.ask(Operation.GET_DOCUMENT_ATTRIBUTES, build.integer("document-number", 2), job_id=1)
        found = plain_attributes(answer.group(GroupTag.DOCUMENT))
        self.assertLessEqual({
            "document-number": [2], "document-job-id": [1], "document-job-uri": [f"ipp://{HOST}/jobs/1"],
            "document-printer-uri": [PRINTER], "document-state": [3], "document-state-reasons": ["none"],
            "last-document": [True], "impressions": [1], "document-format": ["image/jpeg"],
        }.items(), found.items())

    async def test_one_that_is_not_there_is_not_found(self) -> None:
        for operation in (
            Operation.GET_DOCUMENT_ATTRIBUTES, Operation.CANCEL_DOCUMENT, Operation.SET_DOCUMENT_ATTRIBUTES
        ):
            answer = await self.ask(operation, build.integer("document-number", 3), job_id=1)
            self.assertStatus(answer, Status.NOT_FOUND)
            self.assertStatus(await self.ask(operation, job_id=1), Status.BAD_REQUEST)

    async def test_a_card_is_cancelled_whole_or_not_at_all(self) -> None:
        number = build.integer("document-number", 1)
        self.assertStatus(await self.ask(Operation.CANCEL_DOCUMENT, number, job_id=1), Status.NOT_POSSIBLE)
        self.assertEqual(self.service.wishes, [])
        alone = self.put(FRONT)
        self.assertStatus(await self.ask(Operation.CANCEL_DOCUMENT, number, job_id=alone), Status.OK)
        self.assertEqual(self.service.kept[alone].state, JobState.CANCELED)

    async def test_nothing_of_a_document_can_be_set(self) -> None:
        request = build.request(
            Operation.SET_DOCUMENT_ATTRIBUTES, PRINTER, build.integer("document-number", 1), job_id=1
        )
        self.assertStatus(await self.post(encode(self.with_group(request, ()))), Status.BAD_REQUEST)
        for state in (JobState.PENDING, JobState.PROCESSING, JobState.COMPLETED):
            self.service.kept[1] = replace(self.service.kept[1], state=state)
            answer = await self.post(encode(self.with_group(request, (build.name("document-name", "x"),))))
            self.assertStatus(answer, Status.NOT_POSSIBLE)

    async def test_a_document_has_the_name_that_it_came_with_or_its_jobs(self) -> None:
        named = Ticket(name="badge", document_names=("front.png",))
        self.service.kept[1] = replace(self.service.kept[1], ticket=named)
        for number, name in ((1, "front.png"), (2, "badge")):
            wanted = build.integer("document-number", number)
            answer = await self.ask(Operation.GET_DOCUMENT_ATTRIBUTES, wanted, job_id=1)
            self.assertEqual(plain_attributes(answer.group(GroupTag.DOCUMENT))["document-name"], [name])

    def with_group(self, request: Message, attributes: tuple[Attribute, ...]) -> Message:
        return Message(request.version, request.code, 1, (*request.groups, Group(GroupTag.DOCUMENT, attributes)))

    async def test_a_document_is_validated_by_its_format(self) -> None:
        for kind, status in (("image/png", Status.OK), ("text/plain", Status.DOCUMENT_FORMAT_NOT_SUPPORTED)):
            for spelled in (build.mime_type, build.name):  # a name: so the makers of CUPS send it in a test of theirs
                answer = await self.ask(Operation.VALIDATE_DOCUMENT, spelled("document-format", kind))
                self.assertStatus(answer, status)
