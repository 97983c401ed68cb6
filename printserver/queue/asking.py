"""Decisions that need two people: one asks, another one confirms.

Laws kept here:

1. A wish is a row of the journal (`asked`), so it is durable, and its end is one too: the decision, or `withdrawn`.
   What is open follows from the job's journal alone; nothing is kept beside it, and a restart loses nothing.
2. Who asked cannot confirm. Whoever asks for the same as another one has confirmed it, through whichever door: IPP
   knows no confirming.
3. A verdict against the device's own counter needs two people, whatever the queue says.
4. A wish is journalled as confirmed before a new job is made of it: after a crash it is asked again, and nothing is
   printed twice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from printserver.dialogue import Point
from printserver.errors import NotPossibleNow, SecondPersonNeeded
from printserver.model.event import Event, NewEvent
from printserver.model.job import Card, Job
from printserver.model.printer import Decisions
from printserver.queue.board import PrinterEntry
from printserver.queue.deciding import check_said
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import By, Decided, Deed, OpenWish, Verdict

ASKED, WITHDRAWN, CONFIRMED = "asked", "withdrawn", "confirmed"
_ENDS = {"settle-done", "settle-spoiled", "settle-queued", "reject"}


def open_wishes(story: Sequence[Event]) -> tuple[OpenWish, ...]:
    """Return the wishes that wait for another person, from a job's journal; the oldest first."""
    found: dict[tuple[str, int], OpenWish] = {}
    for event in story:
        match event.kind, event.what:
            case "job", "asked":
                wish = _wish(event)
                found[_about(wish.decided)] = wish
            case "job", ("withdrawn" | "confirmed"):
                found = {about: wish for about, wish in found.items() if wish.id != event.data.get("wish")}
            case "job", "purged":
                found.clear()
            case "card", what if what in _ENDS:
                number = int(event.subject.partition("/")[2])
                found = {about: wish for about, wish in found.items() if wish.decided.card != number}
    return tuple(found.values())


def _about(decided: Decided) -> tuple[str, int]:
    return decided.deed, decided.card


def _wish(event: Event) -> OpenWish:
    data = event.data
    verdict = data.get("verdict")
    decided = Decided(
        deed=Deed(str(data["deed"])), card=int(data["card"] or 0), copies=int(data["copies"] or 0),
        verdict=None if verdict is None else Verdict(str(verdict)),
    )
    return OpenWish(id=event.id, at=event.at, decided=decided, by=str(data["by"]), reason=str(data["note"]))


def came_out(card: Card, entry: PrinterEntry | None) -> bool:
    """Tell whether the device's own word is that a card in doubt came out: its counter has moved since.

    Only the device that had the card is heard; a counter that other cards have moved counts too, for nobody can tell.
    """
    attempt = card.attempts[-1] if card.attempts else None
    if attempt is None or not attempt.committed:
        return False
    if any(mark.point == Point.EJECTED for mark in attempt.marks):
        return True
    if entry is None or entry.status is None or entry.identity.serial != attempt.serial:
        return False
    before = next(mark.evidence for mark in reversed(attempt.marks) if mark.point == Point.COMMITTED)
    now = entry.status.counters
    return any(value.isdigit() and now.get(name, 0) > int(value) for name, value in before.items())


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are one person's: blanks, case and the form of letters make no difference."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class Asking:
    """Lets a decision pass, or writes it down until another person confirms it."""

    def __init__(self, keeper: Storekeeper) -> None:
        """Read and write the journal through `keeper`."""
        self._keeper = keeper

    async def open(self, job: int) -> Sequence[OpenWish]:
        """Return a job's wishes that wait for another person."""
        return open_wishes(await self._keeper.read(self._keeper.store.job_events, job))

    async def one(self, job: int, wish: int) -> OpenWish:
        """Return an open wish; raises NotPossibleNow."""
        found = next((each for each in await self.open(job) if each.id == wish), None)
        if found is None:
            raise NotPossibleNow(f"wish {wish} of job {job} is not open any more")
        return found

    async def check(self, job: Job, decided: Decided, by: By, needed: Decisions) -> None:
        """Return where a decision may be carried out now.

        Raises NameNeeded, ReasonNeeded; SecondPersonNeeded after writing the wish down; NotPossibleNow where another
        wish about the same is open. Not to be called twice at once for a job.
        """
        check_said(needed, by)
        if needed is not Decisions.SECOND:
            return
        former = next((each for each in await self.open(job.id) if _about(each.decided) == _about(decided)), None)
        if former is None:
            await self._ask(job, decided, by)
            number = await self._newest(job, decided)
            raise SecondPersonNeeded(f"wish {number} of job {job.id} waits for another person")
        if former.decided != decided:
            raise NotPossibleNow(f"{former.by} asked for something else about it", allowed="withdraw that wish first")
        if same_person(former.by, by.name):
            raise SecondPersonNeeded(f"wish {former.id} of job {job.id} waits for another person than {former.by}")
        if decided.deed is Deed.REPRINT:
            await self._tell(job.id, CONFIRMED, by, former)

    async def _newest(self, job: Job, decided: Decided) -> int:
        return next(each.id for each in await self.open(job.id) if each.decided == decided)

    async def withdraw(self, job: int, wish: int, by: By) -> None:
        """End a wish without doing it; raises NotPossibleNow."""
        await self._tell(job, WITHDRAWN, by, await self.one(job, wish))

    async def _ask(self, job: Job, decided: Decided, by: By) -> None:
        data: dict[str, str | int | float | bool | None] = {
            "deed": decided.deed, "card": decided.card, "copies": decided.copies,
            "verdict": None if decided.verdict is None else str(decided.verdict), "by": by.name, "note": by.reason,
        }
        await self._note(job.id, ASKED, data)

    async def _tell(self, job: int, what: str, by: By, wish: OpenWish) -> None:
        await self._note(job, what, {"wish": wish.id, "deed": wish.decided.deed, "by": by.name, "note": by.reason})

    async def _note(self, job: int, what: str, data: dict[str, str | int | float | bool | None]) -> None:
        event = NewEvent(kind="job", subject=str(job), what=what, data=data)
        await self._keeper.write(self._keeper.store.note, event)
