"""Maintenance in memory, as the doors ask for it."""

from __future__ import annotations

from msgspec.structs import replace

from printserver.model.upkeep import Maintenance, MaintenanceAction, Outcome, Work, Worked
from printserver.queue.cleaning import Cleaning
from printserver.queue.views import By, PrinterView

NOW = 1_790_000_000.25
DONE = Worked(work=Work(action=MaintenanceAction.CLEAN, by="anna"), at=NOW, outcome=Outcome.DONE)
ACTIONS = (
    Maintenance(action=MaintenanceAction.CLEAN, steps=("Take the ribbon out.", "Put the cleaning card in.")),
    Maintenance(action=MaintenanceAction.TEST_CARD, blanks=1, counts=1),
)


class FakeUpkeep:
    """One printer; notes what is wanted, and `failing` is raised by the next wish."""

    def __init__(self, view: PrinterView) -> None:
        self.view = replace(view, cleaning=Cleaning(used=850, since=NOW - 86_400, due=800, stop=1000))
        self.wanted: list[tuple[object, ...]] = []
        self.failing: Exception | None = None

    def printer(self, printer: str) -> PrinterView:
        return self.view

    def _note(self, *what: object) -> PrinterView:
        if self.failing is not None:
            raise self.failing
        self.wanted.append(what)
        return self.view

    async def maintain(self, printer: str, action: MaintenanceAction, by: By) -> PrinterView:
        self.view = replace(self.view, work=Work(action=action, by=by.name))
        return self._note("maintain", printer, action, by)

    async def cleaned(self, printer: str, by: By) -> PrinterView:
        return self._note("cleaned", printer, by)

    async def postpone(self, printer: str, cards: int, by: By) -> PrinterView:
        return self._note("postpone", printer, cards, by)
