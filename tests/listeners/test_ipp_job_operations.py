# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Operations on jobs beside making and reading them."""

from __future__ import annotations

import gzip
import zlib

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from printserver.errors import NameNeeded, ReasonNeeded, ServerBusy
from printserver.ipp import Attribute, GroupTag, Operation, OutOfBand, Status, ValueTag, build, plain_attributes
from printserver.model.holding import HoldUntil
from printserver.model.job import CardState, JobState
from printserver.model.ticket import Ticket
from printserver.queue.views import By
from tests.listeners.ipp_kit import HOST, PNG, PRINTER, DoorCase, job_of, unsupported_of

ALICE = By("alice")
ROOT = f"ipp://{HOST}/"


def statement(name: str, tag: ValueTag) -> Attribute:
    return Attribute(name, (OutOfBand(tag),))


class AgainTest(DoorCase):
    def setUp(self) -> None:
        super().setUp()
        self.service.put_job(CardState.DONE, state=JobState.COMPLETED, ticket=Ticket(user="bob", name="badge"))

    async def test_a_finished_job_is_made_anew_under_a_new_number(self) -> None:
        for number, operation in ((2, Operation.RESTART_JOB), (3, Operation.REPROCESS_JOB)):
            answer = await self.ask(operation, job_id=1)
            self.assertStatus(answer, Status.OK)
            self.assertEqual(job_of(answer)["job-id"], [number])
            self.assertEqual(self.service.kept[number].ticket, Ticket(user="bob", name="badge", reprint_of=1))
        self.assertEqual(self.service.kept[1].state, JobState.COMPLETED)

    async def test_a_job_that_is_restarted_may_be_held(self) -> None:
        await self.ask(Operation.RESTART_JOB, build.keyword("job-hold-until", "indefinite"), job_id=1)
        self.assertTrue(self.service.kept[2].ticket.hold)

    async def test_who_resubmits_owns_the_new_job_and_may_choose_otherwise(self) -> None:
        answer = await self.ask(
            Operation.RESUBMIT_JOB, build.name("job-name", "again"), job_id=1,
            job=[build.integer("copies", 3), build.enum("print-quality", 5)],
        )
        self.assertStatus(answer, Status.OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES)
        self.assertEqual(unsupported_of(answer), {"print-quality": [5]})
        self.assertEqual(
            self.service.kept[2].ticket, Ticket(user="alice", name="again", copies=3, reprint_of=1)
        )

    async def test_the_address_of_the_former_owner_does_not_go_along(self) -> None:
        bob = Ticket(user="bob", user_uri="mailto:bob@example.com")
        self.service.kept[1] = replace(self.service.kept[1], ticket=bob)
        await self.ask(Operation.RESUBMIT_JOB, job_id=1)
        self.assertEqual(self.service.kept[2].ticket.user_uri, None)
        address = build.uri("requesting-user-uri", "mailto:alice@example.com")
        await self.ask(Operation.RESUBMIT_JOB, address, job_id=1)
        self.assertEqual(self.service.kept[3].ticket.user_uri, "mailto:alice@example.com")

    async def test_a_job_that_is_not_finished_is_not_printed_again(self) -> None:
        self.service.put_job()
        for operation in (Operation.RESTART_JOB, Operation.REPROCESS_JOB, Operation.RESUBMIT_JOB):
            self.assertStatus(await self.ask(operation, job_id=2), Status.NOT_POSSIBLE)


    async def test_the_message_is_the_reason(self) -> None:
        for operation in (Operation.RESTART_JOB, Operation.REPROCESS_JOB, Operation.RESUBMIT_JOB):
            await self.ask(operation, build.text("message", "lost in the post"), job_id=1)
            self.assertEqual(self.service.wishes.pop(), ("reprint", None, By("alice", "lost in the post")))

    async def test_what_is_not_said_is_asked_for(self) -> None:
        for error in (NameNeeded(where="by"), ReasonNeeded(where="reason")):
            for operation in (Operation.RESTART_JOB, Operation.REPROCESS_JOB, Operation.RESUBMIT_JOB):
                self.service.failing = error
                answer = await self.ask(operation, job_id=1)
                self.assertStatus(answer, Status.BAD_REQUEST)
                told = plain_attributes(answer.group(GroupTag.OPERATION))["status-message"][0]
                self.assertIn(error.message, str(told))

    async def test_the_same_key_gives_the_same_new_job(self) -> None:
        for number, operation in enumerate((Operation.RESTART_JOB, Operation.REPROCESS_JOB, Operation.RESUBMIT_JOB), 2):
            for _ in range(2):
                key = build.name("printserver-idempotency-key", f"again-{number}")
                answer = await self.ask(operation, key, job_id=1)
                self.assertEqual(job_of(answer)["job-id"], [number])
        self.assertEqual(len(self.service.kept), 4)


