# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Subscriptions of clients: made, read, renewed, cancelled, and the events that they fetch."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import NotPossibleNow, ServerBusy, UnknownSubscription
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
from printserver.listeners.ipp.notice_attributes import WORDS
from printserver.listeners.ipp.notice_events import EVENTS, job_words
from printserver.listeners.ipp.notices import EVENT_LIFE, LONGEST_LEASE, MOST_EVENTS, MOST_OF_CLIENT, Notices, Wish
from printserver.model.event import Event
from printserver.model.job import JobState
from printserver.model.ticket import Ticket
from tests.listeners.fake_service import NOW
from tests.listeners.ipp_kit import PNG, PRINTER, DoorCase

PULL = build.keyword("notify-pull-method", "ippget")


class NoticesCase(DoorCase):
    async def subscribe(
        self, *groups: tuple[Attribute, ...], operation: Operation = Operation.CREATE_PRINTER_SUBSCRIPTIONS,
        attributes: tuple[Attribute, ...] = (), user: str = "alice", data: bytes = b"",
    ) -> Message:  # fmt: skip
        request = build.request(operation, PRINTER, *attributes, user=user)
        more = tuple(Group(GroupTag.SUBSCRIPTION, group) for group in groups)
        return await self.post(encode(Message(request.version, request.code, 1, (*request.groups, *more))) + data)

    async def subscribed(self, *events: str) -> int:
        answer = await self.subscribe((PULL, build.keyword("notify-events", *events)))
        self.assertStatus(answer, Status.OK)
        [number] = told(answer)[0]["notify-subscription-id"]
        assert isinstance(number, int)
        return number

    async def fetched(self, *numbers: int, first: int = 1, user: str = "alice") -> Message:
        return await self.ask(
            Operation.GET_NOTIFICATIONS, build.integer("notify-subscription-ids", *numbers),
            build.integer("notify-sequence-numbers", *(first for _ in numbers)), user=user,
        )  # fmt: skip

    async def events(self, number: int, first: int = 1) -> list[Plain]:
        return [each["notify-subscribed-event"][0] for each in told(await self.fetched(number, first=first))]


def told(answer: Message) -> list[dict[str, list[Plain]]]:
    groups = (*answer.groups_of(GroupTag.SUBSCRIPTION), *answer.groups_of(GroupTag.EVENT_NOTIFICATION))
    return [plain_attributes(group) for group in groups]


class MakingTest(NoticesCase):
    async def test_the_good_ones_are_made_beside_the_bad(self) -> None:
        answer = await self.subscribe(
            (PULL,), (build.uri("notify-recipient-uri", "mailto:a@example.com"),),
            (PULL, build.keyword("notify-events", "no-such-event")),
            (PULL, build.octets("notify-user-data", bytes(64))), (PULL, build.integer("notify-flags", 1)),
        )  # fmt: skip
        self.assertStatus(answer, Status.OK_IGNORED_SUBSCRIPTIONS)
        self.assertEqual([each.get("notify-subscription-id") for each in told(answer)], [[1], None, None, None, [2]])
        statuses = [each.get("notify-status-code") for each in told(answer)]
        self.assertEqual(statuses, [None, [0x0400], [0x0400], [0x0400], [0x0001]])

    async def test_without_any_good_one_the_request_fails(self) -> None:
        self.assertStatus(await self.subscribe(()), Status.IGNORED_ALL_SUBSCRIPTIONS)
        self.assertStatus(await self.subscribe(), Status.BAD_REQUEST)

    async def test_a_client_may_not_have_any_number(self) -> None:
        for _ in range(MOST_OF_CLIENT):
            await self.subscribe((PULL,))
        answer = await self.subscribe((PULL,))
        self.assertStatus(answer, Status.IGNORED_ALL_SUBSCRIPTIONS)
        self.assertEqual(told(answer), [{"notify-status-code": [Status.TOO_MANY_SUBSCRIPTIONS]}])

    async def test_a_job_brings_its_subscription(self) -> None:
        answer = await self.subscribe((PULL,), operation=Operation.PRINT_JOB, data=PNG)
        self.assertStatus(answer, Status.OK)
        self.assertEqual(told(answer), [{"notify-subscription-id": [1]}])
        self.assertEqual(
            [group.tag for group in answer.groups], [GroupTag.OPERATION, GroupTag.JOB, GroupTag.SUBSCRIPTION]
        )

    async def test_a_job_can_be_subscribed_to_later(self) -> None:
        self.service.put_job()
        for number, status in ((1, Status.OK), (7, Status.NOT_FOUND)):
            answer = await self.subscribe(
                (PULL,), operation=Operation.CREATE_JOB_SUBSCRIPTIONS,
                attributes=(build.integer("notify-job-id", number),),
            )  # fmt: skip
            self.assertStatus(answer, status)


