# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""A job's life over IPP: sent, asked for, held, released, cancelled; each request is one call of the service."""

from __future__ import annotations

import dataclasses

import msgspec

from printserver.ipp import (
    Attribute,
    Group,
    GroupTag,
    Message,
    Operation,
    Plain,
    Status,
    build,
    encode,
    plain_attributes,
)
from printserver.ipp.syntax import judge
from printserver.model.card import PanelName, Ribbon
from printserver.model.holding import HoldUntil
from printserver.model.job import CardState, JobState, Reason
from printserver.model.ticket import MAX_AREAS, KMode, Placement, Sides, Ticket
from printserver.queue.views import By, IncomingDocument
from tests.listeners.fake_service import ABILITIES
from tests.listeners.fake_service import PRINTER as FRONT_OFFICE
from tests.listeners.ipp_kit import HOST, PNG, PRINTER, DoorCase, job_of, printer_of, unsupported_of

ALICE = By("alice")
TEMPLATE = {
    "copies", "sides", "job-hold-until", "job-priority", "media", "print-quality", "print-rendering-intent",
    "print-content-optimize", "output-bin", "finishings", "multiple-document-handling", "job-sheets", "number-up",
    "print-scaling", "print-color-mode", "printer-resolution",
}


class MakingJobsTest(DoorCase):
    async def test_a_document_becomes_a_job(self) -> None:
        answer = await self.ask(
            Operation.PRINT_JOB, build.name("job-name", "badge"), build.mime_type("document-format", "image/png"),
            job=[build.integer("copies", 2)], data=PNG,
        )  # fmt: skip
        self.assertStatus(answer, Status.OK)
        self.assertEqual(job_of(answer), {
            "job-id": [1], "job-uri": [f"ipp://{HOST}/jobs/1"], "job-state": [3], "job-state-reasons": ["none"],
            "job-state-message": ["2 queued"],
        })
        [submission] = self.service.submissions
        self.assertEqual(submission.documents, (IncomingDocument(data=PNG, declared="image/png"),))
        self.assertEqual(submission.origin, "ipp 192.0.2.5")
        self.assertEqual(submission.ticket, Ticket(queue="card", name="badge", user="alice", copies=2, sides=Sides.ONE))
        self.assertEqual(set(submission.said), {"copies", "name"})

    async def test_what_a_client_says_itself_is_known_also_of_an_open_job(self) -> None:
        await self.ask(Operation.CREATE_JOB, job=[build.integer("copies", 1)])
        await self.ask(Operation.PRINT_JOB, build.name("document-name", "front.png"), data=PNG)
        self.assertEqual([each.said for each in self.service.submissions], [("copies",), ()])

    async def test_a_job_without_a_name_has_its_documents(self) -> None:
        await self.ask(Operation.PRINT_JOB, build.name("document-name", "front.png"), data=PNG)
        await self.ask(Operation.PRINT_JOB, data=PNG, user="")
        self.assertEqual([each.ticket.name for each in self.service.submissions], ["front.png", "card"])
        self.assertEqual([each.ticket.user for each in self.service.submissions], ["alice", "anonymous"])

    async def test_who_sends_and_what_is_told_of_the_document_is_kept(self) -> None:
        """PWG 5100.13: requesting-user-uri and document-metadata; PWG 5100.5: document-name."""
        answer = await self.ask(
            Operation.PRINT_JOB, build.uri("requesting-user-uri", "mailto:alice@example.com"),
            build.octets("document-metadata", b"title=badge", "author=Sar\u00ed".encode()),
            build.name("document-name", "front.png"), data=PNG,
        )  # fmt: skip
        self.assertStatus(answer, Status.OK)
        ticket = self.service.submissions[0].ticket
        self.assertEqual(ticket.user_uri, "mailto:alice@example.com")
        self.assertEqual(ticket.metadata, ("title=badge", "author=Sar\u00ed"))
        self.assertEqual(ticket.document_names, ("front.png",))
        told = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1))
        self.assertEqual(told["job-originating-user-uri"], ["mailto:alice@example.com"])
        self.assertEqual(told["document-metadata"], [b"title=badge", "author=Sar\u00ed".encode()])

    async def test_a_job_of_which_nothing_more_is_told_has_none_of_it(self) -> None:
        await self.ask(Operation.PRINT_JOB, data=PNG)
        answer = await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1)
        self.assertStatus(answer, Status.OK)
        self.assertEqual({"job-originating-user-uri", "document-metadata"} & job_of(answer).keys(), set())

    async def test_metadata_that_cannot_be_kept_is_refused(self) -> None:
        many = [f"key-{number}=x".encode() for number in range(MAX_AREAS + 1)]
        for wrong in ([b"title=\xff\xfe"], [b"x" * 256], many):
            answer = await self.ask(Operation.PRINT_JOB, build.octets("document-metadata", *wrong), data=PNG)
            self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)
            self.assertEqual(unsupported_of(answer)["document-metadata"], wrong)
        self.assertEqual(self.service.submissions, [])

    async def test_a_documents_name_among_the_job_attributes_counts_too(self) -> None:
        answer = await self.ask(Operation.PRINT_JOB, job=[build.name("document-name", "front.png")], data=PNG)
        self.assertStatus(answer, Status.OK)
        self.assertEqual(self.service.submissions[0].ticket.document_names, ("front.png",))

    async def test_without_a_word_of_sides_a_document_has_the_declared_default(self) -> None:
        """RFC 8011 section 5.2: what a client leaves out is as `sides-default` says; here the printer has one side."""
        archive = b"PK\x03\x04 archive"
        for data, sides in ((PNG, Sides.ONE), (archive, None)):
            await self.ask(Operation.PRINT_JOB, data=data)
            self.assertEqual(self.service.submissions.pop().ticket.sides, sides)
        both = Ribbon("YMCKOK", (PanelName.Y, PanelName.K), (PanelName.K,))
        self.service.abilities = dataclasses.replace(ABILITIES, ribbons=(both,), duplex=True)
        self.service.use_printer(msgspec.structs.replace(FRONT_OFFICE, ribbon="ymckok"))
        await self.ask(Operation.PRINT_JOB, data=PNG)
        self.assertEqual(self.service.submissions.pop().ticket.sides, None)

    async def test_a_queue_is_named_by_its_address(self) -> None:
        for target in (f"{PRINTER}/back-office", f"ipp://{HOST}/printers/back-office"):
            await self.ask(Operation.PRINT_JOB, data=PNG, target=target)
            self.assertEqual(self.service.submissions.pop().ticket.queue, "back-office")

    async def test_validate_job_asks_and_keeps_nothing(self) -> None:
        copies = build.integer("copies", 3)
        answer = await self.ask(Operation.VALIDATE_JOB, build.name("job-name", "badge"), job=[copies])
        self.assertStatus(answer, Status.OK)
        self.assertEqual(answer.groups_of(GroupTag.JOB), ())
        self.assertEqual(self.service.submissions, [])
        self.assertEqual(self.service.validated[0].ticket.copies, 3)

    async def test_two_documents_are_front_and_back(self) -> None:
        created = await self.ask(Operation.CREATE_JOB, job=[build.keyword("sides", "one-sided")])
        self.assertStatus(created, Status.OK)
        self.assertEqual(job_of(created)["job-state-reasons"], ["job-incoming", "job-data-insufficient"])
        self.assertEqual(self.service.submissions[0].ticket.sides, Sides.ONE)
        self.assertTrue(self.service.submissions[0].incoming)
        first = await self.send(PNG, last=False)
        self.assertEqual(job_of(first)["job-state"], [4])
        last = await self.send(PNG + b"back", last=True)
        self.assertEqual(job_of(last)["job-state"], [3])
        self.assertEqual([each.size for each in self.service.kept[1].documents], [len(PNG), len(PNG) + 4])

    async def test_the_last_document_may_be_empty(self) -> None:
        await self.ask(Operation.CREATE_JOB)
        await self.send(PNG, last=False)
        self.assertStatus(await self.send(b"", last=True), Status.OK)
        self.assertFalse(self.service.kept[1].incoming)
        self.assertEqual(len(self.service.kept[1].documents), 1)

    async def test_any_other_empty_document_is_an_error(self) -> None:
        await self.ask(Operation.CREATE_JOB)
        self.assertStatus(await self.send(b"", last=False), Status.DOCUMENT_FORMAT_ERROR)
        self.assertTrue(self.service.kept[1].incoming)

    async def test_a_job_to_which_nothing_was_sent_ends_without_complaint(self) -> None:
        """RFC 8011 section 4.3.1: Create-Job and a last Send-Document without document data are no error."""
        await self.ask(Operation.CREATE_JOB)
        answer = await self.send(b"", last=True)
        self.assertStatus(answer, Status.OK)
        self.assertEqual(job_of(answer)["job-state"], [7])

    async def test_a_closed_job_takes_no_document(self) -> None:
        await self.ask(Operation.PRINT_JOB, data=PNG)
        self.assertStatus(await self.send(PNG, last=True), Status.NOT_POSSIBLE)

    async def test_a_document_must_say_whether_it_is_the_last(self) -> None:
        await self.ask(Operation.CREATE_JOB)
        answer = await self.ask(Operation.SEND_DOCUMENT, job_id=1, data=PNG)
        self.assertStatus(answer, Status.BAD_REQUEST)
        self.assertEqual(self.service.kept[1].documents, ())

    async def send(self, data: bytes, *, last: bool) -> Message:
        return await self.ask(
            Operation.SEND_DOCUMENT, build.mime_type("document-format", "image/png"),
            build.boolean("last-document", last), job_id=1, data=data,
        )  # fmt: skip