class ClosingTest(DoorCase):
    async def test_a_job_is_closed_after_its_last_document(self) -> None:
        job = job_of(await self.ask(Operation.CREATE_JOB))["job-id"][0]
        assert isinstance(job, int)
        await self.ask(Operation.SEND_DOCUMENT, build.boolean("last-document", False), job_id=job, data=PNG)
        answer = await self.ask(Operation.CLOSE_JOB, job_id=job)
        self.assertStatus(answer, Status.OK)
        self.assertEqual(job_of(answer)["job-state"], [3])
        self.assertStatus(await self.ask(Operation.CLOSE_JOB, job_id=job), Status.OK)  # PWG 5100.11: also a second time
        self.service.kept[job] = replace(self.service.kept[job], state=JobState.COMPLETED)
        self.assertStatus(await self.ask(Operation.CLOSE_JOB, job_id=job), Status.NOT_POSSIBLE)


    async def test_a_job_without_a_document_is_closed_without_complaint_and_cancelled(self) -> None:
        """RFC 8011 section 4.3.1: to close a job to which nothing was sent is no error of the client's."""
        job = job_of(await self.ask(Operation.CREATE_JOB))["job-id"][0]
        assert isinstance(job, int)
        answer = await self.ask(Operation.CLOSE_JOB, job_id=job)
        self.assertStatus(answer, Status.OK)
        self.assertEqual(job_of(answer)["job-state"], [7])
        self.assertStatus(await self.ask(Operation.CLOSE_JOB, job_id=job), Status.NOT_POSSIBLE)


class SettingTest(DoorCase):
    def setUp(self) -> None:
        super().setUp()
        self.service.put_job()

    async def set(self, *attributes: Attribute) -> tuple[Status, object]:
        answer = await self.ask(Operation.SET_JOB_ATTRIBUTES, job=attributes, job_id=1)
        return Status(answer.code), answer.get("job-priority")

    async def test_priority_and_hold_are_set(self) -> None:
        await self.set(build.integer("job-priority", 80), build.keyword("job-hold-until", "indefinite"))
        self.assertEqual(self.service.wishes, [("priority", (1, 80), ALICE), ("hold", None, ALICE)])
        await self.set(build.keyword("job-hold-until", "night"))
        self.assertEqual(self.service.wishes[2:], [("hold", HoldUntil.NIGHT, ALICE)])

    async def test_no_hold_and_no_value_at_all_release(self) -> None:
        for value in (
            build.keyword("job-hold-until", "no-hold"), statement("job-hold-until", ValueTag.DELETE_ATTRIBUTE),
        ):  # fmt: skip
            self.service.kept[1] = replace(self.service.kept[1], hold=True, state=JobState.HELD)
            await self.set(value)
            self.assertEqual(self.service.wishes.pop()[0], "release")
            await self.set(value)
            self.service.kept[1] = replace(self.service.kept[1], hold=False)
        self.assertEqual(await self.set(build.keyword("job-hold-until", "no-hold")), (Status.OK, None))

    async def test_all_or_nothing_is_set(self) -> None:
        answer = await self.ask(
            Operation.SET_JOB_ATTRIBUTES, job=[build.integer("job-priority", 80), build.integer("copies", 2)], job_id=1
        )
        self.assertStatus(answer, Status.ATTRIBUTES_NOT_SETTABLE)
        [blamed] = answer.groups[1].attributes
        self.assertEqual(blamed, statement("copies", ValueTag.NOT_SETTABLE))
        for wrong in (build.integer("job-priority", 0), build.keyword("job-hold-until", "tomorrow")):
            answer = await self.ask(Operation.SET_JOB_ATTRIBUTES, job=[wrong], job_id=1)
            self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)
            self.assertEqual(list(unsupported_of(answer)), [wrong.name])
        self.assertStatus(await self.ask(Operation.SET_JOB_ATTRIBUTES, job_id=1), Status.BAD_REQUEST)
        self.assertEqual(self.service.wishes, [])

    async def test_nothing_of_a_finished_job_is_set(self) -> None:
        self.service.kept[1] = replace(self.service.kept[1], state=JobState.CANCELED)
        self.assertEqual((await self.set(build.integer("job-priority", 5)))[0], Status.NOT_POSSIBLE)

    async def test_jobs_are_moved(self) -> None:
        self.service.put_job()
        await self.ask(Operation.PROMOTE_JOB, job_id=2)
        await self.ask(Operation.SCHEDULE_JOB_AFTER, build.integer("predecessor-job-id", 2), job_id=1)
        await self.ask(Operation.SCHEDULE_JOB_AFTER, job_id=1)
        self.assertEqual([wish[1] for wish in self.service.wishes], [(2, None), (1, 2), (1, None)])
        answer = await self.ask(Operation.SCHEDULE_JOB_AFTER, build.integer("predecessor-job-id", 9), job_id=1)
        self.assertStatus(answer, Status.NOT_FOUND)


