"""A deadline that honest bytes push away, with one timer for all the deadlines of a connection."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.task import Clock

from printserver.listeners.pace import Pace


class Late:
    def __init__(self) -> None:
        self.clock = Clock()
        self.count = 0
        self.pace = Pace(self.clock, self.happened)

    def happened(self) -> None:
        self.count += 1

    def after(self, seconds: float) -> int:
        self.clock.advance(seconds)
        return self.count


@pytest.fixture
def late() -> Late:
    return Late()


def test_a_deadline_without_a_rate_stands_whatever_comes(late: Late) -> None:
    late.pace.start(10)
    late.pace.got(1_000_000)
    assert late.after(9.9) == 0
    assert late.after(0.1) == 1
    assert late.after(1000) == 1


def test_bytes_push_a_deadline_away_at_their_rate(late: Late) -> None:
    late.pace.start(10, rate=100)
    late.pace.got(500)
    assert late.after(14.9) == 0
    assert late.after(0.2) == 1


def test_a_byte_a_second_is_not_enough(late: Late) -> None:
    late.pace.start(30, rate=8192)
    for _ in range(30):
        late.pace.got(1)
        late.after(1)
    assert late.after(0.1) == 1


@pytest.mark.parametrize(("first", "then"), [(10, 75), (75, 10)])
def test_a_new_deadline_takes_the_place_of_the_former(late: Late, first: float, then: float) -> None:
    late.pace.start(first)
    late.clock.advance(1)
    late.pace.start(then)
    assert late.after(then - 0.1) == 0
    assert late.after(0.2) == 1


def test_at_rest_nothing_is_late_and_the_next_deadline_counts(late: Late) -> None:
    late.pace.start(10)
    late.pace.rest()
    assert late.after(1000) == 0
    late.pace.start(5)
    assert late.after(5) == 1


def test_one_timer_serves_many_deadlines(late: Late, monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[float] = []
    real = late.clock.callLater

    def call_later(seconds: float, call: Callable[[], None]) -> object:
        timers.append(seconds)
        return real(seconds, call)

    monkeypatch.setattr(late.clock, "callLater", call_later)
    for _ in range(100):
        late.pace.start(75)
        late.pace.start(90)
        late.pace.rest()
    assert timers == [75]
    late.pace.stop()
    assert late.clock.getDelayedCalls() == []
