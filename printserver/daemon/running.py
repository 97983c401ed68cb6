"""What is running: how it is ended, how several things are begun at once, how a call that blocks is made.

Laws kept here:

1. A part that cannot be closed does not keep the others open.
2. Several things begun at once are all waited for before the first failure is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar, cast

import structlog
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(slots=True)
class Undo:
    """What must be closed, newest first."""

    steps: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    async def all(self) -> None:
        """Close everything; one failure does not keep the rest open."""
        while self.steps:
            try:
                await self.steps.pop()()
            except Exception:
                # law 1: a part that cannot be closed must not keep the others open
                structlog.get_logger("daemon").exception("part not closed")


@dataclass(frozen=True, slots=True)
class Threads:
    """Runs calls that block in the reactor's own threads."""

    reactor: Any  # a Twisted reactor: its interfaces are zope's, which no type checker reads

    async def __call__(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a call in a thread and return what it returns."""
        return cast(_T, await deferToThreadPool(self.reactor, self.reactor.getThreadPool(), call, *args, **kwargs))


async def all_of(works: Iterable[Awaitable[object]]) -> None:
    """Do all at once and wait for all; then raise the first failure, if there was one."""
    begun = [Deferred.fromCoroutine(_awaited(work)) for work in works]
    ends = await DeferredList(begun, consumeErrors=True)
    for well, end in ends:
        if not well and isinstance(end, Failure):
            end.raiseException()


async def _awaited(work: Awaitable[_T]) -> _T:
    return await work
