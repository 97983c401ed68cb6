"""Who may not see all follows the journal from its beginning: in slices, and the store stays free for others.

The service here is real, on a real store; each call of the store waits in one row, as on the store's own thread, and
is made when the test says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import pytest
from twisted.internet.defer import Deferred

from printserver.listeners.access.guard import GuardedService
from printserver.listeners.access.table import Identity, now_asks
from printserver.model.account import Role
from printserver.model.event import Event
from tests.queue.queue_kit import InlineKeeper, World, world

P = ParamSpec("P")
T = TypeVar("T")
ROWS = 50
"""So many rows are asked for at once."""
OWNERS = 100
"""Of so many jobs at most the owners are looked up in one turn."""
FOREIGN = 230


class Turns:
    """Calls of the store that wait for their turn; `done` names those that have had it, and how much each answered."""

    def __init__(self, keeper: InlineKeeper) -> None:
        self._waiting: deque[Deferred[None]] = deque()
        self._read = keeper.read
        self.done: list[tuple[str, int]] = []
        cast(Any, keeper).read = self._queued

    async def _queued(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        turn = Deferred[None]()
        self._waiting.append(turn)
        await turn
        answer = await self._read(call, *args, **kwargs)
        self.done.append((call.__name__, len(cast(Any, answer)) if hasattr(answer, "__len__") else 1))
        return answer

    def next(self) -> None:
        self._waiting.popleft().callback(None)

    def all(self) -> None:
        while self._waiting:
            self.next()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A long history of others, with one job of Sari's at its beginning and one at its end."""
    found = world(tmp_path)
    found.submit(user="sari", hold=True)
    for number in range(FOREIGN):
        found.submit(user=f"other{number % 7}", hold=True, copies=3)
    found.submit(user="sari", hold=True)
    yield found
    now_asks(None)


def asked(work: Coroutine[Any, Any, T]) -> list[T]:
    answers: list[T] = []
    Deferred.fromCoroutine(work).addCallback(answers.append)
    return answers


def walked(service: GuardedService, turns: Turns) -> list[Event]:
    """Read the whole journal, as a stream does."""
    found: list[Event] = []
    while True:
        answer = asked(service.events(found[-1].id if found else 0, ROWS))
        turns.all()
        if not answer[0]:
            return found
        found += answer[0]


def test_a_long_history_of_others_takes_few_turns_of_the_store_and_none_is_long(here: World) -> None:
    rows, jobs = here.do(here.service.last_event()), FOREIGN + 2
    turns = Turns(here.life.keeper)
    now_asks(Identity("sari", Role.SUBMIT))
    found = walked(GuardedService(cast(Any, here.service)), turns)
    assert [event for event in found if event.subject == "1"]
    assert rows > 3 * ROWS
    slices = -(-rows // ROWS) + 1
    assert len(turns.done) <= 2 * slices + -(-jobs // OWNERS)
    assert {name for name, _ in turns.done} == {"events", "owners"}
    assert max(size for name, size in turns.done if name == "events") <= ROWS
    assert max(size for name, size in turns.done if name == "owners") <= OWNERS


def test_an_owner_that_is_known_is_not_asked_for_again(here: World) -> None:
    turns, service = Turns(here.life.keeper), GuardedService(cast(Any, here.service))
    now_asks(Identity("sari", Role.SUBMIT))
    walked(service, turns)
    turns.done.clear()
    walked(service, turns)
    assert {name for name, _ in turns.done} == {"events"}


def test_who_sees_all_asks_for_no_owner(here: World) -> None:
    turns = Turns(here.life.keeper)
    now_asks(Identity("omar", Role.OPERATE))
    found = walked(GuardedService(cast(Any, here.service)), turns)
    assert [event.id for event in found] == list(range(1, len(found) + 1))
    assert {name for name, _ in turns.done} == {"events"}


def test_another_has_its_turn_after_the_next_slice(here: World) -> None:
    turns = Turns(here.life.keeper)
    now_asks(Identity("sari", Role.SUBMIT))
    walking: Sequence[object] = asked(GuardedService(cast(Any, here.service)).events(0))
    now_asks(None)
    for _ in range(3):
        assert not walking
        other = asked(here.service.job(1))
        turns.next()
        turns.next()
        assert other
    turns.all()
    assert walking
    assert max(size for name, size in turns.done if name == "owners") <= OWNERS
