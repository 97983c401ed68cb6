# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""What CUPS's own programs ask, and that they are told it in CUPS's way."""

from __future__ import annotations

from printserver.ipp import Attribute, GroupTag, Message, Operation, Plain, Status, build, plain_attributes
from printserver.listeners.ipp.addresses import Ports
from printserver.listeners.ipp.routes import IppDoor
from printserver.model.job import CardState, JobState
from printserver.model.ticket import Ticket
from tests.listeners.fake_service import NOW
from tests.listeners.ipp_kit import HOST, PNG, DoorCase, job_of, printer_of

ROOT, CARD, OFFICE = f"ipp://{HOST}/", f"ipp://{HOST}/printers/card", f"ipp://{HOST}/printers/back-office"


class CupsTest(DoorCase):
    async def printers(self, *attributes: Attribute) -> list[dict[str, list[Plain]]]:
        answer = await self.ask(Operation.CUPS_GET_PRINTERS, *attributes, target="")
        self.assertStatus(answer, Status.OK)
        return [plain_attributes(group) for group in answer.groups_of(GroupTag.PRINTER)]

    async def names(self, *attributes: Attribute) -> list[Plain]:
        return [each["printer-name"][0] for each in await self.printers(*attributes)]

    async def test_the_default_printer_is_the_default_queue(self) -> None:
        answer = await self.ask(Operation.CUPS_GET_DEFAULT, target="")
        found = printer_of(answer)
        self.assertEqual((found["printer-name"], found["printer-uri-supported"]), (["card"], [CARD]))

    async def test_each_queue_is_a_printer(self) -> None:
        found = await self.printers()
        self.assertEqual([each["printer-uri-supported"] for each in found], [[OFFICE], [CARD]])
        self.assertEqual([each["device-uri"] for each in found], [[OFFICE], [CARD]])
        self.assertEqual(found[0]["printer-type"], [0x4 | 0x8 | 0x40])
        self.assertEqual(len(found[0]), len(set(found[0])))
        only = build.keyword("requested-attributes", "printer-name", "printer-state")
        self.assertEqual((await self.printers(only))[0], {"printer-name": ["back-office"], "printer-state": [3]})

    async def test_the_list_is_narrowed(self) -> None:
        self.assertEqual(await self.names(build.integer("limit", 1)), ["back-office"])
        self.assertEqual(await self.names(build.name("first-printer-name", "c")), ["card"])
        coloured = build.enum("printer-type", 0x8), build.enum("printer-type-mask", 0x8)
        self.assertEqual(len(await self.names(*coloured)), 2)
        classes = build.enum("printer-type", 0x1), build.enum("printer-type-mask", 0x1)
        answer = await self.ask(Operation.CUPS_GET_PRINTERS, *classes, target="")
        self.assertStatus(answer, Status.NOT_FOUND)

    async def test_there_are_no_classes(self) -> None:
        answer = await self.ask(Operation.CUPS_GET_CLASSES, target="")
        self.assertStatus(answer, Status.OK)
        self.assertEqual(len(answer.groups), 1)

    async def job(self, target: str) -> dict[str, list[Plain]]:
        return job_of(await self.ask(Operation.GET_JOB_ATTRIBUTES, target=target, job_id=1))

    async def test_at_an_address_of_cups_times_count_from_1970_and_queues_have_their_name(self) -> None:
        self.service.put_job()
        theirs, ours = await self.job(CARD), await self.job(f"ipp://{HOST}/ipp/print")
        self.assertEqual((theirs["time-at-creation"], theirs["job-printer-up-time"]), ([int(NOW)], [int(NOW)]))
        self.assertEqual((ours["time-at-creation"], ours["job-printer-up-time"]), ([101], [101]))
        self.assertEqual(theirs["job-printer-uri"], [CARD])
        self.assertEqual(ours["job-printer-uri"], [f"ipp://{HOST}/ipp/print"])
        for target, up in ((CARD, int(NOW)), (f"ipp://{HOST}/ipp/print", 101)):
            found = printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES, target=target))
            self.assertEqual(found["printer-up-time"], [up])

    async def test_at_an_address_of_cups_only_the_door_is_told_by_which_the_client_came(self) -> None:
        self.door = IppDoor(self.operations, lambda: Ports(8631, 8632))
        for target, count in ((CARD, 1), (ROOT, 1), (f"ipp://{HOST}/ipp/print", 2)):
            found = printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES, target=target))
            for name in ("printer-uri-supported", "uri-security-supported", "uri-authentication-supported"):
                self.assertEqual(len(found[name]), count, (target, name))
        [first, *_] = await self.printers()
        self.assertEqual((first["printer-uri-supported"], first["uri-security-supported"]), ([OFFICE], ["none"]))

    async def test_what_lp_sends_of_our_own_defaults_is_a_word_and_is_read_as_a_number(self) -> None:
        answer = await self.ask(
            Operation.PRINT_JOB, target=CARD, data=PNG,
            job=[build.name("printserver-k-choke", "3"), build.name("printserver-k-mode", "text")],
        )  # fmt: skip
        self.assertStatus(answer, Status.OK)
        self.assertEqual(self.service.submissions[0].ticket.k_choke, 3)
        for wrong in ("17", "-1", "many", "9" * 30):
            answer = await self.ask(Operation.PRINT_JOB, target=CARD, job=[build.name("printserver-k-choke", wrong)])
            self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)


class CancelTest(DoorCase):
    async def cancelled(self, operation: Operation, target: str, *attributes: Attribute) -> Message:
        self.service.wishes.clear()
        return await self.ask(operation, build.boolean("purge-jobs", False), *attributes, target=target)

    async def test_all_jobs_of_all_queues(self) -> None:
        for state in (JobState.PENDING, JobState.COMPLETED):
            self.service.put_job(ticket=Ticket(user="alice"), state=state)
        await self.cancelled(Operation.CANCEL_JOBS, f"ipp://{HOST}/printers/")
        self.assertEqual([wish[:2] for wish in self.service.wishes], [("cancel-all", [1])])
        self.service.wishes.clear()
        await self.ask(Operation.CANCEL_JOBS, build.boolean("purge-jobs", True), target=CARD)
        self.assertEqual([wish[:2] for wish in self.service.wishes], [("cancel-all", [1]), ("purge", "card")])

    async def test_the_job_that_is_being_printed(self) -> None:
        self.assertStatus(await self.ask(Operation.CANCEL_JOB, target=CARD, job_id=0), Status.NOT_FOUND)
        self.service.put_job()
        self.service.put_job(CardState.PRINTING, state=JobState.PROCESSING)
        self.assertStatus(await self.ask(Operation.CANCEL_JOB, target=CARD, job_id=0), Status.OK)
        self.assertEqual(self.service.kept[2].state, JobState.CANCELED)
        everywhere = f"ipp://{HOST}/ipp/print"
        self.assertStatus(await self.ask(Operation.CANCEL_JOB, target=everywhere, job_id=0), Status.NOT_FOUND)