class ReadingJobsTest(DoorCase):
    async def test_a_job_tells_everything(self) -> None:
        self.service.put_job(CardState.DONE, CardState.PRINTING, state=JobState.PROCESSING,
                             ticket=Ticket(name="badge", user="bob", copies=2, priority=70))
        found = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1))
        self.assertLessEqual({
            "job-id": [1], "job-name": ["badge"], "job-originating-user-name": ["bob"], "job-state": [5],
            "job-printer-uri": [PRINTER], "job-more-info": [f"http://{HOST}/jobs/1"], "copies": [2],
            "job-priority": [70], "sides": ["one-sided"], "job-hold-until": ["no-hold"], "job-media-sheets": [2],
            "job-media-sheets-completed": [1], "job-impressions-completed": [1], "time-at-creation": [101],
            "time-at-completed": [None], "job-printer-up-time": [101], "output-device-assigned": ["front-office"],
        }.items(), found.items())

    async def test_the_reason_of_a_card_is_told(self) -> None:
        self.service.put_job(CardState.UNCERTAIN, state=JobState.STOPPED)
        found = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1))
        self.assertEqual(found["job-state-message"], ["1 uncertain: the cable came out"])

    async def test_every_value_is_spelled_as_its_syntax_asks(self) -> None:
        job = self.service.put_job(CardState.FAILED, state=JobState.ABORTED)
        self.service.kept[1] = msgspec.structs.replace(job, reasons=("aborted-by-system", "Kartu Rusak (7)"))
        answer = await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1)
        attributes = answer.group(GroupTag.JOB).attributes
        self.assertEqual([misfit for misfit in (judge(each, {}) for each in attributes) if misfit], [])
        self.assertEqual(job_of(answer)["job-state-reasons"], ["aborted-by-system", "kartu-rusak-7"])

    async def test_strangers_words_are_harmless_and_fit(self) -> None:
        job = self.service.put_job(ticket=Ticket(name="\u202eevil\x1b[31m", user="a\nb"))
        card = msgspec.structs.replace(job.cards[0], reason=Reason("device", "ö" * 2000))
        self.service.kept[1] = msgspec.structs.replace(job, cards=(card,))
        found = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1))
        self.assertEqual(found["job-name"], ["evil[31m"])
        self.assertEqual(found["job-originating-user-name"], ["a b"])
        [message] = found["job-state-message"]
        assert isinstance(message, str)
        self.assertEqual(message, "1 queued: " + "ö" * 506)

    async def test_a_job_has_several_addresses(self) -> None:
        self.service.put_job()
        for target in (PRINTER, f"ipp://{HOST}/", f"{PRINTER}/card", f"ipp://{HOST}/printers/card"):
            answer = await self.ask(Operation.GET_JOB_ATTRIBUTES, target=target, job_id=1)
            self.assertEqual(job_of(answer)["job-id"], [1])
        for path in ("/jobs/1", "/ipp/jobs/1"):
            self.assertEqual((await self.by_job_uri(path))["job-id"], [1])

    async def by_job_uri(self, path: str) -> dict[str, list[Plain]]:
        request = build.request(Operation.GET_JOB_ATTRIBUTES, "", build.uri("job-uri", f"ipp://{HOST}{path}"))
        return job_of(await self.post(encode(request)))

    async def test_only_what_is_wanted_is_sent(self) -> None:
        self.service.put_job()
        for wanted, expected in (
            (("job-id", "job-state", "no-such-thing"), {"job-id", "job-state"}),
            (("job-template",), TEMPLATE),
        ):
            answer = await self.ask(
                Operation.GET_JOB_ATTRIBUTES, build.keyword("requested-attributes", *wanted), job_id=1
            )
            self.assertEqual(set(job_of(answer)), expected)
        every = set(job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1)))
        described = await self.ask(
            Operation.GET_JOB_ATTRIBUTES, build.keyword("requested-attributes", "job-description"), job_id=1
        )
        self.assertEqual(set(job_of(described)), every - TEMPLATE)

    async def test_it_tells_what_it_is_printed_with(self) -> None:
        ticket = Ticket(copies=3, placement=Placement.FIT, k_mode=KMode.TEXT, pages=("1-2", "4-4"), proof=1)
        self.service.put_job(ticket=ticket)
        found = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1))
        self.assertLessEqual({
            "copies": [3], "media": ["iso_id-1_53.98x85.6mm"], "print-scaling": ["fit"], "print-quality": [4],
            "print-content-optimize": ["text"], "print-color-mode": ["auto"], "page-ranges": [range(1, 3), range(4, 5)],
            "proof-print": [{"proof-print-copies": [1]}], "sides": ["one-sided"],
        }.items(), found.items())
        [uuid] = found["job-uuid"]
        self.assertRegex(str(uuid), r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.service.put_job()
        self.assertNotEqual(job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=2))["job-uuid"], [uuid])

    async def test_finished_cards_tell_how_they_were_made(self) -> None:
        """PWG 5100.8: what was done stands beside what was asked for."""
        done, waiting = CardState.DONE, CardState.QUEUED
        for states, copies in (((waiting, waiting), None), ((done, waiting), 1), ((done, done), 2)):
            job = self.service.put_job(*states, ticket=Ticket(copies=2))
            told = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=job.id))
            actual = {name.removesuffix("-actual"): values for name, values in told.items() if name.endswith("-actual")}
            self.assertEqual(actual.pop("copies", [None]), [copies])
            if copies is None:
                self.assertEqual(actual, {})
                continue
            size = actual.pop("media-col")[0]
            assert isinstance(size, dict)
            self.assertEqual(size["media-size"], [{"x-dimension": [5398], "y-dimension": [8560]}])
            self.assertEqual(set(actual), {"sides", "media", "print-quality", "output-bin", "finishings"})
            self.assertEqual(actual, {name: told[name] for name in actual})

    async def test_a_job_without_colour_says_so(self) -> None:
        for grey, mode in ((True, "monochrome"), (False, "auto")):
            job = self.service.put_job(ticket=Ticket(grey=grey))
            told = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=job.id))
            self.assertEqual(told["print-color-mode"], [mode])

    async def test_a_job_whose_queue_has_no_printer_is_told_all_the_same(self) -> None:
        self.service.put_job()
        self.service.printer_views = []
        found = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1))
        self.assertNotIn("printer-resolution", found)
        self.assertIn("job-state", found)


