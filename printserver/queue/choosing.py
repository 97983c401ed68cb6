"""Which printer of a queue takes a card, of those that can do it.

Laws kept here:

1. What a printer can do is asked anew for each card: its abilities, and the ribbon and card stock that it has now. One
   that cannot do a card never takes it.
2. Each printer fetches its cards itself. It leaves one to another that is free and stands better: it has blanks for
   what is left of the job, then fewer cards in hand, then its last card is longer ago. So equals take turns.
3. A card is left to a better one for a short while only; who is then not served takes it himself. No card waits for a
   printer that never comes. Several cards are left to several: who stands third takes the third that waits.
4. A card that no printer can do with what is in the printers now waits for it; one that none can do at all fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from printserver.model.job import Card, CardState, Job
from printserver.model.printer import PrinterState
from printserver.model.supply import Supply, SupplyCount, SupplyKind
from printserver.queue.admission import Drawn, complaint
from printserver.queue.board import Board, PrinterEntry

LEAVE_SECONDS = 2.0
"""So long a card is left to a printer that stands better."""
MOST_LEFT = 8
"""Who has left so many jobs to better printers looks no further for now: not each of a pool reads a long queue."""


class Suits(Enum):
    """What a printer makes of a card: takes it, leaves it to a better or an able one, or nobody can do it."""

    MINE = auto()
    BETTER = auto()
    OTHERS = auto()
    LATER = auto()
    NEVER = auto()


class Standing(NamedTuple):
    """How well a printer stands, the least first."""

    short: bool
    hands: int
    turn: int


class Choice(NamedTuple):
    """What a printer makes of a card, and the printers that it is left to."""

    suits: Suits
    others: tuple[PrinterEntry, ...] = ()


def blanks_of(entry: PrinterEntry) -> int | None:
    """Return how many blanks a printer has left: as its device tells, else as they are counted; None = nobody knows."""
    told = _blanks(entry.status.supplies) if entry.status else None
    return _blanks(entry.counts) if told is None else told


def _blanks(some: Sequence[Supply | SupplyCount]) -> int | None:
    total = None
    for each in some:
        if each.kind is SupplyKind.BLANKS and each.remaining is not None:
            total = (total or 0) + each.remaining
    return total


def is_free(entry: PrinterEntry) -> bool:
    """Tell whether a printer of this server would begin with a card at once."""
    return entry.owned and entry.state is PrinterState.IDLE and entry.work is None and not hands_of(entry)


def most_left(entry: PrinterEntry) -> int:
    """Return how many jobs a printer leaves to better ones before it looks no further; one that prints has time."""
    return 1 if hands_of(entry) else MOST_LEFT


def hands_of(entry: PrinterEntry) -> int:
    """Return how many cards a printer has: the one in it, and the one that is prepared for it."""
    return (entry.card is not None) + entry.preparing


def queued_of(job: Job) -> int:
    """Return how many cards of a job wait for a printer."""
    return sum(each.state is CardState.QUEUED for each in job.cards)


def standing(entry: PrinterEntry, wanted: int) -> Standing:
    """Return how a printer stands where so many cards of a job are left to be printed."""
    blanks = blanks_of(entry)
    return Standing(blanks is not None and blanks < wanted, hands_of(entry), entry.turn)


def stands_back(board: Board, mine: PrinterEntry, queues: Sequence[str]) -> bool:
    """Tell whether a printer that was not told of a card need not read its queues.

    In each of them so many free printers stand better that they have all it would see. Whichever card they cannot do,
    they tell those that can. Where a queue keeps its order, one printer alone may take the next card: none stands back.
    """
    return not board.ordered(queues) and all(_has_ahead(board, mine, queue) for queue in queues)


def _has_ahead(board: Board, mine: PrinterEntry, queue: str) -> bool:
    here, most = standing(mine, 1), most_left(mine)
    others = map(board.entry, board.queue_config(queue).printers)
    ahead = (each for each in others if is_free(each) and standing(each, 1) < here)
    return sum(1 for _ in islice(ahead, most)) == most


def better(
    mine: PrinterEntry, others: Iterable[PrinterEntry], wanted: int, able: Callable[[PrinterEntry], bool], left: int = 0
) -> PrinterEntry | None:
    """Return the printer that a card is left to, None where this one takes it itself.

    So many other cards are `left` to the best ones already. Whether a printer is able is asked last, of one after
    another: in a large pool nearly all are.
    """
    here = standing(mine, wanted)
    free = [(stands, each) for each in others if is_free(each) and (stands := standing(each, wanted)) < here]
    return next((each for _, each in sorted(free, key=itemgetter(0))[left:] if able(each)), None)


def choose(board: Board, mine: PrinterEntry, job: Job, card: Card, drawn: Drawn, left: int = 0) -> Choice:
    """Return what a printer of a queue makes of a job's card, when it has `left` so many before to better ones."""
    others = [board.entry(name) for name in board.queue_config(job.queue).printers if name != mine.config.name]

    def is_able(entry: PrinterEntry) -> bool:
        return can(entry, job, card, drawn)

    if is_able(mine):
        if board.queue_config(job.queue).ordered and hands_of(mine):
            return Choice(Suits.MINE)  # no other printer may take it before this one's card is done
        wanted = queued_of(job)
        best = better(mine, others, wanted, is_able, left + wanted - 1)
        return Choice(Suits.MINE) if best is None else Choice(Suits.BETTER, (best,))
    if able := tuple(filter(is_able, others)):
        return Choice(Suits.OTHERS, able)
    ever = any(complaint(job.ticket, card.sides, each.whatever(), drawn) is None for each in (mine, *others))
    return Choice(Suits.LATER if ever else Suits.NEVER)


def taker(board: Board, job: Job, card: Card, drawn: Drawn) -> PrinterEntry:
    """Return the printer that has a card, or else the one that would take it as things are.

    Of those that can do it now the one that is free and stands best, then one that is well; where none can now, one
    that could with what is declared, or else at all.
    """
    had = board.known(card.printer)
    if had is not None:
        return had
    entries = [board.entry(name) for name in board.queue_config(job.queue).printers]
    wanted = queued_of(job)

    def fitness(entry: PrinterEntry) -> tuple[int, bool, bool, Standing]:
        offers = (entry.now(), entry.declared(), entry.whatever())
        fits = next((at for at, each in enumerate(offers) if not complaint(job.ticket, card.sides, each, drawn)), 9)
        return fits, not is_free(entry), entry.needs_person, standing(entry, wanted)

    return min(entries, key=fitness)


def can(entry: PrinterEntry, job: Job, card: Card, drawn: Drawn) -> bool:
    """Tell whether a printer can do a card with what is in it now."""
    return complaint(job.ticket, card.sides, entry.now(), drawn) is None


def lacks(entries: Sequence[PrinterEntry], job: Job, card: Card, drawn: Drawn) -> str:
    """Return in words what each of some printers lacks for a card."""
    found = [(each.config.name, complaint(job.ticket, card.sides, each.now(), drawn)) for each in entries]
    return "; ".join(f"{name}: {error.message}" for name, error in found if error is not None)
