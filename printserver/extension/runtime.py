"""Running what plugins return: gates, observers, timed work, further doors.

Laws kept here:

1. An observer gets every journal row in order, at least once; its cursor moves only after it has returned.
2. A plugin's fault is logged with its name and tried again later; it never reaches a job or another plugin.
3. A gate that fails lets nobody pass unseen: its fault refuses the submission.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pluggy
import structlog
from twisted.internet.defer import Deferred

from printserver.errors import NotAllowed, PluginBroken
from printserver.extension.handles import Handles
from printserver.extension.values import Decision, Listening, ObserverEntry, TimedWork
from printserver.model.clock import Alarm, Clock
from printserver.model.event import Event
from printserver.queue.events import BATCH, EventHub
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import Submission

RETRY_SECONDS = 5.0

_T = TypeVar("_T")

_log = structlog.get_logger("extension")


def gate_of(manager: pluggy.PluginManager) -> Callable[[Submission], bool]:
    """Return what asks all gates: True = hold the job; raises NotAllowed or PluginBroken to refuse it."""

    def ask(submission: Submission) -> bool:
        try:
            decisions: list[Decision] = manager.hook.printserver_job_gate(submission=submission)
        except Exception as error:
            # law 3: whatever a gate raises, nobody passes
            raise PluginBroken(f"a gate failed: {type(error).__name__}") from error
        for decision in decisions:
            if decision.refuse:
                raise NotAllowed(decision.reason or "refused by the site's own rule")
        return any(decision.hold for decision in decisions)

    return ask


class ObserverRunner:
    """Brings one observer up to the journal's end, again and again."""

    def __init__(self, entry: ObserverEntry, keeper: Storekeeper, hub: EventHub, clock: Clock) -> None:
        """Read the journal through `hub`; keep the cursor in the store."""
        self._entry, self._keeper, self._hub, self._clock = entry, keeper, hub, clock
        self._running = self._again = self._ended = False
        self._unsubscribe: Callable[[], None] | None = None
        self._retry: Alarm | None = None

    def start(self) -> None:
        """Catch up, then follow."""
        self._unsubscribe = self._hub.subscribe(lambda event: self._stir())
        self._stir()

    def stop(self) -> None:
        """Follow no more; the cursor stays where it is."""
        self._ended = True
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._retry is not None and self._retry.active():
            self._retry.cancel()

    def _stir(self) -> None:
        self._again = True
        if not self._running and not self._ended:
            self._running = True
            Deferred.fromCoroutine(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            while self._again and not self._ended:
                self._again = False
                await self._to_the_end()
        except Exception:
            # law 2: an observer is foreign code; it is given the same row again later
            _log.exception("observer failed", observer=self._entry.name)
            self._retry = self._clock.callLater(RETRY_SECONDS, self._stir)
        finally:
            self._running = False

    async def _to_the_end(self) -> None:
        store, name = self._keeper.store, self._entry.name
        while rows := await self._hub.after(await self._keeper.read(store.cursor, name), BATCH):
            for row in rows:
                await self._give(row)
            if self._ended:
                return

    async def _give(self, row: Event) -> None:
        await self._entry.observe(row)
        await self._keeper.read(self._keeper.store.move_cursor, self._entry.name, row.id)


class TimedRunner:
    """Does one piece of work again and again, never twice at once."""

    def __init__(self, work: TimedWork, clock: Clock) -> None:
        """Measure time by `clock`."""
        self._work, self._clock = work, clock
        self._alarm: Alarm | None = None
        self._ended = False

    def start(self) -> None:
        """Do it first after one period."""
        if not self._ended:
            self._alarm = self._clock.callLater(self._work.seconds, self._begin)

    def stop(self) -> None:
        """Do it no more."""
        self._ended = True
        if self._alarm is not None and self._alarm.active():
            self._alarm.cancel()

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._once())

    async def _once(self) -> None:
        try:
            await self._work.work()
        except Exception:
            # law 2: one failure of a plugin's work does not end the next
            _log.exception("timed work failed", work=self._work.name)
        self.start()


class Extensions:
    """Everything that plugins run beside the queue."""

    def __init__(self, manager: pluggy.PluginManager, keeper: Storekeeper, hub: EventHub) -> None:
        """Ask `manager` when `start` is called."""
        self._manager, self._keeper, self._hub = manager, keeper, hub
        self._runners: list[ObserverRunner | TimedRunner] = []
        self._closers: list[Callable[[], Awaitable[None]]] = []

    async def start(self, handles: Handles) -> None:
        """Start observers, timed work and further doors."""
        hook = self._manager.hook
        for observer in _flat(hook.printserver_observers(handles=handles)):
            self._runners.append(ObserverRunner(observer, self._keeper, self._hub, handles.clock))
        for work in _flat(hook.printserver_timed_work(handles=handles)):
            self._runners.append(TimedRunner(work, handles.clock))
        for runner in self._runners:
            runner.start()
        for door in _flat(hook.printserver_listeners(handles=handles)):
            await self._open(door)

    async def _open(self, door: Listening) -> None:
        try:
            self._closers.append(await door.start())
        except Exception:
            # law 2: a plugin's door that does not open is named; the others do
            _log.exception("door of a plugin did not open", door=door.name)

    async def stop(self) -> None:
        """Close the doors and end the rest."""
        for runner in self._runners:
            runner.stop()
        for close in self._closers:
            await close()


def _flat(lists: Sequence[Sequence[_T]]) -> list[_T]:
    return [each for some in lists for each in some]
