"""What other nodes of one store have done, as far as this node's printers and memory have to follow it.

Laws kept here:

1. The journal is the only messenger: what is missed is found again where this node looks by itself.
2. Nothing is decided here: workers are woken, and look into the store.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import structlog
from twisted.internet.defer import Deferred

from printserver.errors import PrintServerError
from printserver.model.event import Event
from printserver.model.job import CardState
from printserver.queue.board import Board
from printserver.queue.clearing import Clearing
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.doubts import SET_ASIDE
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import By

_Background = Callable[[Coroutine[Deferred[Any], Any, Any], str], None]


class Neighbours:
    """Follows the rows of other nodes."""

    def __init__(
        self, keeper: Storekeeper, board: Board, workers: Mapping[str, PrinterWorker],
        background: _Background,
    ) -> None:  # fmt: skip
        """`background` runs what takes longer, and logs its failure under a name."""
        self._keeper, self._board, self._workers = keeper, board, workers
        self._clearing = Clearing(keeper, board, workers)
        self._background = background
        self._log = structlog.get_logger("neighbours")

    def heed(self, event: Event) -> None:
        """Follow one row."""
        if event.node == self._keeper.store.node:
            return
        if event.kind == "job":
            for worker in tuple(self._workers.values()):
                if event.what != "state" or self._in_order():
                    worker.wake()
                if event.what == "cancel-wanted":
                    worker.cancel(int(event.subject))
        elif event.kind == "card":
            self._card(event)
        elif event.kind == "printer" and event.what == "cleared":
            self._cleared(event)
        elif event.kind == "queue" or (event.kind == "printer" and event.what in ("added", "changed")):
            self._background(self.reload(), "reload queues")

    def _card(self, event: Event) -> None:
        job, _, card = event.subject.partition("/")
        for worker in tuple(self._workers.values()):
            if event.what == SET_ASIDE:
                worker.settled(int(job), int(card))
            elif event.data.get("state") == CardState.QUEUED or self._in_order():
                worker.wake()

    def _in_order(self) -> bool:
        """Tell whether a card may wait here for another one's end; else only cards that come back are worth a look."""
        return any(view.config.ordered for view in self._board.queues())

    def _cleared(self, event: Event) -> None:
        """A person has said at another node that the path of a printer is empty that this one has."""
        name = event.subject
        if name in self._workers and self._board.entry(name).owned:
            by = By(str(event.data.get("by") or ""), str(event.data.get("note") or ""))
            self._background(self._clearing.clear(name, by), "clear printer")

    async def reload(self) -> None:
        """Take over printers that were added or retired, and queues that were changed, elsewhere."""
        known = {entry.config.name for entry in self._board.entries()}
        for printer in await self._keeper.read(self._keeper.store.printers):
            if printer.name not in known and not printer.retired:
                self._adopt(printer.name, partial(self._board.adopt, printer))
        queues = {view.config.name: view.config for view in self._board.queues()}
        for queue in await self._keeper.read(self._keeper.store.queues):
            if queues.get(queue.name) != queue:
                self._adopt(queue.name, partial(self._board.put_queue, queue))
        serving = {name for view in self._board.queues() for name in view.config.printers}
        for printer in await self._keeper.read(self._keeper.store.printers):
            if printer.retired and printer.name not in serving and printer.name not in self._workers:
                self._board.drop(printer.name)
        for worker in tuple(self._workers.values()):
            worker.wake()

    def _adopt(self, name: str, step: Callable[[], object]) -> None:
        try:
            step()
        except PrintServerError as error:
            # a driver, say, that this node has not: the others go on with it
            self._log.warning("another server's declaration cannot be followed", name=name, detail=error.sentence())