class CurrentTest(DoorCase):
    async def test_without_a_job_in_the_printer_there_is_nothing_to_stop(self) -> None:
        for operation in (Operation.CANCEL_CURRENT_JOB, Operation.SUSPEND_CURRENT_JOB):
            self.assertStatus(await self.ask(operation), Status.NOT_POSSIBLE)

    async def test_the_job_in_the_printer_is_cancelled_or_suspended(self) -> None:
        self.service.put_job(CardState.PRINTING, CardState.QUEUED, state=JobState.PROCESSING)
        self.assertStatus(await self.ask(Operation.SUSPEND_CURRENT_JOB), Status.OK)
        self.assertEqual(self.service.wishes.pop()[0], "hold")
        self.service.kept[1] = replace(self.service.kept[1], hold=True, state=JobState.PROCESSING)
        told = job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, job_id=1))
        self.assertIn("job-suspended", told["job-state-reasons"])
        self.assertStatus(await self.ask(Operation.RESUME_JOB, job_id=1), Status.OK)
        self.assertEqual(self.service.wishes.pop()[0], "release")
        self.service.kept[1] = replace(self.service.kept[1], state=JobState.PROCESSING)
        wrong = build.integer("job-id", 7)
        self.assertStatus(await self.ask(Operation.CANCEL_CURRENT_JOB, wrong), Status.NOT_POSSIBLE)
        self.assertStatus(await self.ask(Operation.CANCEL_CURRENT_JOB), Status.OK)
        self.assertEqual(self.service.wishes.pop()[0], "cancel")

    async def test_a_held_job_that_was_never_begun_is_not_suspended(self) -> None:
        held = self.service.put_job(state=JobState.HELD)
        self.service.kept[1] = replace(held, hold=True)
        self.assertStatus(await self.ask(Operation.RESUME_JOB, job_id=1), Status.NOT_POSSIBLE)


