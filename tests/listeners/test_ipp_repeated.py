# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Requests that come again word for word: not read twice, and never answered with what is no longer so."""

from __future__ import annotations

from itertools import pairwise
from typing import cast
from unittest.mock import patch
from uuid import UUID

from msgspec.structs import replace

from printserver.errors import UnknownQueue
from printserver.ipp import Operation, Plain, Status, build, encode
from printserver.listeners.ipp import operations, printer_attributes, repeated
from printserver.listeners.ipp.repeated import LARGEST_REQUEST, MOST_ANSWERS, MOST_REQUESTS, Readings, Shelf
from printserver.model.job import Reason
from printserver.model.printer import PrinterState
from printserver.queue.views import QueueView
from tests.listeners.http_kit import PNG
from tests.listeners.ipp_kit import PRINTER as ADDRESS
from tests.listeners.ipp_kit import DoorCase, FakeIppService, printer_of


def asked(request_id: int = 41, *names: str, target: str = ADDRESS) -> bytes:
    wanted = [build.keyword("requested-attributes", *names)] if names else []
    return encode(build.request(Operation.GET_PRINTER_ATTRIBUTES, target, *wanted, request_id=request_id))


class Ticking(FakeIppService):
    """A service whose time the test moves."""

    ahead = 0.0

    def clock(self) -> float:
        return super().clock() + self.ahead


class RepeatedTest(DoorCase):
    def setUp(self) -> None:
        super().setUp()
        self.built = 0
        live = printer_attributes.live_attributes

        def counted(queue: QueueView, started: float, now: float, server: UUID) -> object:
            self.built += 1
            return live(queue, started, now, server)

        patcher = patch.object(operations, "live_attributes", counted)
        patcher.start()
        self.addCleanup(patcher.stop)

    async def told(self, request_id: int = 41) -> dict[str, list[Plain]]:
        answer = await self.post(asked(request_id))
        self.assertEqual((answer.code, answer.request_id), (Status.OK, request_id))
        return printer_of(answer)

    async def test_the_same_question_is_answered_once_and_under_each_id(self) -> None:
        first = await self.told(1)
        self.assertEqual([await self.told(number) for number in (2, 3, 2**31 - 1)], [first] * 3)
        self.assertEqual(self.built, 1)

    async def test_what_brings_data_of_a_card_is_not_kept(self) -> None:
        readings = Readings()
        tracks = build.keyword("printserver-tracks", "secret")
        for operation in (Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.VALIDATE_JOB):
            readings.read(encode(build.request(operation, ADDRESS, tracks)))
        readings.read(asked() + b"a document behind a question")
        self.assertEqual(len(readings.kept), 0)
        readings.read(asked())
        self.assertEqual(len(readings.kept), 1)

    async def test_another_question_is_another_answer(self) -> None:
        await self.told()
        self.assertEqual(set(printer_of(await self.post(asked(1, "printer-name")))), {"printer-name"})
        back = printer_of(await self.post(asked(1, "printer-name", target=f"{ADDRESS}/back-office")))
        self.assertEqual(back["printer-name"], ["back-office"])

    async def test_an_answer_does_not_outlive_a_second(self) -> None:
        service = self.service = Ticking()
        self.door = self.door.__class__(self.operations.__class__(service, self.operations.desk.administration))
        before = await self.told()
        service.ahead = 1.0
        after = await self.told()
        self.assertEqual(
            cast(int, after["printer-up-time"][0]), cast(int, before["printer-up-time"][0]) + 1
        )

    async def test_what_changes_is_told_at_once(self) -> None:
        """Each of these is a value of the queue that a client is told; none of them tells anybody that it changed."""
        now = self.service.queue(None).printers[0]
        assert now.status is not None
        views = [
            replace(now, state=PrinterState.BLOCKED),
            replace(now, status=replace(now.status, supplies=())),
            replace(now, reason=Reason("cover-open", "close it"), state=PrinterState.STOPPED),
        ]
        told = [await self.told()]
        for view in views:
            self.service.printer_views = (view,)
            told.append(await self.told())
        self.service.printer_views = None
        self.service.config = replace(self.service.config, accepting=False)
        told.append(await self.told())
        self.service.stopped = Reason("media-jam", "")
        told.append(await self.told())
        for former, later in pairwise(told):
            self.assertNotEqual(former, later)

    async def test_who_may_not_ask_is_not_answered_from_the_shelf(self) -> None:
        await self.told()

        def refuse(name: str | None) -> QueueView:
            raise NotImplementedError(name)

        with patch.object(self.service, "queue", refuse):
            answer = await self.post(asked(2))
        self.assertEqual(answer.code, Status.INTERNAL_ERROR)

    async def test_a_bad_id_is_refused_also_where_the_rest_is_known(self) -> None:
        await self.told()
        answer = await self.post(asked(1)[:4] + bytes(4) + asked(1)[8:])
        self.assertStatus(answer, Status.BAD_REQUEST)