class ListingJobsTest(DoorCase):
    def setUp(self) -> None:
        super().setUp()
        for number in range(1, 7):
            user, state = ("bob", JobState.COMPLETED) if number % 2 else ("alice", JobState.PENDING)
            self.service.put_job(ticket=Ticket(user=user), state=state)

    async def numbers(self, *attributes: Attribute, target: str = PRINTER) -> list[int]:
        answer = await self.ask(Operation.GET_JOBS, *attributes, target=target)
        self.assertStatus(answer, Status.OK)
        return [number for group in answer.groups_of(GroupTag.JOB) for number in self.number(group)]

    def number(self, group: Group) -> list[int]:
        return [value for value in plain_attributes(group)["job-id"] if isinstance(value, int)]

    async def test_waiting_jobs_come_in_their_order_and_finished_ones_newest_first(self) -> None:
        self.assertEqual(await self.numbers(), [2, 4, 6])
        self.assertEqual(await self.numbers(build.keyword("which-jobs", "not-completed")), [2, 4, 6])
        self.assertEqual(await self.numbers(build.keyword("which-jobs", "completed")), [5, 3, 1])
        self.assertEqual(await self.numbers(build.keyword("which-jobs", "all")), [6, 5, 4, 3, 2, 1])

    async def test_a_limit_counts_the_jobs_of_the_answer(self) -> None:
        self.assertEqual(await self.numbers(build.integer("limit", 2)), [2, 4])
        mine = (build.keyword("which-jobs", "all"), build.boolean("my-jobs", True))
        self.assertEqual(await self.numbers(*mine, build.integer("limit", 2)), [6, 4])

    async def test_my_jobs_are_those_of_my_name(self) -> None:
        completed = build.keyword("which-jobs", "completed")
        self.assertEqual(await self.numbers(completed, build.boolean("my-jobs", True)), [])
        self.assertEqual(await self.numbers(completed, build.boolean("my-jobs", False)), [5, 3, 1])

    async def test_a_long_queue_is_read_page_by_page(self) -> None:
        for _ in range(250):
            self.service.put_job(ticket=Ticket(user="alice"))
        self.assertEqual(len(await self.numbers()), 253)
        self.assertEqual([query.limit for query in self.service.queries], [100, 100, 100])

    async def test_a_search_in_a_long_history_ends(self) -> None:
        for _ in range(12_000):
            self.service.put_job(ticket=Ticket(user="bob"), state=JobState.COMPLETED)
        mine = await self.numbers(build.keyword("which-jobs", "completed"), build.boolean("my-jobs", True))
        self.assertEqual(mine, [])
        self.assertEqual(len(self.service.queries), 100)

    async def test_each_job_tells_its_number_and_address_unless_asked_otherwise(self) -> None:
        answer = await self.ask(Operation.GET_JOBS, build.integer("limit", 1))
        self.assertEqual(job_of(answer), {"job-id": [2], "job-uri": [f"ipp://{HOST}/jobs/2"]})
        answer = await self.ask(
            Operation.GET_JOBS, build.integer("limit", 1), build.keyword("requested-attributes", "job-name", "copies")
        )
        self.assertEqual(job_of(answer), {"job-name": ["card"], "copies": [1]})

    async def test_a_queue_lists_its_own_jobs(self) -> None:
        self.assertEqual(await self.numbers(target=f"{PRINTER}/back-office"), [])

    async def test_an_unknown_word_of_which_jobs_is_unsupported(self) -> None:
        answer = await self.ask(Operation.GET_JOBS, build.keyword("which-jobs", "lost"))
        self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)
        self.assertEqual(unsupported_of(answer), {"which-jobs": ["lost"]})


