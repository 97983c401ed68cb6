"""Blanks and ribbon of printers: what is counted, what the device tells, how far it reaches, and closing a shift.

Laws kept here:

1. Where the device tells what is left, its word and the count are both shown, and a difference is said.
2. A forecast is made only where every printer that may take the cards is known to have so many left.
3. A shift is not closed while a card is in the printer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from printserver.errors import NotPossibleNow, PrintServerError
from printserver.model.cost import JobUse
from printserver.model.job import CardState, Job, Reason
from printserver.model.supply import Forecast, Shift, Spending, Supply, SupplyCount, SupplyKind, forecast
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.costing import use_of
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import By, SupplyView

WILL_END = {SupplyKind.RIBBON: "ribbon-will-end", SupplyKind.BLANKS: "blanks-will-end"}
_TO_COME = (CardState.QUEUED, CardState.RENDERING, CardState.READY)


class Jobs(Protocol):
    """What this needs of the job service."""

    async def job(self, job: int) -> Job:
        """Return a job."""
        ...


class Supplies:
    """What people enter and ask about blanks and ribbon."""

    def __init__(self, keeper: Storekeeper, board: Board, jobs: Jobs) -> None:
        """Keep counts through `keeper`; `board` knows what devices tell."""
        self._keeper, self._board, self._jobs = keeper, board, jobs

    async def supplies(self, printer: str) -> Sequence[SupplyView]:
        """Return blanks and ribbon of a printer; raises UnknownPrinter."""
        entry = self._board.entry(printer)
        counts = await self._keeper.read(self._keeper.store.supplies.counts)
        return supply_views(entry, [count for count in counts if count.printer == printer])

    async def shift(self, printer: str) -> Shift | None:
        """Return what became of the blanks since the last shift was closed, None where none were entered."""
        self._board.entry(printer)
        return await self._keeper.read(self._keeper.store.supplies.shift, printer)

    async def load_blanks(self, printer: str, count: int, by: By) -> None:
        """So many blanks were put into the hopper."""
        self._board.entry(printer)
        await self._keeper.write(self._keeper.store.supplies.load, printer, count, by.name, by.reason)

    async def count_blanks(self, printer: str, left: int, by: By) -> None:
        """So many blanks are in the hopper now: somebody has counted them."""
        self._board.entry(printer)
        await self._keeper.write(self._keeper.store.supplies.recount, printer, left, by.name, by.reason)

    async def spend_blanks(self, printer: str, what: Spending, count: int, by: By) -> None:
        """Blanks went to a test card or to cleaning."""
        self._board.entry(printer)
        await self._keeper.write(self._keeper.store.supplies.spend, printer, what, count, by.name, by.reason)

    async def change_ribbon(self, printer: str, roll: str, cards: int | None, left: int | None, by: By) -> None:
        """Another roll was put in: its id, for how many cards it is, and how many are left of them."""
        entry = self._board.entry(printer)
        name = entry.status.ribbon if entry.status and entry.status.ribbon else entry.config.ribbon
        write, store = self._keeper.write, self._keeper.store
        whole = cards or entry.config.ribbon_cards or None
        await write(store.supplies.change_ribbon, printer, name, roll, whole, by.name, by.reason, left)

    async def close_shift(self, printer: str, left: int, by: By) -> Shift:
        """Book a count of the hopper; raises NotPossibleNow, ReasonNeeded, NameNeeded."""
        entry = self._board.entry(printer)
        if entry.card is not None:
            raise NotPossibleNow(f"card {entry.card} is in printer {printer}", allowed="when it is out")
        return await self._keeper.write(self._keeper.store.supplies.close_shift, printer, left, by.name, by.reason)

    async def forecasts(self, job: int) -> Sequence[Forecast]:
        """Return whether ribbon and blanks suffice for what a job still needs, as far as that is known."""
        found = await self._jobs.job(job)
        if not any(card.state in _TO_COME for card in found.cards):
            return ()
        counts = await self._keeper.read(self._keeper.store.supplies.counts)
        printers = self._board.queue_config(found.queue).printers
        queues = tuple(view.config.name for view in self._board.queues() if set(view.config.printers) & set(printers))
        ahead = await self._keeper.read(self._keeper.store.supplies.ahead, found, queues)
        return _forecasts(found, [self._board.entry(name) for name in printers], counts, ahead)

    async def use(self, job: int) -> JobUse:
        """Return what a job has taken of blanks and ribbon so far, and what that costs."""
        return use_of(await self._jobs.job(job), self._board)

    async def warned(self, job: Job) -> Job:
        """Return a job that was just accepted with what warns of its not ending with what is loaded."""
        if not self._board.counted or job.incoming or job.state.final:
            return job
        try:
            found = await self.forecasts(job.id)
        except PrintServerError:
            return job  # it is accepted, whatever cannot be said of it now
        told = tuple(Reason(WILL_END[each.kind], in_words(each)) for each in found if each.ends_at is not None)
        return replace(job, warnings=told)


def in_words(found: Forecast) -> str:
    """Return a forecast that does not suffice as one sentence."""
    what = "ribbon" if found.kind is SupplyKind.RIBBON else "blanks"
    where = f" in {', '.join(found.printers)}" if found.printers else ""
    verb = "ends" if found.kind is SupplyKind.RIBBON else "end"
    if not found.ends_at:
        return f"{what}{where} {verb} before the first card of this batch: {found.short} cards will find none"
    return f"{what}{where} {verb} at card {found.ends_at} of this batch: {found.short} cards will find none"


def _forecasts(
    job: Job, entries: Sequence[PrinterEntry], counts: Sequence[SupplyCount], ahead: int
) -> list[Forecast]:
    numbers = [card.number for card in job.cards if card.state in _TO_COME]
    found = []
    for kind in (SupplyKind.RIBBON, SupplyKind.BLANKS):
        known = [_known_left(entry, kind, counts) for entry in entries]
        lefts = [left for left, _ in known if left is not None]
        if lefts and len(lefts) == len(known):
            names = [entry.config.name for entry in entries]
            told = all(by_device for _, by_device in known)
            found.append(forecast(kind, sum(lefts), ahead, numbers, printers=names, told=told))
    return found


def _known_left(entry: PrinterEntry, kind: SupplyKind, counts: Sequence[SupplyCount]) -> tuple[int | None, bool]:
    """Return how many cards a printer has something for, and whether its device says so; the smaller of two words."""
    told = told_of(entry, kind)
    count = next((each for each in counts if (each.printer, each.kind) == (entry.config.name, kind)), None)
    lefts = [left for left in (told.remaining if told else None, count.left if count else None) if left is not None]
    return (min(lefts) if lefts else None), bool(told and told.remaining is not None)


def told_of(entry: PrinterEntry, kind: SupplyKind) -> Supply | None:
    """Return what a device told last of a kind of supply."""
    supplies = entry.status.supplies if entry.status else ()
    return next((supply for supply in supplies if supply.kind is kind), None)


def supply_views(entry: PrinterEntry, counts: Sequence[SupplyCount]) -> list[SupplyView]:
    """Return what is known of a printer's blanks and ribbon."""
    return [_view(entry, kind, counts) for kind in (SupplyKind.BLANKS, SupplyKind.RIBBON)]


def _view(entry: PrinterEntry, kind: SupplyKind, counts: Sequence[SupplyCount]) -> SupplyView:
    count = next((each for each in counts if each.kind is kind), None)
    told = told_of(entry, kind)
    name = (told.name if told else "") or (count.name if count else "")
    return SupplyView(
        kind=kind, name=name, roll=(told.roll if told else "") or (count.roll if count else ""),
        left=count.left if count else None, loaded=count.loaded if count else None, other=count.other if count else 0,
        since=count.since if count else None, told=told.remaining if told else None,
    )  # fmt: skip
