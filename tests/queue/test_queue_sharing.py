"""One maker for all who ask at the same time."""

from __future__ import annotations

import pytest
from twisted.internet.defer import CancelledError, Deferred

from printserver.errors import ServerBusy
from printserver.queue.sharing import Shared


class Bench:
    """Things in the making, each ended by the test."""

    def __init__(self) -> None:
        self.shared: Shared[str, int] = Shared()
        self.begun: list[Deferred[int]] = []

    def ask(self, key: str) -> Deferred[int]:
        return Deferred.fromCoroutine(self.shared.of(key, self.make))

    async def make(self) -> int:
        self.begun.append(Deferred())
        return await self.begun[-1]


def result(asked: Deferred[int]) -> list[int]:
    found: list[int] = []
    asked.addCallback(found.append)
    return found


def test_who_asks_for_the_same_thing_waits_for_the_same_maker() -> None:
    bench = Bench()
    first, second, other = (result(bench.ask(key)) for key in ("a", "a", "b"))
    assert len(bench.begun) == 2
    bench.begun[0].callback(1)
    assert (first, second, other) == ([1], [1], [])
    bench.begun[1].callback(2)
    assert other == [2]


def test_what_was_made_is_not_kept_here() -> None:
    bench = Bench()
    result(bench.ask("a"))
    bench.begun[0].callback(1)
    again = result(bench.ask("a"))
    bench.begun[1].callback(2)
    assert again == [2]


def test_its_error_reaches_all_and_the_next_one_tries_again() -> None:
    bench = Bench()
    asked = [bench.ask("a"), bench.ask("a")]
    errors = [each.addErrback(lambda failure: failure.trap(ServerBusy)) for each in asked]
    bench.begun[0].errback(ServerBusy())
    assert [each.result for each in errors] == [ServerBusy, ServerBusy]
    result(bench.ask("a"))
    assert len(bench.begun) == 2


@pytest.mark.parametrize("leaves", [0, 1])
def test_who_goes_away_takes_it_from_nobody(leaves: int) -> None:
    bench = Bench()
    asked = [bench.ask("a"), bench.ask("a")]
    asked[leaves].addErrback(lambda failure: failure.trap(CancelledError))
    asked[leaves].cancel()
    stays = result(asked[1 - leaves])
    bench.begun[0].callback(1)
    assert stays == [1]


def test_what_is_made_at_once_is_there_at_once() -> None:
    async def ready() -> int:
        return 7

    assert result(Deferred.fromCoroutine(Shared[str, int]().of("a", ready))) == [7]
