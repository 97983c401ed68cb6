# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""The store's thread: calls in order, one transaction for those that write and wait together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Signal
from typing import Any, cast

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from printserver.errors import StoreBusy, StoreFull, UnknownQueue
from printserver.model.job import Job
from printserver.queue.storekeeper import MOST_TOGETHER, Storekeeper
from printserver.store import Spool
from printserver.store.contract import JobStore
from tests.contract.store_kit import SqliteShelf, a_job, with_queues


class Watched:
    """A store that notes how many calls share a transaction, and may refuse all of them."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self.shared: list[int] = []
        self.refusal: Exception | None = None

    def together(self, calls: Sequence[Callable[[], object]]) -> Sequence[object]:
        self.shared.append(len(calls))
        if self.refusal is not None:
            raise self.refusal
        return self._store.together(calls)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of the store
        return getattr(self._store, name)


class StorekeeperTest(TestCase):
    def setUp(self) -> None:
        place = TemporaryDirectory()
        self.addCleanup(place.cleanup)
        folder = Path(place.name)
        self.shelf = SqliteShelf(folder)
        self.store = Watched(with_queues(self.shelf.open()))
        self.keeper = Storekeeper(cast(Any, reactor), cast(JobStore, self.store), Spool(folder / "spool", os.urandom))
        self.pokes = 0
        self.keeper.after_write = self.poked
        self.keeper.start()
        self.stopped = False
        self.gate = Signal()

    def tearDown(self) -> None:
        self.gate.set()
        if not self.stopped:
            self.keeper.stop()

    def poked(self) -> None:
        self.pokes += 1

    def begin(self, call: Callable[[], object], *, writes: bool = True) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.keeper.write(call) if writes else self.keeper.read(call))

    def busy(self) -> Deferred[Any]:
        """Keep the store's thread busy until the gate is opened: what is asked meanwhile waits together."""
        return self.begin(lambda: self.gate.wait(10), writes=False)

    def rows(self) -> int:
        return len(self.shelf.rows("select id from jobs"))

    async def test_those_who_wait_share_one_transaction(self) -> None:
        waiting = self.busy()
        asked = [self.begin(partial(self.store.add_job, a_job())) for _ in range(10)]
        self.gate.set()
        await waiting
        jobs = [(await each).id for each in asked]
        self.assertEqual(self.store.shared, [10])
        self.assertEqual(len(set(jobs)), 10)
        self.assertEqual(self.rows(), 10)
        self.assertEqual(self.pokes, 10)

    async def test_a_batch_is_limited(self) -> None:
        waiting = self.busy()
        asked = [self.begin(partial(self.store.add_job, a_job())) for _ in range(MOST_TOGETHER + 2)]
        self.gate.set()
        await waiting
        for each in asked:
            await each
        self.assertEqual(self.store.shared, [MOST_TOGETHER, 2])

    async def test_one_that_fails_leaves_the_others_alone(self) -> None:
        waiting = self.busy()
        good, bad, other = (
            self.begin(partial(self.store.add_job, a_job(queue=queue))) for queue in ("card", "nowhere", "badge")
        )
        self.gate.set()
        await waiting
        self.assertIsInstance(await good, Job)
        await self.assertFailure(bad, UnknownQueue)
        self.assertIsInstance(await other, Job)
        self.assertEqual(self.rows(), 2)

    async def test_when_all_are_refused_each_is_tried_alone(self) -> None:
        self.store.refusal = StoreFull()
        waiting = self.busy()
        good, bad = self.begin(partial(self.store.add_job, a_job())), self.begin(_refused)
        self.gate.set()
        await waiting
        self.assertIsInstance(await good, Job)
        await self.assertFailure(bad, StoreBusy)
        self.assertEqual(self.rows(), 1)

    async def test_what_may_have_happened_is_not_done_again(self) -> None:
        refusal = StoreBusy()
        refusal.unsure = True
        self.store.refusal = refusal
        waiting = self.busy()
        asked = [self.begin(partial(self.store.add_job, a_job())) for _ in range(2)]
        self.gate.set()
        await waiting
        for each in asked:
            error = await self.assertFailure(each, StoreBusy)
            self.assertTrue(error.unsure)
        self.assertEqual(self.rows(), 0)

    async def test_calls_keep_their_order(self) -> None:
        waiting = self.busy()
        done: list[int] = []
        asked = [
            self.begin(partial(done.append, number), writes=number % 3 != 0) for number in range(20)
        ]
        self.gate.set()
        await waiting
        for each in asked:
            await each
        self.assertEqual(done, list(range(20)))

    async def test_a_stop_finishes_what_was_asked_for(self) -> None:
        waiting = self.busy()
        asked = [self.begin(partial(self.store.add_job, a_job())) for _ in range(3)]
        self.gate.set()
        self.stopped = True
        self.keeper.stop()
        self.assertEqual(self.rows(), 3)
        await waiting
        for each in asked:
            self.assertIsInstance(await each, Job)


def _refused() -> None:
    raise StoreBusy
