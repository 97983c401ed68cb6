"""Looks into documents beside the cards that wait: no process runs here."""

import msgspec
import pytest
from msgspec.structs import replace
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.python.failure import Failure

from printserver.errors import ServerBusy
from printserver.sandbox.answers import Ready, Rendered
from printserver.sandbox.frames import framed
from printserver.sandbox.orders import CARDJOB_FACTS, PAGES, UNPACKED, RenderOrder, RenderResult
from printserver.sandbox.pool import WorkerPool
from tests.sandbox.mischief_orders import order
from tests.sandbox.no_processes import Process, Reactor

CARD = replace(order(), front=b"a card")
LOOK = replace(order(), front=b"a look", want=frozenset({PAGES}))
PACKED = replace(order(), front=b"packed", want=frozenset({UNPACKED}))
FACTS = replace(order(), front=b"facts", want=frozenset({CARDJOB_FACTS}))


def pool_of(reactor: Reactor, size: int, backlog: int = 9, looks: int = 9) -> WorkerPool:
    pool = WorkerPool(reactor, size=size, command=("worker",), backlog=backlog, looks=looks)
    ensureDeferred(pool.start())
    for process in reactor.processes:
        process.says(Ready())
    return pool


def asked(pool: WorkerPool, wanted: RenderOrder, priority: int | None = None) -> Deferred[RenderResult]:
    return ensureDeferred(pool.render(wanted, priority=priority))


def given(process: Process) -> list[bytes]:
    """The documents that a worker was given."""
    head = len(framed(b""))
    return [msgspec.msgpack.decode(each[head:], type=RenderOrder).front for each in process.written]


def refusal(answer: Deferred[RenderResult]) -> str:
    found: list[Failure] = []
    answer.addErrback(found.append)
    (only,) = found
    assert isinstance(only.value, ServerBusy)
    return str(only.value)


@pytest.mark.parametrize("look", [LOOK, FACTS, PACKED])
def test_of_two_workers_one_is_left_to_the_cards(look: RenderOrder) -> None:
    reactor = Reactor()
    pool = pool_of(reactor, 2)
    for _ in range(3):
        asked(pool, look, 100)
    first, second = reactor.processes
    assert given(first) == [look.front]
    assert given(second) == []
    asked(pool, CARD, 1)
    assert given(second) == [CARD.front]
    second.says(Rendered(RenderResult()))
    assert given(second) == [CARD.front]  # the first still looks
    first.says(Rendered(RenderResult()))
    assert given(first) == [look.front] * 2
    assert given(second) == [CARD.front]


def test_of_three_workers_two_may_look() -> None:
    reactor = Reactor()
    pool = pool_of(reactor, 3)
    for _ in range(3):
        asked(pool, LOOK)
    assert [len(process.written) for process in reactor.processes] == [1, 1, 0]


def test_a_lone_worker_looks_when_no_card_waits() -> None:
    reactor = Reactor()
    pool = pool_of(reactor, 1)
    asked(pool, CARD)
    asked(pool, LOOK, 100)
    asked(pool, CARD, 1)
    (worker,) = reactor.processes
    for _ in range(2):
        worker.says(Rendered(RenderResult()))
    assert given(worker) == [CARD.front, CARD.front, LOOK.front]


def test_a_worker_that_dies_over_a_look_lets_another_look() -> None:
    reactor = Reactor()
    pool = pool_of(reactor, 2)
    looks = [asked(pool, LOOK).addErrback(lambda _: None) for _ in range(2)]
    reactor.processes[0].end()
    assert looks[0].called
    assert given(reactor.processes[1]) == []
    reactor.processes[2].says(Ready())
    assert sum(len(process.written) for process in reactor.processes[1:]) == 1


def test_looks_take_no_place_of_a_card_nor_cards_of_a_look() -> None:
    reactor = Reactor()
    pool = pool_of(reactor, 1, backlog=1, looks=2)
    kept = [asked(pool, each) for each in (CARD, LOOK, LOOK)]
    assert refusal(asked(pool, LOOK)) == "2 documents wait to be looked into"
    kept.append(asked(pool, CARD))
    assert refusal(asked(pool, CARD)) == "1 cards wait to be prepared"
    assert not any(answer.called for answer in kept)


def test_a_look_that_nobody_waits_for_any_more_leaves_its_place() -> None:
    reactor = Reactor()
    pool = pool_of(reactor, 1, looks=1)
    asked(pool, CARD)
    gone = asked(pool, LOOK)
    gone.addErrback(lambda failure: failure.trap(CancelledError))
    gone.cancel()
    kept = asked(pool, LOOK)
    assert not kept.called
    assert refusal(asked(pool, LOOK))


def test_looks_that_wait_are_refused_when_the_server_stops() -> None:
    reactor = Reactor()
    pool = pool_of(reactor, 1)
    answers = [asked(pool, each) for each in (CARD, CARD, LOOK)]
    ensureDeferred(pool.stop())
    assert all("stopping" in refusal(answer) for answer in answers)