class KeepingTest(NoticesCase):
    async def test_they_are_listed_and_read(self) -> None:
        await self.subscribed("job-completed", "printer-stopped")
        self.service.put_job()
        await self.subscribe(
            (PULL, build.octets("notify-user-data", b"x")), operation=Operation.CREATE_JOB_SUBSCRIPTIONS,
            attributes=(build.integer("notify-job-id", 1),), user="bob",
        )  # fmt: skip
        answer = await self.ask(Operation.GET_SUBSCRIPTIONS)
        self.assertEqual(told(answer), [{"notify-subscription-id": [1]}])
        answer = await self.ask(Operation.GET_SUBSCRIPTIONS, build.integer("notify-job-id", 1))
        self.assertEqual(told(answer), [{"notify-subscription-id": [2]}])
        mine = build.boolean("my-subscriptions", True)
        answer = await self.ask(Operation.GET_SUBSCRIPTIONS, mine, user="bob")
        self.assertEqual(told(answer), [])
        answer = await self.ask(Operation.GET_SUBSCRIPTION_ATTRIBUTES, build.integer("notify-subscription-id", 1))
        [found] = told(answer)
        self.assertLessEqual({
            "notify-events": ["job-completed", "printer-stopped"], "notify-printer-uri": [PRINTER],
            "notify-lease-duration": [86_400], "notify-lease-expiration-time": [101 + 86_400],
            "notify-subscriber-user-name": ["alice"], "notify-pull-method": ["ippget"],
        }.items(), found.items())
        answer = await self.ask(Operation.GET_SUBSCRIPTION_ATTRIBUTES, build.integer("notify-subscription-id", 2))
        [found] = told(answer)
        self.assertEqual((found["notify-job-id"], found["notify-user-data"]), ([1], [b"x"]))
        self.assertNotIn("notify-lease-duration", found)

    async def test_a_lease_is_renewed_and_given_back_by_its_owner(self) -> None:
        number = build.integer("notify-subscription-id", await self.subscribed("job-created"))
        lease = build.integer("notify-lease-duration", 60)
        answer = await self.ask(Operation.RENEW_SUBSCRIPTION, number, lease)
        self.assertEqual(told(answer), [{"notify-lease-duration": [60]}])
        for operation in (Operation.RENEW_SUBSCRIPTION, Operation.CANCEL_SUBSCRIPTION):
            self.assertStatus(await self.ask(operation, number, user="bob"), Status.NOT_FOUND)
        self.assertStatus(await self.ask(Operation.CANCEL_SUBSCRIPTION, number), Status.OK)
        self.assertStatus(await self.ask(Operation.CANCEL_SUBSCRIPTION, number), Status.NOT_FOUND)

    async def test_a_subscription_belongs_to_its_queue(self) -> None:
        number = build.integer("notify-subscription-id", await self.subscribed("job-created"))
        elsewhere = f"{PRINTER}/back-office"
        answer = await self.ask(Operation.GET_SUBSCRIPTION_ATTRIBUTES, number, target=elsewhere)
        self.assertStatus(answer, Status.NOT_FOUND)


class FetchingTest(NoticesCase):
    async def test_what_happens_to_jobs_is_told_in_order(self) -> None:
        number = await self.subscribed("job-created", "job-state-changed", "job-completed", "job-progress")
        self.service.put_job(state=JobState.COMPLETED)
        self.service.happen(what="accepted", state="pending")
        self.service.happen(what="state", state="processing")
        self.service.happen("card", "1/1", "done")
        self.service.happen(what="held")
        self.service.happen(what="state", state="completed")
        words = ["job-created", "job-state-changed", "job-progress", "job-completed"]
        self.assertEqual(await self.events(number), words)
        self.assertEqual(await self.events(number, 3), words[2:])
        answer = await self.fetched(number)
        self.assertStatus(answer, Status.OK)
        operation = plain_attributes(answer.groups[0])
        self.assertEqual((operation["notify-get-interval"], operation["printer-up-time"]), ([5], [101]))
        self.assertLessEqual({
            "notify-sequence-number": [4], "notify-job-id": [1], "job-state": [9],
            "notify-text": [WORDS["job-completed"]], "notify-subscription-id": [number],
        }.items(), told(answer)[-1].items())

    async def test_what_a_client_wants_to_know_beside_is_told(self) -> None:
        wanted = build.keyword("notify-attributes", "job-originating-user-name", "no-such-attribute")
        await self.subscribe((PULL, wanted, build.keyword("notify-events", "job-created", "none")))
        self.service.put_job(ticket=Ticket(user="bob"))
        self.service.happen(what="accepted", state="pending")
        self.assertEqual(told(await self.fetched(1))[0]["job-originating-user-name"], ["bob"])
        number = build.integer("notify-subscription-id", 1)
        [found] = told(await self.ask(Operation.GET_SUBSCRIPTION_ATTRIBUTES, number))
        self.assertEqual(found["notify-attributes"], ["job-originating-user-name"])

    async def test_what_happens_to_a_queue_is_told(self) -> None:
        number = await self.subscribed("printer-state-changed", "printer-stopped", "printer-config-changed")
        self.service.happen("queue", "card", "paused")
        self.service.happen("queue", "back-office", "paused")
        self.service.happen("queue", "card", "changed")
        self.service.happen("printer", "front-office", "state", state="blocked")
        self.service.happen("printer", "front-office", "state", state="idle")
        self.service.happen("printer", "elsewhere", "state", state="blocked")
        words = ["printer-stopped", "printer-config-changed", "printer-stopped", "printer-state-changed"]
        self.assertEqual(await self.events(number), words)
        self.assertEqual(told(await self.fetched(number))[0]["printer-state"], [3])

    async def test_events_of_a_finished_job_are_complete(self) -> None:
        self.service.put_job(state=JobState.CANCELED)
        self.service.put_job()
        await self.subscribe(
            (PULL,), operation=Operation.CREATE_JOB_SUBSCRIPTIONS, attributes=(build.integer("notify-job-id", 1),)
        )
        self.service.happen(subject="2", what="state", state="completed")
        self.assertStatus(await self.fetched(1), Status.OK)
        self.service.happen(what="state", state="canceled")
        answer = await self.fetched(1)
        self.assertStatus(answer, Status.OK_EVENTS_COMPLETE)
        self.assertEqual(len(told(answer)), 1)
        self.assertNotIn("notify-get-interval", plain_attributes(answer.groups[0]))

    async def test_events_are_their_subscribers_own(self) -> None:
        number = await self.subscribed("job-created")
        self.assertStatus(await self.fetched(number, user="bob"), Status.NOT_FOUND)
        self.assertStatus(await self.fetched(9), Status.NOT_FOUND)
        self.assertStatus(await self.ask(Operation.GET_NOTIFICATIONS), Status.BAD_REQUEST)

    async def test_a_job_that_cannot_be_read_keeps_no_later_event_back(self) -> None:
        number = await self.subscribed("job-created", "printer-config-changed")
        self.service.happen(subject="77", what="accepted", state="pending")
        self.service.happen("queue", "card", "changed")
        self.assertEqual(await self.events(number), ["printer-config-changed"])


