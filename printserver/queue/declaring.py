"""Putting printers and queues that a file or a command declares into the store, once.

Laws kept here:

1. Nothing is written before everything fits: a slip in the file leaves no trace in the store.
2. What the file declares is only to start with: from then on the store has it, and a difference is said in the log.
3. What the command line declares stands above the store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.queue.board import Board
from printserver.queue.storekeeper import Storekeeper

Check = Callable[[PrinterConfig], None]


@dataclass(frozen=True, slots=True)
class Declared:
    """Printers and queues of one source, which the journal names as who did it; `overrides` = above the store."""

    by: str
    printers: Sequence[PrinterConfig] = ()
    queues: Sequence[QueueConfig] = ()
    overrides: bool = False


async def declare(
    keeper: Storekeeper, board: Board, sources: Sequence[Declared], default: str | None, check: Check
) -> None:
    """Load the board from store and sources, and keep what is new; raises ConfigurationError before it writes.

    `check` raises for a printer that cannot be reached by its address.
    """
    printers = {each.name: each for each in await keeper.read(keeper.store.printers)}
    queues = {each.name: each for each in await keeper.read(keeper.store.queues)}
    new_printers = [(each, source.by) for source in sources for each in _new_printers(source, printers)]
    new_queues = [(each, source.by) for source in sources for each in _new_queues(source, queues)]
    for printer in printers.values():
        if not printer.retired:
            check(printer)
    board.load(list(printers.values()), list(queues.values()), default)
    for printer, by in new_printers:
        await keeper.write(keeper.store.put_printer, printer, by)
    for queue, by in new_queues:
        await keeper.write(keeper.store.put_queue, queue, by)


def _new_printers(source: Declared, known: dict[str, PrinterConfig]) -> list[PrinterConfig]:
    new = [each for each in source.printers if _is_new("printer", each.name, each, known.get(each.name), source)]
    known |= {each.name: each for each in new}
    return new


def _new_queues(source: Declared, known: dict[str, QueueConfig]) -> list[QueueConfig]:
    new = [each for each in source.queues if _is_new("queue", each.name, each, known.get(each.name), None)]
    known |= {each.name: each for each in new}
    return new


def _is_new(kind: str, name: str, declared: object, former: object, source: Declared | None) -> bool:
    if former is None or (source is not None and source.overrides and former != declared):
        return True
    if former != declared:
        structlog.get_logger("daemon").info(f"{kind} is as the store has it, not as the file declares it", name=name)
    return False
