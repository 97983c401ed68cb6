"""Printers that come, change and go while the server runs.

Laws kept here:

1. What is declared is kept in the store first, then on the board; only then is a printer driven.
2. A printer that goes finishes the card that moves in it. What it leaves behind is brought to a true state: a prepared
   card goes back to its queue, one that may have moved comes into doubt, at the old printer and under its serial.
3. A printer that is retired is never driven again, and its name is never given to another one.
4. One change at a time.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import DeferredLock

from printserver.errors import BadRequest, ConfigurationError, NameTaken, NotPossibleNow, PrintServerError
from printserver.model.event import NewEvent
from printserver.model.job import Job
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.leftovers import clear_leftovers
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import By, PrinterView

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
REPLACED = "replaced"
Move = Callable[[Sequence[int], str, By], Coroutine[Any, Any, Sequence[Job]]]


@dataclass(frozen=True, slots=True)
class Yard:
    """What the daemon has for printers: `build` makes what drives one, `check` raises for an address that cannot be.

    `drives` tells whether this server is to drive a printer of a name; `gone` is called when one is driven no more.
    """

    build: Callable[[PrinterEntry], PrinterWorker]
    check: Callable[[PrinterConfig], None]
    drives: Callable[[str], bool]
    gone: Callable[[PrinterConfig], Awaitable[None]]


class Machines:
    """Adds, changes, replaces and retires printers, and lets jobs be moved."""

    def __init__(
        self, keeper: Storekeeper, board: Board, workers: dict[str, PrinterWorker], yard: Yard, move: Move
    ) -> None:
        """`workers` are those of this server, by printer; all who know them look into this very mapping."""
        self.move = move
        self._keeper, self._board, self._workers, self._yard = keeper, board, workers, yard
        self._turn = DeferredLock()

    # printers

    async def add_printer(self, config: PrinterConfig, by: By) -> PrinterView:
        """Add a printer; raises NameTaken, BadRequest for what cannot be."""
        async with self._turn:
            entry = await self._new(config)
            await self._keeper.write(self._keeper.store.put_printer, config, by.name)
            self._begin(entry)
            return entry.view()

    async def set_printer(self, name: str, by: By, **changes: object) -> PrinterView:
        """Change a printer's ribbon, card stock, device or options.

        Raises UnknownPrinter, NotPossibleNow, BadRequest.
        """
        async with self._turn:
            entry = self._own(name)
            config: PrinterConfig = replace(entry.config, **changes)
            fresh = self._fit(config)
            anew = (config.device, config.options) != (entry.config.device, entry.config.options)
            if anew:
                await self._stop(name)
            try:
                await self._keeper.write(self._keeper.store.put_printer, config, by.name)
            except PrintServerError:
                if anew:
                    self._begin(entry)
                raise
            if anew:
                await self._leave(entry)
                self._begin(fresh)
            else:
                entry.config = config
            self._wake_all()
            return self._board.entry(name).view()

    async def retire_printer(self, name: str, by: By) -> PrinterView:
        """Take a printer out of its queues for good; raises NotPossibleNow where a queue has no other one."""
        async with self._turn:
            entry = self._own(name)
            queues = self._queues_of(name)
            for queue in queues:
                if len(queue.printers) == 1:
                    raise NotPossibleNow(
                        f"queue {queue.name} has no other printer than {name}", allowed="replace it by another one"
                    )
            changed = [replace(each, printers=tuple(one for one in each.printers if one != name)) for each in queues]
            return await self._let_go(entry, changed, by)

    async def replace_printer(self, old: str, new: str, by: By, config: PrinterConfig | None = None) -> PrinterView:
        """Let a printer take the place of another one in its queues; the old one is retired.

        `config` declares the new one where it is not there yet. Raises UnknownPrinter, NameTaken, NotPossibleNow,
        BadRequest.
        """
        async with self._turn:
            former = self._own(old)
            if old == new:
                raise BadRequest("a printer does not replace itself", where="new", allowed="another printer")
            entry = self._board.entry(new) if config is None else await self._new(config)
            changed = [replace(each, printers=_instead(each.printers, old, new)) for each in self._queues_of(old)]
            await self._let_go(former, changed, by, entry if config is not None else None)
            data: dict[str, str | int | float | bool | None] = {"old": old, "by": by.name, "note": by.reason}
            event = NewEvent(kind="printer", subject=new, what=REPLACED, data=data)
            await self._keeper.write(self._keeper.store.note, event)
            self._wake_all()
            return entry.view()

    async def _let_go(
        self, entry: PrinterEntry, queues: Sequence[QueueConfig], by: By, instead: PrinterEntry | None = None
    ) -> PrinterView:  # fmt: skip
        """Retire a printer; `instead` is a new one that its queues have from now on."""
        store, name = self._keeper.store, entry.config.name
        await self._stop(name)
        retired = replace(entry.config, retired=True)
        try:
            if instead is not None:
                await self._keeper.write(store.put_printer, instead.config, by.name)
                self._board.put_printer(instead)
            for queue in queues:
                await self._keeper.write(store.put_queue, queue, by.name)
                self._board.put_queue(queue)
            await self._keeper.write(store.put_printer, retired, by.name)
        except PrintServerError:
            self._begin(entry)  # what was kept is true already; the rest is asked for again
            raise
        await self._leave(entry)
        self._board.drop(name)
        if instead is not None:
            self._begin(instead)
        await self._yard.gone(entry.config)
        self._wake_all()
        entry.config = retired
        return entry.view()

    async def _stop(self, name: str) -> None:
        worker = self._workers.get(name)
        if worker is not None:
            await worker.stop()

    async def _leave(self, entry: PrinterEntry) -> None:
        """Bring what a stopped printer has left to a true state, and let its device go."""
        worker = self._workers.pop(entry.config.name, None)
        await clear_leftovers(self._keeper, self._board, entry.config.name)
        self._board.hold(entry.config.name, False)
        if worker is not None:
            worker.leave_device()

    def _begin(self, entry: PrinterEntry) -> None:
        """Take a printer onto the board, and drive it where that is this server's work."""
        name = entry.config.name
        self._board.put_printer(entry)
        if self._yard.drives(name):
            entry.owned = not self._keeper.store.shared  # else its lease is taken first
            worker = self._workers[name] = self._yard.build(entry)
            worker.start()
        else:
            entry.owned = False

    async def _new(self, config: PrinterConfig) -> PrinterEntry:
        _check_name(config.name)
        if config.name in {each.name for each in await self._keeper.read(self._keeper.store.printers)}:
            raise NameTaken(f"{config.name} is the name of a printer, or was", where="name")
        return self._fit(config)

    def _fit(self, config: PrinterConfig) -> PrinterEntry:
        """Return a printer as it would be; raises BadRequest for what driver, model, ribbon or device cannot be."""
        try:
            self._yard.check(config)
            return self._board.build(config)
        except ConfigurationError as error:
            where = error.where.removeprefix(f"printer.{config.name}").lstrip(".") or "driver"
            raise BadRequest(error.message, where=where, allowed=error.allowed) from error

    def _own(self, name: str) -> PrinterEntry:
        """Return a printer; raises UnknownPrinter, NotPossibleNow for one that another server drives."""
        entry = self._board.entry(name)
        if not entry.owned:
            owner = entry.owner or "another one"
            raise NotPossibleNow(f"printer {name} belongs to server {owner}", allowed="ask that server")
        return entry

    def _queues_of(self, printer: str) -> list[QueueConfig]:
        return [view.config for view in self._board.queues() if printer in view.config.printers]

    def _wake_all(self) -> None:
        for name in tuple(self._workers):
            self._board.call(name)


def _instead(printers: Sequence[str], old: str, new: str) -> tuple[str, ...]:
    """Return a queue's printers with a new one in the place of an old one."""
    return tuple(dict.fromkeys(new if each == old else each for each in printers))


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadRequest(f"{name!r} is not a name", where="name", allowed="letters, digits, . _ - (up to 63)")