class GivenAgainTest(DoorCase):
    """What the site asks before it reads a request that came before."""

    def setUp(self) -> None:
        super().setUp()
        self.service: Ticking = Ticking()
        self.door = self.door.__class__(self.operations.__class__(self.service, self.operations.desk.administration))

    async def again(self, body: bytes, before: bytes = b"") -> bytes | None:
        response = await self.respond(before or asked(1))
        assert response.again is not None
        return response.again(body)

    async def test_it_is_the_answer_that_would_be_made(self) -> None:
        told = await self.again(asked(7))
        self.assertEqual(told, (await self.respond(asked(7))).body)

    async def test_another_question_is_asked_anew(self) -> None:
        for other in (asked(7, "printer-name"), asked(7)[:-1], asked(7) + b"document", b"", asked(1)[:4] + bytes(4)):
            self.assertIsNone(await self.again(other))
        for number in (bytes(4), b"\xff" * 4):
            self.assertIsNone(await self.again(asked(1)[:4] + number + asked(1)[8:]))

    async def test_only_what_is_so_is_told(self) -> None:
        response = await self.respond(asked(1))
        assert response.again is not None
        self.assertIsNotNone(response.again(asked(2)))
        with patch.object(self.service, "is_caught_up", lambda: False):
            self.assertIsNone(response.again(asked(2)))
        with patch.object(self.service, "config", replace(self.service.config, accepting=False)):
            self.assertIsNone(response.again(asked(2)))
        with patch.object(self.service, "queue", side_effect=UnknownQueue("it was taken away")):
            self.assertIsNone(response.again(asked(2)))
        self.assertIsNotNone(response.again(asked(2)))
        self.service.ahead = 1.0
        self.assertIsNone(response.again(asked(2)))

    async def test_a_job_is_never_made_again(self) -> None:
        response = await self.respond(encode(build.request(Operation.PRINT_JOB, ADDRESS)) + PNG)
        self.assertIsNone(response.again)


class ReadingsTest(DoorCase):
    def test_what_is_read_once_is_not_read_again(self) -> None:
        readings = Readings()
        first = readings.read(asked(1))
        with patch.object(repeated, "parse", side_effect=AssertionError("read again")):
            again = readings.read(asked(9))
        self.assertEqual(again.request.message.request_id, 9)
        self.assertEqual(again.request.message.groups, first.request.message.groups)
        self.assertEqual((first.known, first.document), (again.known, again.document))

    def test_long_requests_are_not_kept(self) -> None:
        readings = Readings()
        reading = readings.read(asked(1) + b"a document" * LARGEST_REQUEST)
        self.assertEqual((len(readings.kept), reading.known), (0, b""))

    def test_strangers_fill_nothing_up(self) -> None:
        readings = Readings()
        for number in range(MOST_REQUESTS + 9):
            readings.read(asked(1, f"name-{number}"))
        self.assertEqual(len(readings.kept), MOST_REQUESTS)

    def test_the_oldest_goes(self) -> None:
        shelf: Shelf[int, str] = Shelf(2)
        for number in (1, 2, 1, 3):
            shelf.put(number, str(number))
        self.assertEqual([shelf.get(number) for number in (1, 2, 3)], [None, "2", "3"])


class ManyQuestionsTest(DoorCase):
    async def test_answers_are_limited_too(self) -> None:
        for number in range(MOST_ANSWERS + 9):
            await self.post(asked(1, f"name-{number}"))
        self.assertEqual(len(self.operations._given.kept), MOST_ANSWERS)
