"""Workers that do not start, or not in time: no process runs here, a clock is turned by hand."""

import msgspec
import pytest
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

from printserver.errors import PluginBroken, PrintServerError, ServerBusy, WorkerFailed
from printserver.sandbox.answers import Ready, Refused, Rendered
from printserver.sandbox.frames import framed
from printserver.sandbox.limits import Limits
from printserver.sandbox.orders import RenderResult
from printserver.sandbox.pool import WorkerPool
from tests.sandbox.mischief_orders import order
from tests.sandbox.no_processes import Reactor

LIMITS = Limits(wall_seconds=10, start_seconds=20, orders=3)


def pool_of(reactor: Reactor, size: int = 1) -> tuple[WorkerPool, Deferred[None]]:
    pool = WorkerPool(reactor, size=size, limits=LIMITS, command=("worker",))
    return pool, ensureDeferred(pool.start())


def running(reactor: Reactor) -> WorkerPool:
    pool, started = pool_of(reactor)
    reactor.processes[0].says(Ready())
    assert started.called
    return pool


def failure(answer: Deferred[RenderResult] | Deferred[None]) -> PrintServerError:
    found: list[Failure] = []
    answer.addErrback(found.append)
    (only,) = found
    assert isinstance(only.value, PrintServerError)
    return only.value


def test_the_pool_has_started_when_its_first_worker_is_ready() -> None:
    reactor = Reactor()
    pool, started = pool_of(reactor, size=2)
    assert not started.called
    reactor.processes[1].says(Ready(("memory: some",), ("network: not permitted",)))
    assert started.called
    assert pool.describe() == ["memory: some", "NOT in force: network: not permitted"]


def test_an_order_waits_for_a_worker_to_become_ready() -> None:
    reactor = Reactor()
    pool, _ = pool_of(reactor)
    answer = ensureDeferred(pool.render(order()))
    assert reactor.processes[0].written == []
    reactor.processes[0].says(Ready())
    assert reactor.processes[0].written == [framed(msgspec.msgpack.encode(order()))]
    reactor.processes[0].says(Rendered(RenderResult()))
    answer.addCallback(lambda result: pytest.fail("no result") if result != RenderResult() else None)
    assert answer.called


def test_a_worker_that_cannot_load_its_packages_says_why() -> None:
    reactor = Reactor()
    _, started = pool_of(reactor, size=2)
    reactor.processes[0].says(Refused("plugin-broken", "no such module", "mine"))
    assert isinstance(failure(started), PluginBroken)
    assert all(process.killed for process in reactor.processes)
    assert reactor.getDelayedCalls() == []


def test_a_system_without_room_for_a_process_is_no_document_s_fault() -> None:
    reactor = Reactor()
    reactor.refuses = OSError(11, "Resource temporarily unavailable")
    error = failure(pool_of(reactor)[1])
    assert isinstance(error, ServerBusy)
    assert "Resource temporarily unavailable" in str(error)


def test_a_worker_that_never_becomes_ready_is_killed() -> None:
    reactor = Reactor()
    _, started = pool_of(reactor)
    reactor.advance(20)
    assert reactor.processes[0].killed
    assert "did not start within 20 s" in str(failure(started))


def test_a_card_ends_exactly_with_its_wall_time_and_the_next_has_its_own() -> None:
    reactor = Reactor()
    pool = running(reactor)
    late, next_one = (ensureDeferred(pool.render(order())) for _ in range(2))
    reactor.advance(9.9)
    assert not late.called
    reactor.advance(0.1)
    assert isinstance(failure(late), WorkerFailed)
    assert reactor.processes[0].killed
    reactor.processes[1].says(Ready())
    reactor.advance(9.9)
    reactor.processes[1].says(Rendered(RenderResult()))
    assert next_one.called
    assert reactor.getDelayedCalls() == []


def test_workers_that_die_at_birth_are_started_ever_more_slowly_and_orders_are_not_kept_waiting() -> None:
    reactor = Reactor()
    pool = running(reactor)
    reactor.processes[0].end()
    waiting = ensureDeferred(pool.render(order()))
    pauses = [1.0, 2.0, 4.0]
    for number, pause in enumerate(pauses, start=1):
        assert not waiting.called
        reactor.processes[number].end()
        reactor.advance(pause - 0.01)
        assert len(reactor.processes) == number + 1
        reactor.advance(0.01)
        assert len(reactor.processes) == number + 2
    error = failure(waiting)
    assert isinstance(error, ServerBusy)
    assert error.retry
    last = ensureDeferred(pool.render(order()))
    reactor.processes[-1].says(Ready())
    reactor.processes[-1].says(Rendered(RenderResult()))
    assert last.called


def test_a_worker_that_speaks_unasked_is_killed_and_replaced() -> None:
    reactor = Reactor()
    running(reactor)
    reactor.processes[0].says(Rendered(RenderResult()))
    assert reactor.processes[0].killed
    assert len(reactor.processes) == 2


def test_a_worker_that_asks_to_be_replaced_gets_no_further_order() -> None:
    reactor = Reactor()
    pool = running(reactor)
    first, second = (ensureDeferred(pool.render(order())) for _ in range(2))
    reactor.processes[0].says(Refused("worker-failed", "out of memory", spent=True))
    assert "out of memory" in str(failure(first))
    assert len(reactor.processes[0].written) == 1
    reactor.processes[1].says(Ready())
    reactor.processes[1].says(Rendered(RenderResult()))
    assert second.called


def test_an_answer_that_brings_the_next_order_at_once_is_no_confusion() -> None:
    reactor = Reactor()
    pool = running(reactor)
    results: list[RenderResult] = []

    async def one_after_the_other() -> None:
        for _ in range(LIMITS.orders + 1):
            results.append(await pool.render(order()))

    done = ensureDeferred(one_after_the_other())
    for _ in range(LIMITS.orders):
        reactor.processes[0].says(Rendered(RenderResult()))
    reactor.processes[1].says(Ready())
    reactor.processes[1].says(Rendered(RenderResult()))
    assert done.called
    assert len(results) == LIMITS.orders + 1


@pytest.mark.parametrize("size", [1, 3])
def test_a_stopped_pool_has_no_process_and_nothing_due(size: int) -> None:
    reactor = Reactor()
    pool, started = pool_of(reactor, size)
    reactor.processes[0].says(Ready())
    assert started.called
    stopped = ensureDeferred(pool.stop())
    assert stopped.called
    assert all(process.killed for process in reactor.processes)
    assert len(reactor.processes) == size
    assert reactor.getDelayedCalls() == []
