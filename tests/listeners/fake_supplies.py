"""Blanks and ribbon in memory, as the doors ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from printserver.errors import UnknownPrinter
from printserver.model.cost import CardUse, JobUse, total_of
from printserver.model.job import Job
from printserver.model.quota import Holder
from printserver.model.supply import Forecast, Shift, Spending, SupplyKind, forecast
from printserver.queue.history import Found, FoundPage
from printserver.queue.views import By, SupplyView
from printserver.store.history import HistoryQuery
from printserver.store.tallies import Tally

SHIFT = Shift(printer="front-office", since=1_000_000.0, loaded=100, good=80, spoiled=3, other=2, in_doubt=1)
USE = total_of([
    CardUse(number=1, blanks=1, spoiled=0, panels={"Y": 1, "K": 1}, cost=Decimal("5750.5"), currency="IDR"),
    CardUse(number=2, blanks=2, spoiled=1, panels={"Y": 2, "K": 2}, cost=Decimal("11501"), currency="IDR"),
])  # fmt: skip


class FakeHistory:
    """Jobs that are found whatever is looked for; `asked` is what was looked for."""

    def __init__(self, *jobs: Job) -> None:
        self.found = tuple(Found(job, USE) for job in jobs)
        self.asked: list[HistoryQuery] = []
        self.counted: list[tuple[Holder, float | None, float | None]] = []
        self.next: list[int | None] = []

    async def counts(self, holder: Holder, since: float | None, until: float | None) -> Sequence[Tally]:
        self.counted.append((holder, since, until))
        return [Tally(name="ani", ordered=9, good=7, spoiled=1), Tally(name="", ordered=2, good=2, spoiled=0)]

    async def history(self, query: HistoryQuery) -> FoundPage:
        self.asked.append(query)
        return FoundPage(self.found[: query.limit], self.next.pop(0) if self.next else None)


class FakeSupplies:
    """One printer's supplies; `entered` is what people said."""

    def __init__(self) -> None:
        self.entered: list[tuple[object, ...]] = []
        self.views = [
            SupplyView(kind=SupplyKind.BLANKS, left=14, told=12, loaded=100, other=2, since=1_000_000.0),
            SupplyView(kind=SupplyKind.RIBBON, name="YMCKO", roll="R-7", left=37, loaded=200, since=1_000_000.0),
        ]
        self.found: Sequence[Forecast] = [forecast(SupplyKind.RIBBON, 37, 0, range(1, 61), printers=("front-office",))]
        self.use_of_job: JobUse = USE
        self.closing: Exception | None = None

    async def supplies(self, printer: str) -> Sequence[SupplyView]:
        if printer != "front-office":
            raise UnknownPrinter(f"there is no printer {printer!r}")
        return self.views

    async def shift(self, printer: str) -> Shift | None:
        return SHIFT

    async def load_blanks(self, printer: str, count: int, by: By) -> None:
        self.entered.append(("load", printer, count, by))

    async def count_blanks(self, printer: str, left: int, by: By) -> None:
        self.entered.append(("count", printer, left, by))

    async def spend_blanks(self, printer: str, what: Spending, count: int, by: By) -> None:
        self.entered.append((what.value, printer, count, by))

    async def change_ribbon(self, printer: str, roll: str, cards: int | None, left: int | None, by: By) -> None:
        self.entered.append(("ribbon", printer, roll, cards, left, by))

    async def close_shift(self, printer: str, left: int, by: By) -> Shift:
        if self.closing is not None:
            raise self.closing
        self.entered.append(("close", printer, left, by))
        return replace(SHIFT, left=left)

    async def forecasts(self, job: int) -> Sequence[Forecast]:
        return self.found

    async def use(self, job: int) -> JobUse:
        return self.use_of_job
