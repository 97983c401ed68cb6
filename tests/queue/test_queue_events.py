"""The journal as a stream: whoever was answered may ask at once, and is told of what the answer was about."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from printserver.model.event import Event
from printserver.queue.events import BATCH, PAUSE, EventHub
from printserver.queue.storekeeper import Storekeeper

P = ParamSpec("P")
T = TypeVar("T")


class SlowStore:
    """A store whose reads end when the test says so; each takes the rows that are there when it begins."""

    def __init__(self) -> None:
        self.rows: list[Event] = []
        self.under_way: list[Callable[[], None]] = []
        self.fails = False

    def last_event(self) -> int:
        return len(self.rows)

    def events(self, after: int, limit: int) -> list[Event]:
        return self.rows[after : after + limit]

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        answer, later = call(*args, **kwargs), Deferred[None]()
        if call == self.last_event:
            return answer
        self.under_way.append(lambda: later.callback(None))
        await later
        if self.fails:
            raise OSError("no disk")
        return answer

    @property
    def store(self) -> SlowStore:
        return self

    def write(self, count: int = 1) -> None:
        """Write rows and tell, as the store's keeper does."""
        for _ in range(count):
            number = len(self.rows) + 1
            self.rows.append(Event(id=number, node="here", at=0.0, kind="job", subject="1", what="state", data={}))
        self.after_write()

    def after_write(self) -> None:
        """Set by the hub."""


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
def told(store: SlowStore) -> list[int]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(store: SlowStore, told: list[int], clock: Clock) -> EventHub:
    found = EventHub(cast(Storekeeper, store), clock)
    Deferred.fromCoroutine(found.start())
    found.subscribe(lambda event: told.append(event.id))
    return found


def asked(hub: EventHub) -> Deferred[None]:
    return Deferred.fromCoroutine(hub.caught_up())


def test_nobody_waits_while_nothing_is_written(hub: EventHub) -> None:
    assert asked(hub).called


def test_who_asks_waits_for_what_was_written_before(hub: EventHub, store: SlowStore, told: list[int]) -> None:
    store.write()
    question = asked(hub)
    store.under_way.pop()()
    assert told == [1]
    assert not question.called, "that read may have begun before the row was written"
    store.under_way.pop()()
    assert question.called
    assert store.under_way == []


def test_a_read_that_began_before_the_row_answers_nobody(hub: EventHub, store: SlowStore, told: list[int]) -> None:
    store.write()
    store.write()
    question = asked(hub)
    store.under_way.pop()()
    assert (told, question.called) == ([1], False)
    store.under_way.pop()()
    assert (told, question.called) == ([1, 2], True)


def test_rows_that_need_several_reads_are_waited_for(hub: EventHub, store: SlowStore, told: list[int]) -> None:
    store.write()
    store.write(BATCH + 1)
    question = asked(hub)
    store.under_way.pop()()
    store.under_way.pop()()
    assert (len(told), question.called) == (BATCH + 1, False)
    store.under_way.pop()()
    assert (len(told), question.called) == (BATCH + 2, True)


def test_a_journal_that_cannot_be_read_keeps_nobody_waiting(hub: EventHub, store: SlowStore, told: list[int]) -> None:
    store.write()
    first = asked(hub)
    store.fails = True
    store.under_way.pop()()
    assert first.called
    store.fails = False
    store.write()
    store.under_way.pop()()
    assert told == [1, 2], "what was missed is delivered with the next row"


def test_a_journal_that_could_not_be_read_is_read_again(
    hub: EventHub, store: SlowStore, told: list[int], clock: Clock
) -> None:
    store.write()
    store.fails = True
    store.under_way.pop()()
    clock.advance(PAUSE)
    store.under_way.pop()()
    store.fails = False
    clock.advance(PAUSE)
    store.under_way.pop()()
    assert told == [1], "nothing more was written"
    assert clock.getDelayedCalls() == []


def test_a_hub_that_is_stopped_reads_no_more_by_itself(hub: EventHub, store: SlowStore, clock: Clock) -> None:
    store.write()
    store.fails = True
    store.under_way.pop()()
    hub.stop()
    clock.advance(PAUSE)
    assert store.under_way == []
