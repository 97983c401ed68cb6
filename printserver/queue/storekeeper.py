"""The store's own threads: every blocking call of store and spool goes through here.

Laws kept here:

1. The reactor thread never touches the database or the disk.
2. Store calls run one after another on one thread, in the order in which they were asked for.
3. Calls that write and wait together share one transaction, and so one wait for the disk; each is answered when that
   has happened, and one that fails leaves the others alone.
4. What may have happened, although nobody can tell, is never run again here.
5. After each call that may have written, those who read the journal are told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import ParamSpec, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from printserver.errors import ConfigurationError, StoreBusy, StoreDamaged
from printserver.model.clock import Clock
from printserver.queue.bell import Bell
from printserver.store.blob_spool import BlobSpool
from printserver.store.contract import JobStore

_P = ParamSpec("_P")
_T = TypeVar("_T")

SPOOL_THREADS = 8
"""They wait for the disk, mostly; a disk that is asked for several things at once does them in fewer turns."""
MOST_TOGETHER = 64
INSIST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call of the store that waits for its turn."""

    call: Callable[[], object]
    writes: bool
    answer: Deferred[object]


class Storekeeper:
    """Runs calls of one store and one spool on their threads."""

    def __init__(self, reactor: IReactorFromThreads, store: JobStore, spool: BlobSpool) -> None:
        """Keep store and spool; threads start with `start`.

        `after_write` is called after each call that may have written, `took` with the seconds from asking to answer.
        """
        self.store = store
        self.spool = spool
        self._reactor, self._clock = reactor, cast(Clock, reactor)
        self._store_pool = ThreadPool(1, 1, "store")
        self._spool_pool = ThreadPool(1, SPOOL_THREADS, "spool")
        self._lock = Lock()  # guards the two below
        self._asked: deque[_Asked] = deque()
        self._working = False
        self.after_write: Callable[[], None] = lambda: None
        self.took: Callable[[float], None] = lambda seconds: None

    def start(self) -> None:
        """Start the threads."""
        self._store_pool.start()
        self._spool_pool.start()

    def stop(self) -> None:
        """Finish what was asked for and end the threads."""
        self._store_pool.stop()
        self._spool_pool.stop()
        self.spool.close()
        self.store.close()

    async def read(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a call that only reads the store."""
        return cast(_T, await self._ask(partial(call, *args, **kwargs), writes=False))

    async def write(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a call that changes the store, then tell the readers of the journal."""
        result = await self._ask(partial(call, *args, **kwargs), writes=True)
        self.after_write()
        return cast(_T, result)

    async def on_disk(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a call that reads or writes the spool."""
        return cast(_T, await deferToThreadPool(self._reactor, self._spool_pool, call, *args, **kwargs))

    async def insist(self, question: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Ask the store something until it answers."""
        return await self.until_answered(partial(self.read, question, *args, **kwargs))

    async def insist_on_disk(self, question: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Ask the spool something until it answers."""
        return await self.until_answered(partial(self.on_disk, question, *args, **kwargs))

    async def until_answered(self, asked: Callable[[], Awaitable[_T]]) -> _T:
        """Ask something until the store answers, whatever keeps it from that."""
        while True:
            try:
                return await asked()
            except (StoreBusy, StoreDamaged, ConfigurationError):
                await Bell(self._clock).wait(INSIST_SECONDS)

    def _ask(self, call: Callable[[], object], *, writes: bool) -> Deferred[object]:
        answer, began = Deferred[object](), self._clock.seconds()
        answer.addBoth(self._timed, began)
        with self._lock:
            self._asked.append(_Asked(call, writes, answer))
            begin, self._working = not self._working, True
        if begin:
            self._store_pool.callInThread(self._work)
        return answer

    def _timed(self, answer: object, began: float) -> object:
        self.took(self._clock.seconds() - began)
        return answer

    # on the store's thread

    def _work(self) -> None:
        while some := self._next():
            outcomes = _outcomes(self.store, some)
            self._reactor.callFromThread(_answer, some, outcomes)

    def _next(self) -> Sequence[_Asked]:
        """Take what is to run next: one call that reads, or the calls in a row that write."""
        with self._lock:
            some: list[_Asked] = []
            while self._asked and len(some) < MOST_TOGETHER and (not some or _together(some[-1], self._asked[0])):
                some.append(self._asked.popleft())
            self._working = bool(some)
            return some


def _together(former: _Asked, next_one: _Asked) -> bool:
    return former.writes and next_one.writes


def _outcomes(store: JobStore, some: Sequence[_Asked]) -> Sequence[object]:
    """Return what each call returns, or a Failure."""
    if len(some) == 1:
        return [_outcome(some[0].call)]
    try:
        return [Failure(each) if isinstance(each, Exception) else each
                for each in store.together([asked.call for asked in some])]  # fmt: skip
    except Exception as error:
        if isinstance(error, StoreBusy) and error.unsure:
            return [Failure(error) for _ in some]  # it may all have happened: nothing is done a second time
        # what broke all of them (a full disk) may be the fault of one: each has its own transaction then
        return [_outcome(asked.call) for asked in some]


def _outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except Exception:
        return Failure()


def _answer(some: Sequence[_Asked], outcomes: Sequence[object]) -> None:
    for asked, outcome in zip(some, outcomes, strict=True):
        asked.answer.callback(outcome)
