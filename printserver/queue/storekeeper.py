"""The store's own threads: every blocking call of store and spool goes through here.

Laws kept here:

1. The reactor thread never touches the database or the disk.
2. Store calls run one after another on one thread, in the order in which they were asked for.
3. After each call that may have written, those who read the journal are told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from printserver.store.contract import JobStore
from printserver.store.spool import Spool

_P = ParamSpec("_P")
_T = TypeVar("_T")

SPOOL_THREADS = 2


class Storekeeper:
    """Runs calls of one store and one spool on their threads."""

    def __init__(self, reactor: IReactorFromThreads, store: JobStore, spool: Spool) -> None:
        """Keep store and spool; threads start with `start`."""
        self.store = store
        self.spool = spool
        self._reactor = reactor
        self._store_pool = ThreadPool(1, 1, "store")
        self._spool_pool = ThreadPool(1, SPOOL_THREADS, "spool")
        self.after_write: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Start the threads."""
        self._store_pool.start()
        self._spool_pool.start()

    def stop(self) -> None:
        """Finish what was asked for and end the threads."""
        self._store_pool.stop()
        self._spool_pool.stop()
        self.store.close()

    async def read(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a call that only reads the store."""
        return cast(_T, await deferToThreadPool(self._reactor, self._store_pool, call, *args, **kwargs))

    async def write(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a call that changes the store, then tell the readers of the journal."""
        result = await self.read(call, *args, **kwargs)
        self.after_write()
        return result

    async def on_disk(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a call that reads or writes the spool."""
        return cast(_T, await deferToThreadPool(self._reactor, self._spool_pool, call, *args, **kwargs))
