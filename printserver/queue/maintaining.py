"""What people ask of a printer itself: maintenance that begins when no card is in it.

Laws kept here:

1. What a driver does not name is refused at once; so is everything while somebody has to look at the printer first.
2. A wish is kept in memory until it begins, and from then on in the store: a restart before that forgets it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from printserver.errors import NotPossibleNow, UnsupportedByPrinter
from printserver.model.printer import Decisions, PrinterState
from printserver.model.upkeep import MaintenanceAction, Work
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.deciding import check_said
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import By, PrinterView


class Maintaining:
    """Takes wishes for maintenance."""

    def __init__(self, keeper: Storekeeper, board: Board, workers: Mapping[str, PrinterWorker]) -> None:
        """`workers` are those of this node, by printer."""
        self._keeper, self._board, self._workers = keeper, board, workers

    def printer(self, printer: str) -> PrinterView:
        """Return a printer with its maintenance; raises UnknownPrinter."""
        return self._board.entry(printer).view()

    async def maintain(self, printer: str, action: MaintenanceAction, by: By) -> PrinterView:
        """Have a printer cleaned, calibrated, or its test card printed, after the card that is in it.

        Raises UnknownPrinter, UnsupportedByPrinter, NotPossibleNow.
        """
        entry = self._board.entry(printer)
        _check_action(entry, action)
        worker = self._worker(entry)
        _check_free(entry, worker)
        entry.work = Work(action=action, by=by.name, note=by.reason)
        worker.wake()
        return entry.view()

    async def cleaned(self, printer: str, by: By) -> PrinterView:
        """Take a person's word that they have cleaned a printer by hand; raises UnknownPrinter, NotPossibleNow."""
        entry = self._board.entry(printer)
        await self._keep(entry, self._keeper.store.upkeep.cleaned, by.name, by.reason)
        return entry.view()

    async def postpone(self, printer: str, cards: int, by: By) -> PrinterView:
        """Let a printer have so many cards more before it stops for want of cleaning.

        Raises UnknownPrinter, NotPossibleNow, NameNeeded, ReasonNeeded.
        """
        entry = self._board.entry(printer)
        check_said(Decisions.REASON, by)
        await self._keep(entry, self._keeper.store.upkeep.postpone, entry.cleaning.used + cards, by.name, by.reason)
        return entry.view()

    async def _keep(self, entry: PrinterEntry, call: Callable[..., None], *told: str | int) -> None:
        worker, name = self._worker(entry), entry.config.name
        await self._keeper.write(call, name, *told)
        entry.cleanliness = await self._keeper.read(self._keeper.store.upkeep.cleanliness, name)
        worker.wake()

    def _worker(self, entry: PrinterEntry) -> PrinterWorker:
        """Return who drives a printer; raises NotPossibleNow where that is another server."""
        worker = self._workers.get(entry.config.name)
        if worker is None or not entry.owned:
            other = entry.owner or "that server"
            raise NotPossibleNow(f"printer {entry.config.name} is driven by another server", allowed=other)
        return worker


def _check_action(entry: PrinterEntry, action: MaintenanceAction) -> None:
    if entry.capabilities.maintained(action) is None:
        can = ", ".join(each.action for each in entry.capabilities.maintenance)
        raise UnsupportedByPrinter(
            f"{entry.capabilities.title} is not told to {action} by this server", where="action",
            allowed=can or "nothing",
        )  # fmt: skip


def _check_free(entry: PrinterEntry, worker: PrinterWorker) -> None:
    name = entry.config.name
    if entry.work is not None:
        raise NotPossibleNow(f"printer {name} is told to {entry.work.action} already", allowed="when that is done")
    if entry.state in (PrinterState.OFFLINE, PrinterState.CONNECTING):
        raise NotPossibleNow(f"printer {name} is {entry.state}", allowed="when it can be reached")
    if worker.needs_a_look:
        raise NotPossibleNow(f"somebody has to look at printer {name} first", allowed="when it is clear")
