"""A few workers, and the orders that wait for them.

Laws kept here:

1. Orders go by priority, then in the order in which they came; more than `backlog` waiting ones are refused. Looks into
   documents go after all cards, wait in places of their own, and leave a worker to the cards, where there are two.
2. A worker that is gone takes its own order with it and no other; it is replaced.
3. A worker is replaced after a number of orders, so that nothing that one document left behind lives for long.
4. No worker that starts is not a document's fault: what waits is refused with ServerBusy, which may be tried again.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger
from twisted.python.failure import Failure

from printserver.errors import PrintServerError, ServerBusy
from printserver.sandbox.answers import Ready
from printserver.sandbox.backlog import Backlog
from printserver.sandbox.command import worker_command, worker_environment
from printserver.sandbox.limits import Limits
from printserver.sandbox.orders import RenderOrder, RenderResult
from printserver.sandbox.process import Life, WorkerProcess
from printserver.sandbox.reactor import Call, Clock, Reactor

BACKLOG, LOOKS = 256, 64
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STARTS_BEFORE_REFUSAL = 3


class WorkerPool:
    """Renders orders in sandboxed processes."""

    log = Logger()

    def __init__(
        self, reactor: Reactor, *, size: int = 2, limits: Limits | None = None, command: Sequence[str] | None = None,
        clock: Clock | None = None, backlog: int = BACKLOG, looks: int = LOOKS,
    ) -> None:
        """Start `size` processes of `command` by `reactor`; deadlines run by `clock`, else by the reactor.

        `gone` counts the workers that ended by themselves.
        """
        self._reactor = reactor
        self._clock = clock or reactor
        self._size = size
        self._limits = limits or Limits()
        self._command = tuple(command or worker_command(self._limits))
        self._backlog = Backlog(backlog, looks)
        self._workers: list[WorkerProcess] = []
        self._ending: list[WorkerProcess] = []
        self._looking: set[WorkerProcess] = set()
        self._running = False
        self._first: Deferred[None] | None = None
        self._failed_starts = 0
        self._restarts: set[Call] = set()
        self._fences = Ready()
        self.gone = 0

    async def start(self) -> None:
        """Start the workers and wait for the first; raises what keeps it from starting."""
        self._running = True
        first: Deferred[None] = Deferred()
        self._first = first
        for _ in range(self._size):
            self._spawn()
        try:
            await first
        except PrintServerError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End all workers and refuse what waits or is under way with ServerBusy; it was not done."""
        self._running = False
        stopping = ServerBusy("the server is stopping")
        for call in self._restarts:
            call.cancel()
        self._restarts.clear()
        self._backlog.refuse(stopping)
        for worker in [*self._workers, *self._ending]:
            worker.kill(stopping)
        await gatherResults([worker.ended for worker in list(self._ending)])

    async def render(self, order: RenderOrder, *, priority: int | None = None) -> RenderResult:
        """Render one card; `priority` 1 to 100 (None = the ticket's), the highest goes first.

        Raises the order's typed error, WorkerFailed (crashed or overran its limits), ServerBusy (not tried).
        """
        if not self._running:
            raise ServerBusy("no worker is running")
        answer = self._backlog.add(order, order.ticket.priority if priority is None else priority)
        self._hand_out()
        return await answer

    def describe(self) -> list[str]:
        """Say in words which limits the workers run under, and which the system did not give."""
        return [*self._fences.in_force, *(f"NOT in force: {name}" for name in self._fences.missing)]

    # What workers tell --------------------------------------------------------------------------------------------

    def worker_ready(self, worker: WorkerProcess, ready: Ready) -> None:
        """Take a new worker in."""
        self._fences = ready
        self._failed_starts = 0
        first, self._first = self._first, None
        if first is not None:
            first.callback(None)
        self._hand_out()

    def worker_free(self, worker: WorkerProcess) -> None:
        """Give a worker its next order, or replace it when it has done enough."""
        if worker.spent:
            self._set_aside(worker)
            worker.leave()
            self._spawn()
        self._hand_out()

    def worker_gone(self, worker: WorkerProcess, reason: PrintServerError, was_ready: bool) -> None:
        """Replace a worker that ended; one that never was ready is replaced after a pause."""
        if worker not in self._workers:
            return
        self._set_aside(worker)
        if not self._running:
            return
        self.gone += 1
        self.log.warn("a worker is gone and is replaced: {reason}", reason=reason.sentence())
        if was_ready:
            self._spawn()
        else:
            self._start_failed(reason)

    # Inside -------------------------------------------------------------------------------------------------------

    def _spawn(self) -> None:
        if not self._running:
            return
        worker = WorkerProcess(self, self._clock, self._limits)
        self._workers.append(worker)
        try:
            worker.start(self._reactor, self._command, worker_environment())
        except OSError as error:
            worker.ended.callback(None)
            worker.kill(ServerBusy(f"no worker can be started: {error.strerror}"))

    def _start_failed(self, reason: PrintServerError) -> None:
        self._failed_starts += 1
        if self._first is not None:
            first, self._first = self._first, None
            first.errback(Failure(reason))
            return
        if self._failed_starts >= STARTS_BEFORE_REFUSAL:
            self._backlog.refuse(ServerBusy(f"no worker can be started: {reason.sentence()}"))
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failed_starts, 10))
        call = self._clock.callLater(pause, self._restart)
        self._restarts.add(call)

    def _restart(self) -> None:
        self._restarts = {call for call in self._restarts if call.active()}
        self._spawn()

    def _set_aside(self, worker: WorkerProcess) -> None:
        self._workers.remove(worker)
        self._ending.append(worker)
        worker.ended.addCallback(lambda _: self._ending.remove(worker))

    def _hand_out(self) -> None:
        self._looking = {worker for worker in self._looking if worker.life is Life.BUSY}
        for worker in self._workers:
            if worker.life is Life.IDLE and (waiting := self._backlog.next(looks=self._may_look())) is not None:
                if waiting.look:
                    self._looking.add(worker)
                worker.do(waiting.message, waiting.answer)

    def _may_look(self) -> bool:
        """Tell whether one more worker may look into a document: one is left to the cards, but for a lone one."""
        return len(self._looking) < max(1, self._size - 1)
