"""One blocking call in a thread of its own, with a deadline.

Laws kept here:

1. The reactor's thread never waits: the answer comes as a Deferred, or the deadline passes.
2. A call that came too late, or that nobody waits for any more, gives its result to `late`, so that what it opened
   is closed again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred

from printserver.dialogue import DialogueFault
from printserver.transport.link import Reactor

Result = TypeVar("Result")


def _forget(_result: object) -> None:
    """Let a late result go."""


class _Call(Generic[Result]):
    """One call under way; who is first, the result or the deadline, decides."""

    def __init__(
        self, reactor: Reactor, work: Callable[[], Result], overdue: DialogueFault, late: Callable[[Result], object]
    ) -> None:
        self._reactor, self._work, self._overdue, self._late = reactor, work, overdue, late
        self._turn = threading.Lock()
        self._decided = False
        self.told: Deferred[Result] = Deferred(self._called_off)

    def start(self, name: str, deadline: float) -> None:
        alarm = self._reactor.callLater(deadline, self._give_up)
        self.told.addBoth(_stopping(alarm.cancel, alarm.active))
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            result = self._work()
        except BaseException as error:
            # whatever a library raises belongs to whoever waits; with nobody waiting it is of no use
            if self._decide():
                self._reactor.callFromThread(self._failed, error)
            return
        if self._decide():
            self._reactor.callFromThread(self._came, result)
        else:
            self._late(result)

    def _came(self, result: Result) -> None:
        if self.told.called:  # called off while the result was on its way
            threading.Thread(target=self._late, args=(result,), daemon=True).start()
        else:
            self.told.callback(result)

    def _failed(self, error: BaseException) -> None:
        if not self.told.called:
            self.told.errback(error)

    def _called_off(self, _told: Deferred[Result]) -> None:
        self._decide()

    def _give_up(self) -> None:
        if self._decide():
            self.told.errback(self._overdue)

    def _decide(self) -> bool:
        """Tell once, to the first who asks, that it is theirs to end the call."""
        with self._turn:
            first, self._decided = not self._decided, True
            return first


def _stopping(cancel: Callable[[], object], active: Callable[[], bool]) -> Callable[[Result], Result]:
    def pass_on(result: Result) -> Result:
        if active():
            cancel()
        return result

    return pass_on


def apart(
    reactor: Reactor,
    work: Callable[[], Result],
    *,
    name: str,
    deadline: float,
    overdue: DialogueFault,
    late: Callable[[Result], object] = _forget,
) -> Deferred[Result]:
    """Return what `work` returns or raises; after `deadline` seconds it fails with `overdue`."""
    call = _Call(reactor, work, overdue, late)
    call.start(name, deadline)
    return call.told