class ManyTest(DoorCase):
    def setUp(self) -> None:
        super().setUp()
        for user, state in (
            ("alice", JobState.PENDING), ("bob", JobState.HELD), ("alice", JobState.COMPLETED),
        ):  # fmt: skip
            self.service.put_job(ticket=Ticket(user=user), state=state)
        elsewhere = self.service.put_job(ticket=Ticket(user="alice"))
        self.service.kept[4] = replace(elsewhere, queue="back-office")

    async def cancelled(self, operation: Operation, *attributes: Attribute, target: str = PRINTER) -> object:
        self.service.wishes.clear()
        answer = await self.ask(operation, *attributes, target=target)
        if answer.code != Status.OK:
            self.assertEqual(self.service.wishes, [])
            return Status(answer.code), unsupported_of(answer)
        return self.service.wishes[0][1]

    async def test_all_of_a_queue_or_all_of_mine_are_cancelled(self) -> None:
        self.assertEqual(await self.cancelled(Operation.CANCEL_JOBS), [1, 2])
        self.assertEqual(await self.cancelled(Operation.CANCEL_MY_JOBS), [1])
        self.assertEqual(await self.cancelled(Operation.CANCEL_JOBS, target=ROOT), [1, 2, 4])

    async def test_the_named_ones_are_cancelled_all_or_none(self) -> None:
        self.assertEqual(await self.cancelled(Operation.CANCEL_JOBS, build.integer("job-ids", 2, 1)), [1, 2])
        for operation, numbers, wrong in (
            (Operation.CANCEL_JOBS, (1, 3), [3]), (Operation.CANCEL_JOBS, (2, 4, 9), [4, 9]),
            (Operation.CANCEL_MY_JOBS, (1, 2), [2]),
        ):  # fmt: skip
            self.assertEqual(
                await self.cancelled(operation, build.integer("job-ids", *numbers)),
                (Status.NOT_POSSIBLE, {"job-ids": wrong}),
            )

    async def test_jobs_are_listed_by_number_state_and_proof(self) -> None:
        proof = self.service.put_job(ticket=Ticket(proof=1), state=JobState.COMPLETED)

        async def listed(*attributes: Attribute, target: str = PRINTER) -> list[object]:
            answer = await self.ask(Operation.GET_JOBS, *attributes, target=target)
            self.assertStatus(answer, Status.OK)
            return [value for group in answer.groups[1:] for value in group.attributes[0].values]

        numbers = [getattr(value, "value", 0) for value in await listed(build.integer("job-ids", 3, 1, 4, 77))]
        self.assertEqual(numbers, [1, 3])
        for word, found in (
            ("pending-held", [2]), ("pending", [1]), ("canceled", []), ("proof-print", [proof.id]),
        ):  # fmt: skip
            values = await listed(build.keyword("which-jobs", word))
            self.assertEqual([getattr(value, "value", 0) for value in values], found, word)
        first = await listed(build.keyword("which-jobs", "all"), build.integer("first-job-id", 3))
        self.assertEqual({getattr(value, "value", 0) for value in first}, {3, proof.id})
        everywhere = await listed(build.keyword("which-jobs", "all"), target=ROOT)
        self.assertEqual(len(everywhere), 5)
        both = (build.integer("job-ids", 1), build.keyword("which-jobs", "all"))
        self.assertStatus(await self.ask(Operation.GET_JOBS, *both), Status.BAD_REQUEST)


class SqueezedTest(DoorCase):
    async def test_a_compressed_document_arrives_as_it_was(self) -> None:
        squeezed = build.keyword("compression", "gzip")
        self.assertStatus(await self.ask(Operation.PRINT_JOB, squeezed, data=gzip.compress(PNG)), Status.OK)
        self.assertEqual(self.service.submissions[0].documents[0].data, PNG)
        answer = await self.ask(Operation.PRINT_JOB, squeezed, data=gzip.compress(PNG)[:-3])
        self.assertStatus(answer, Status.COMPRESSION_ERROR)
        self.assertEqual(len(self.service.submissions), 1)

    async def test_a_document_sent_alone_is_unpacked_as_well(self) -> None:
        self.assertStatus(await self.ask(Operation.CREATE_JOB), Status.OK)
        sent = (build.keyword("compression", "deflate"), build.boolean("last-document", True))
        answer = await self.ask(Operation.SEND_DOCUMENT, *sent, job_id=1, data=zlib.compress(PNG))
        self.assertStatus(answer, Status.OK)
        self.assertEqual(self.service.kept[1].documents[0].size, len(PNG))

    async def test_nothing_is_taken_before_a_worker_has_unpacked_it(self) -> None:
        worker: Deferred[None] = Deferred()
        self.service.workers.append(worker)
        squeezed = build.keyword("compression", "gzip")
        answer = Deferred.fromCoroutine(self.ask(Operation.PRINT_JOB, squeezed, data=gzip.compress(PNG)))
        self.assertEqual(self.service.unpacked, ["gzip"])
        self.assertFalse(answer.called)
        self.assertEqual(self.service.submissions, [])
        worker.errback(ServerBusy("64 documents wait to be looked into"))
        self.assertStatus(await answer, Status.BUSY)
        self.assertEqual(self.service.submissions, [])

    async def test_no_worker_is_asked_for_what_is_not_compressed_or_not_known(self) -> None:
        self.assertStatus(await self.ask(Operation.PRINT_JOB, data=PNG), Status.OK)
        plain = build.keyword("compression", "none")
        self.assertStatus(await self.ask(Operation.PRINT_JOB, plain, data=PNG), Status.OK)
        await self.ask(Operation.PRINT_JOB, build.keyword("compression", "gzip"))  # and no document with it
        unknown = await self.ask(Operation.PRINT_JOB, build.keyword("compression", "compress"), data=PNG)
        self.assertStatus(unknown, Status.COMPRESSION_NOT_SUPPORTED)
        self.assertEqual(self.service.unpacked, [])
