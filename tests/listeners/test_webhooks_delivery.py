"""Webhooks: nothing is lost, nothing comes out of order, a dead target harms nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from printserver.listeners.webhooks.delivery import FIRST_PAUSE, LONGEST_PAUSE, Webhook
from printserver.listeners.webhooks.message import Message, of_event
from printserver.listeners.webhooks.posting import NotTaken, Poster
from printserver.listeners.webhooks.target import Target
from printserver.model.event import Event
from printserver.queue.events import EventHub
from printserver.queue.storekeeper import Storekeeper

TARGET = Target("site", "http://127.0.0.1/", frozenset({"card"}), b"s" * 24)


@dataclass
class Journal:
    """Journal, cursors and hub as the webhook sees them; they survive a restart of it."""

    rows: list[Event] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    subscribers: list[Callable[[Event], None]] = field(default_factory=list)
    moves: int = 0

    @property
    def store(self) -> Journal:
        return self

    async def read(self, call: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401 - what the call returns
        return call(*args)

    def cursor(self, name: str) -> int:
        return self.cursors.get(name, 0)

    def move_cursor(self, name: str, event: int) -> None:
        self.moves += 1
        self.cursors[name] = event

    async def after(self, event: int, limit: int) -> Sequence[Event]:
        return self.rows[event : event + limit]

    async def last(self) -> int:
        return len(self.rows)

    def subscribe(self, subscriber: Callable[[Event], None]) -> Callable[[], None]:
        self.subscribers.append(subscriber)
        return lambda: self.subscribers.remove(subscriber)

    def happen(self, kind: str = "card") -> None:
        number = len(self.rows) + 1
        row = Event(id=number, node="n", at=1.0, kind=kind, subject="1/1", what="done", hash=f"{number:032x}" * 2)
        self.rows.append(row)
        for subscriber in list(self.subscribers):
            subscriber(row)


@dataclass
class Post:
    """A target in memory: it takes, refuses, or lets its sender wait."""

    taken: list[str] = field(default_factory=list)
    tries: int = 0
    away: bool = False
    silent: bool = False
    forgets: bool = False  # takes the message, but its answer is lost

    async def post(self, target: Target, message: Message) -> None:
        self.tries += 1
        if self.silent:
            await Deferred[None]()
        if self.away:
            raise NotTaken(0, "status 500")
        self.taken.append(message.id)
        if self.forgets:
            raise NotTaken(0, "ResponseFailed")


def begun(journal: Journal, post: Post, clock: Clock) -> Webhook:
    webhook = Webhook(TARGET, cast(Poster, post), cast(Storekeeper, journal), cast(EventHub, journal), clock)
    do(webhook.start())
    return webhook


def do(work: Any) -> None:  # noqa: ANN401 - a coroutine
    ends: list[object] = []
    Deferred.fromCoroutine(work).addBoth(ends.append)
    assert ends == [None]


def identity(number: int) -> str:
    return f"evt_{number:032x}"


def test_a_new_target_hears_from_now_on_and_only_what_it_asked_for() -> None:
    journal, post = Journal(), Post()
    journal.happen()
    begun(journal, post, Clock())
    journal.happen("job")
    journal.happen()
    assert post.taken == [of_event(journal.rows[2]).id]
    assert journal.cursors["webhook:site"] == 3


def test_pauses_grow_to_a_limit_and_nothing_is_tried_in_between() -> None:
    journal, post, clock = Journal(), Post(away=True), Clock()
    webhook = begun(journal, post, clock)
    journal.happen()
    pauses = []
    for _ in range(14):
        tries = post.tries
        journal.happen()
        assert post.tries == tries, "an event must not wake a target that rests"
        [alarm] = clock.getDelayedCalls()
        pauses.append(float(cast(Any, alarm).getTime()) - clock.seconds())
        clock.advance(pauses[-1])
        assert post.tries == tries + 1
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    post.away = False
    clock.advance(LONGEST_PAUSE)
    assert len(post.taken) == len(journal.rows)
    assert webhook.failures == 0
    do(webhook.stop())
    assert not clock.getDelayedCalls()


def test_a_silent_target_keeps_nobody_and_is_asked_again_after_a_restart() -> None:
    journal, post, clock = Journal(), Post(silent=True), Clock()
    webhook = begun(journal, post, clock)
    for _ in range(50):
        journal.happen()
    assert (post.tries, post.taken) == (1, [])
    do(webhook.stop())
    post.silent = False
    begun(journal, post, clock)
    assert len(post.taken) == 50


class Delivery(RuleBasedStateMachine):
    """Whatever target and server do, each event comes at least once, and for the first time in order."""

    def __init__(self) -> None:
        super().__init__()
        self.journal, self.post, self.clock = Journal(), Post(), Clock()
        self.webhook = begun(self.journal, self.post, self.clock)

    @rule()
    def a_card(self) -> None:
        self.journal.happen()

    @rule()
    def a_job(self) -> None:
        self.journal.happen("job")

    @rule()
    def away_or_back(self) -> None:
        self.post.away = not self.post.away

    @rule()
    def answers_are_lost_or_not(self) -> None:
        self.post.forgets = not self.post.forgets

    @rule()
    def time(self) -> None:
        self.clock.advance(LONGEST_PAUSE)

    @rule()
    def restart(self) -> None:
        do(self.webhook.stop())
        self.webhook = begun(self.journal, self.post, self.clock)

    @invariant()
    def nothing_is_skipped(self) -> None:
        wanted = [identity(row.id) for row in self.journal.rows if row.kind == "card"]
        first = list(dict.fromkeys(self.post.taken))
        assert first == wanted[: len(first)]

    def teardown(self) -> None:
        self.post.away = self.post.forgets = False
        self.clock.advance(LONGEST_PAUSE)
        wanted = [identity(row.id) for row in self.journal.rows if row.kind == "card"]
        assert list(dict.fromkeys(self.post.taken)) == wanted


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(max_examples=60, stateful_step_count=30)
