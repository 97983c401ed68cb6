# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Operations on a whole queue: each is one call of the administration, with the client's name."""

from __future__ import annotations

from printserver.ipp import (
    Attribute,
    Group,
    GroupTag,
    Message,
    Operation,
    OutOfBand,
    Status,
    ValueTag,
    build,
    encode,
)
from printserver.model.printer import QueueNotes
from printserver.queue.views import By
from tests.listeners.ipp_kit import HOST, PRINTER, DoorCase, printer_of, unsupported_of

ALICE = By("alice")
NOTES = {
    "printer-info": "Badges", "printer-location": "2nd floor", "printer-geo-location": "geo:-6.2,106.8",
    "printer-organization": "Kantor", "printer-organizational-unit": "Loket",
    "printer-message-from-operator": "back at two",
}  # fmt: skip


class QueueWishesTest(DoorCase):
    async def test_each_operation_is_one_wish(self) -> None:
        for operation, wish in (
            (Operation.ENABLE_PRINTER, ("change", ("card", {"accepting": True}), ALICE)),
            (Operation.DISABLE_PRINTER, ("change", ("card", {"accepting": False}), ALICE)),
            (Operation.HOLD_NEW_JOBS, ("change", ("card", {"hold_new": True}), ALICE)),
            (Operation.RELEASE_HELD_NEW_JOBS, ("release-held-new", "card", ALICE)),
            (Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB, ("pause-after-current", "card", ALICE)),
            (Operation.PURGE_JOBS, ("purge", "card", ALICE)),
            (Operation.RESTART_PRINTER, ("start-up", "card", ALICE)),
            (Operation.SHUTDOWN_PRINTER, ("shut-down", "card", ALICE)),
            (Operation.STARTUP_PRINTER, ("start-up", "card", ALICE)),
        ):  # fmt: skip
            self.assertStatus(await self.ask(operation), Status.OK)
            self.assertEqual(self.service.wishes.pop(), wish)
            self.assertEqual(self.service.wishes, [])

    async def test_a_queue_that_was_shut_down_only_answers_and_starts(self) -> None:
        await self.ask(Operation.SHUTDOWN_PRINTER)
        self.service.wishes.clear()
        for operation in (
            Operation.ENABLE_PRINTER, Operation.RESUME_PRINTER, Operation.PAUSE_PRINTER, Operation.HOLD_NEW_JOBS,
            Operation.DISABLE_PRINTER, Operation.RELEASE_HELD_NEW_JOBS, Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB,
        ):  # fmt: skip
            self.assertStatus(await self.ask(operation), Status.NOT_POSSIBLE)
        self.assertEqual(self.service.wishes, [])
        found = printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES))
        self.assertEqual(found["printer-state-reasons"], ["shutdown"])
        self.assertStatus(await self.ask(Operation.STARTUP_PRINTER), Status.OK)
        self.assertStatus(await self.ask(Operation.PAUSE_PRINTER), Status.OK)

    async def test_a_purge_of_the_server_is_one_of_every_queue(self) -> None:
        await self.ask(Operation.PURGE_JOBS, target=f"ipp://{HOST}/printers/")
        self.assertEqual([wish[1] for wish in self.service.wishes], ["card", "back-office"])


class NotesTest(DoorCase):
    async def set(self, *attributes: Attribute) -> Message:
        request = build.request(Operation.SET_PRINTER_ATTRIBUTES, PRINTER, user="alice")
        group = Group(GroupTag.PRINTER, attributes)
        return await self.post(encode(Message(request.version, request.code, 1, (*request.groups, group))))

    async def test_what_is_set_is_told(self) -> None:
        attributes = [
            (build.uri if name == "printer-geo-location" else build.text)(name, text) for name, text in NOTES.items()
        ]
        self.assertStatus(await self.set(*attributes), Status.OK)
        found = printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES))
        self.assertEqual({name: found[name] for name in NOTES}, {name: [text] for name, text in NOTES.items()})
        self.assertEqual(found["printer-settable-attributes-supported"], list(NOTES))
        gone = Attribute("printer-info", (OutOfBand(ValueTag.DELETE_ATTRIBUTE),))
        await self.set(gone, Attribute("printer-geo-location", (OutOfBand(ValueTag.UNKNOWN),)))
        found = printer_of(await self.ask(Operation.GET_PRINTER_ATTRIBUTES))
        self.assertEqual((found["printer-info"], found["printer-geo-location"]), (["card"], [None]))

    async def test_what_cannot_be_set_leaves_all_as_it_was(self) -> None:
        good = build.text("printer-location", "here")
        answer = await self.set(good, build.name("printer-name", "other"))
        self.assertStatus(answer, Status.ATTRIBUTES_NOT_SETTABLE)
        self.assertEqual(
            answer.group(GroupTag.UNSUPPORTED).attributes,
            (Attribute("printer-name", (OutOfBand(ValueTag.NOT_SETTABLE),)),),
        )
        for wrong in (
            build.text("printer-info", "x" * 128), build.text("printer-info", "a", "b"),
            build.integer("printer-info", 7), build.uri("printer-geo-location", "http://example.com/"),
        ):  # fmt: skip
            answer = await self.set(good, wrong)
            self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)
            self.assertEqual(list(unsupported_of(answer)), [wrong.name])
        self.assertStatus(await self.set(), Status.BAD_REQUEST)
        self.assertEqual(self.service.wishes, [])
        self.assertEqual(self.service.config.notes, QueueNotes())

    async def test_what_may_be_set_is_told_beforehand(self) -> None:
        answer = await self.ask(Operation.GET_PRINTER_SUPPORTED_VALUES)
        attributes = answer.group(GroupTag.PRINTER).attributes
        self.assertEqual([each.name for each in attributes], list(NOTES))
        self.assertEqual({each.value for each in attributes}, {OutOfBand(ValueTag.ADMIN_DEFINE)})
        one = await self.ask(
            Operation.GET_PRINTER_SUPPORTED_VALUES, build.keyword("requested-attributes", "printer-info")
        )
        self.assertEqual(len(one.group(GroupTag.PRINTER).attributes), 1)

    async def test_a_queue_makes_itself_known_by_a_message(self) -> None:
        message = build.text("message", "the one at the window")
        self.assertStatus(await self.ask(Operation.IDENTIFY_PRINTER, message), Status.OK)
        self.assertEqual(self.service.config.notes.message, "the one at the window")
        await self.ask(Operation.IDENTIFY_PRINTER, build.keyword("identify-actions", "display"))
        self.assertEqual(self.service.config.notes.message, "This is the queue card, says alice.")

    async def test_a_message_stands_in_for_sound_and_light(self) -> None:
        """PWG 5100.13 section 5.1: what a printer cannot do is told, and something else done in its place."""
        for actions, others in (("sound",), ["sound"]), (("display", "flash", "speak"), ["flash", "speak"]):
            message = build.text("message", f"not {others[0]}")
            answer = await self.ask(Operation.IDENTIFY_PRINTER, message, build.keyword("identify-actions", *actions))
            self.assertStatus(answer, Status.OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES)
            self.assertEqual(unsupported_of(answer), {"identify-actions": others})
            self.assertEqual(self.service.config.notes.message, f"not {others[0]}")