def test_every_event_that_is_declared_has_words_and_every_word_an_event() -> None:
    assert set(WORDS) == set(EVENTS)


@given(st.sampled_from(["job", "card"]), st.text(max_size=12), st.sampled_from([*JobState, ""]))
def test_whatever_a_row_says_only_declared_events_are_told(kind: str, what: str, state: str) -> None:
    words = job_words(Event(id=1, node="n", at=0.0, kind=kind, subject="1", what=what, data={"state": state}))
    assert set(words) <= set(EVENTS)


class Hours:
    def __init__(self) -> None:
        self.now = NOW
        self.notices = Notices(lambda: self.now)

    def wish(self, **keys: object) -> Wish:
        usual = Wish(queue="card", user="alice", client="192.0.2.1", events=("job-created",))
        return replace(usual, **keys)  # type: ignore[arg-type]  # a test names the fields


def test_a_lease_runs_out_by_the_clock() -> None:
    hours = Hours()
    made = hours.notices.add(hours.wish(lease=60))
    hours.now += 59
    assert hours.notices.get(made.id) is made
    assert hours.notices.renew(made, 0) == LONGEST_LEASE
    assert hours.notices.renew(made, 10) == 10
    hours.now += 10
    with pytest.raises(UnknownSubscription):
        hours.notices.get(made.id)
    assert not hours.notices.of("card", None, None)


def test_a_subscription_to_a_job_lasts_as_long_as_its_job_and_a_little_longer() -> None:
    hours = Hours()
    made = hours.notices.add(hours.wish(job=5, lease=1))
    hours.now += 10 * LONGEST_LEASE
    assert hours.notices.get(made.id) is made
    with pytest.raises(NotPossibleNow):
        hours.notices.renew(made, 60)
    hours.notices.job_over(5)
    hours.now += EVENT_LIFE - 1
    assert hours.notices.get(made.id).over
    hours.now += 1
    with pytest.raises(UnknownSubscription):
        hours.notices.get(made.id)


def test_old_events_give_way_and_the_numbers_tell_of_it() -> None:
    hours = Hours()
    made = hours.notices.add(hours.wish())
    for _ in range(MOST_EVENTS + 5):
        hours.notices.tell("card", 1, ("job-created",), None)
    hours.notices.tell("other", 1, ("job-created",), None)
    hours.notices.tell("card", 1, ("job-stopped",), None)
    assert [each.sequence for each in hours.notices.waiting(made, 1)] == list(range(6, MOST_EVENTS + 6))
    hours.now += EVENT_LIFE + 1
    assert hours.notices.waiting(made, 1) == []


def test_the_server_as_a_whole_has_room_for_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("printserver.listeners.ipp.notices.MOST", 3)
    hours = Hours()
    for client in "abc":
        hours.notices.add(hours.wish(client=client, lease=5))
    with pytest.raises(ServerBusy):
        hours.notices.add(hours.wish(client="d"))
    hours.now += 5
    hours.notices.add(hours.wish(client="d"))
