"""Running what plugins return: gates, observers, timed work, further doors.

Laws kept here:

1. An observer gets every journal row in order, at least once; its cursor moves only after it has returned.
2. A plugin's fault is logged with its name and tried again later; it never reaches a job or another plugin.
3. A gate that fails lets nobody pass unseen: its fault refuses the submission.
4. Two observers of one name would share a cursor and miss rows: neither is started, and both are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pluggy
import structlog
from twisted.internet.defer import Deferred

from printserver.errors import NotAllowed, PluginBroken
from printserver.extension.asking import each_of
from printserver.extension.handles import Handles
from printserver.extension.sections import Section
from printserver.extension.values import Decision, Listening, ObserverEntry, RouteEntry, TimedWork
from printserver.model.clock import Alarm, Clock
from printserver.model.event import Event
from printserver.queue.events import BATCH, EventHub
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import Submission

RETRY_SECONDS = 5.0

_log = structlog.get_logger("extension")


def gate_of(manager: pluggy.PluginManager) -> Callable[[Submission], bool]:
    """Return what asks all gates: True = hold the job; raises NotAllowed or PluginBroken to refuse it."""

    def ask(submission: Submission) -> bool:
        try:
            decisions: list[Decision] = manager.hook.printserver_job_gate(submission=submission)
            refused = [decision for decision in decisions if decision.refuse]
            hold = any(decision.hold for decision in decisions)
        except Exception as error:
            # law 3: whatever a gate raises or returns, nobody passes
            _log.exception("gate failed")
            raise PluginBroken(f"a gate failed: {type(error).__name__}") from error
        if refused:
            raise NotAllowed(refused[0].reason or "refused by the site's own rule")
        return hold

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
        if self._rests() and self._retry is not None:
            self._retry.cancel()

    def _rests(self) -> bool:
        """Tell whether the observer failed and is left alone for a while."""
        return self._retry is not None and self._retry.active()

    def _stir(self) -> None:
        self._again = True
        if not (self._running or self._ended or self._rests()):
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
            if not self._ended:
                self._retry = self._clock.callLater(RETRY_SECONDS, self._stir)
        finally:
            self._running = False

    async def _to_the_end(self) -> None:
        store, name = self._keeper.store, self._entry.name
        while rows := await self._hub.after(await self._keeper.read(store.cursor, name), BATCH):
            for row in rows:
                if self._ended:
                    return
                await self._give(row)

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

    def __init__(self, manager: pluggy.PluginManager, keeper: Storekeeper, hub: EventHub, handles: Handles,
                 sections: Mapping[str, Section]) -> None:
        """Ask `manager`; each plugin gets `handles` with its own of the `sections`."""
        self._manager, self._keeper, self._hub = manager, keeper, hub
        self._handles, self._sections = handles, sections
        self._runners: list[ObserverRunner | TimedRunner] = []
        self._closers: list[Callable[[], Awaitable[None]]] = []

    def handles_of(self, plugin: str) -> dict[str, object]:
        """Return what a plugin's hooks are called with."""
        section = self._sections.get(plugin, Section())
        return {"handles": replace(self._handles, config=section.table, section=section.form)}

    def routes(self) -> list[tuple[str, RouteEntry]]:
        """Return the routes of all plugins, each with its plugin's name."""
        return list(each_of(self._manager, "printserver_routes", RouteEntry, self.handles_of))

    async def start(self) -> None:
        """Start observers, timed work and further doors."""
        clock = self._handles.clock
        for observer in self._observers():
            self._runners.append(ObserverRunner(observer, self._keeper, self._hub, clock))
        for _, work in each_of(self._manager, "printserver_timed_work", TimedWork, self.handles_of):
            self._runners.append(TimedRunner(work, clock))
        for runner in self._runners:
            runner.start()
        for _, door in each_of(self._manager, "printserver_listeners", Listening, self.handles_of):
            await self._open(door)

    def _observers(self) -> list[ObserverEntry]:
        found = list(each_of(self._manager, "printserver_observers", ObserverEntry, self.handles_of))
        often = Counter(entry.name for _, entry in found)
        for plugin, entry in found:
            if often[entry.name] > 1:
                _log.error("two observers of one name; neither is started", observer=entry.name, plugin=plugin)
        return [entry for _, entry in found if often[entry.name] == 1]

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
            try:
                await close()
            except Exception:
                # law 2: a plugin's door that does not close keeps no other open
                _log.exception("door of a plugin did not close")