class WishesTest(DoorCase):
    def setUp(self) -> None:
        super().setUp()
        self.service.put_job()

    async def test_a_job_is_held_released_and_cancelled(self) -> None:
        for operation, wish in (
            (Operation.HOLD_JOB, "hold"), (Operation.RELEASE_JOB, "release"), (Operation.CANCEL_JOB, "cancel"),
        ):  # fmt: skip
            self.assertStatus(await self.ask(operation, job_id=1), Status.OK)
            self.assertEqual(self.service.wishes.pop()[0], wish)

    async def test_the_clients_name_and_message_go_along(self) -> None:
        await self.ask(Operation.CANCEL_JOB, build.text("message", "wrong photo"), job_id=1)
        self.assertEqual(self.service.wishes[0][2], By("alice", "wrong photo"))

    async def test_hold_until_no_hold_is_a_release(self) -> None:
        await self.ask(Operation.HOLD_JOB, build.keyword("job-hold-until", "no-hold"), job_id=1)
        self.assertEqual(self.service.wishes[0][0], "release")
        await self.ask(Operation.HOLD_JOB, build.keyword("job-hold-until", "weekend"), job_id=1)
        self.assertEqual(self.service.wishes[1][:2], ("hold", HoldUntil.WEEKEND))
        answer = await self.ask(Operation.HOLD_JOB, build.keyword("job-hold-until", "tomorrow"), job_id=1)
        self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)
        self.assertEqual(unsupported_of(answer), {"job-hold-until": ["tomorrow"]})

    async def test_a_job_is_held_until_the_time_of_day_that_is_asked(self) -> None:
        self.service.kept.clear()
        for word in HoldUntil:
            answer = await self.ask(Operation.PRINT_JOB, job=[build.keyword("job-hold-until", word)], data=PNG)
            ticket = self.service.submissions[-1].ticket
            self.assertEqual((ticket.hold, ticket.hold_until), (True, word))
            number = int(str(job_of(answer)["job-id"][0]))
            job = self.service.kept[number]
            self.service.kept[number] = msgspec.structs.replace(job, hold=True, state=JobState.HELD)
            told = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=number))
            self.assertEqual(told["job-hold-until"], [word])
        printer = printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES))
        self.assertEqual(printer["job-hold-until-supported"], ["no-hold", "indefinite", *HoldUntil])

    async def test_the_address_of_the_server_means_its_default_queue(self) -> None:
        for path in ("/", "", "/ipp", "/ipp/print", "/ipp/print/"):
            answer = await self.ask(Operation.PRINT_JOB, data=PNG, target=f"ipp://{HOST}{path}")
            self.assertStatus(answer, Status.OK)
            self.assertEqual(self.service.submissions.pop().ticket.queue, "card")

    async def test_a_queue_is_paused_and_resumed(self) -> None:
        await self.ask(Operation.PAUSE_PRINTER, target=f"{PRINTER}/back-office")
        await self.ask(Operation.RESUME_PRINTER)
        self.assertEqual(
            self.service.wishes, [("pause", "back-office", ALICE), ("resume", "card", ALICE)]
        )

    async def test_the_job_of_another_queue_is_not_there(self) -> None:
        elsewhere = f"{PRINTER}/back-office"
        for operation in (
            Operation.GET_JOB_ATTRIBUTES, Operation.CANCEL_JOB, Operation.HOLD_JOB, Operation.RELEASE_JOB,
        ):  # fmt: skip
            self.assertStatus(await self.ask(operation, target=elsewhere, job_id=1), Status.NOT_FOUND)
        last = build.boolean("last-document", True)
        answer = await self.ask(Operation.SEND_DOCUMENT, last, target=elsewhere, job_id=1, data=PNG)
        self.assertStatus(answer, Status.NOT_FOUND)
        self.assertEqual(self.service.wishes, [])
        self.assertStatus(await self.ask(Operation.CANCEL_JOB, target=f"ipp://{HOST}/", job_id=1), Status.OK)
