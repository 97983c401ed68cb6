"""Blanks and ribbon through the JSON API: what is left, how far it reaches, what it costs, and closing a shift.

Laws kept here:

1. Money is text: a decimal number with two places, null where a price is not known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Protocol

import msgspec

from printserver.errors import BadRequest
from printserver.model.cost import CardUse, JobUse, money
from printserver.model.supply import Forecast, Shift, Spending, SupplyKind
from printserver.model.ticket import Text
from printserver.queue.views import By, SupplyView

from .decoding import decode
from .devices import PRINTERS
from .limits import Limits
from .message import JSON, RequestContext, Response, json_response
from .operation import Operation
from .router import Route
from .rows import Count, Moment, Ordinal, moment
from .wishes import JOBS

MOST = 100_000
Many = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
Left = Annotated[int, msgspec.Meta(ge=0, le=MOST)]


class SuppliesService(Protocol):
    """What this door asks of supplies; each call raises PrintServerError."""

    async def supplies(self, printer: str) -> Sequence[SupplyView]:
        """Return blanks and ribbon of a printer."""
        ...

    async def shift(self, printer: str) -> Shift | None:
        """Return what became of the blanks since the last shift was closed."""
        ...

    async def load_blanks(self, printer: str, count: int, by: By) -> None:
        """So many blanks were put into the hopper."""
        ...

    async def count_blanks(self, printer: str, left: int, by: By) -> None:
        """So many blanks are in the hopper now."""
        ...

    async def spend_blanks(self, printer: str, what: Spending, count: int, by: By) -> None:
        """Blanks went to a test card or to cleaning."""
        ...

    async def change_ribbon(self, printer: str, roll: str, cards: int | None, left: int | None, by: By) -> None:
        """Another roll was put in."""
        ...

    async def close_shift(self, printer: str, left: int, by: By) -> Shift:
        """Book a count of the hopper."""
        ...

    async def forecasts(self, job: int) -> Sequence[Forecast]:
        """Return whether ribbon and blanks suffice for a job."""
        ...

    async def use(self, job: int) -> JobUse:
        """Return what a job has taken so far."""
        ...


class BlanksWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Blanks that were put in (`loaded`), counted in the hopper (`counted`), or spent on test cards or cleaning."""

    loaded: Many | None = None
    counted: Left | None = None
    test_cards: Many | None = None
    cleaning: Many | None = None
    by: Text = "anonymous"
    reason: Text = ""


class RibbonWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A roll that was put in: its id, for how many cards it is, how many are left of them (null = all)."""

    roll: Text = ""
    cards: Many | None = None
    left: Left | None = None
    by: Text = "anonymous"
    reason: Text = ""


class ShiftWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many blanks somebody has counted in the hopper."""

    left: Left
    by: Text = "anonymous"
    reason: Text = ""


class SupplyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Blanks or ribbon of a printer, in cards: `left` by count, `told` by the device, `difference` between the two."""

    kind: SupplyKind
    name: str
    roll: str
    left: Count | None
    told: int | None
    difference: int | None
    loaded: Count | None
    other: Count
    since: Moment | None


class ShiftRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the blanks since `since`: loaded = good + spoiled + other + in_doubt + left.

    `other` went to test cards and cleaning, `expected` must be left, `left` was counted, `difference` is between them.
    """

    printer: str
    since: Moment
    loaded: Count
    good: Count
    spoiled: Count
    other: Count
    in_doubt: Count
    expected: int
    left: Count | None
    difference: int


class PrinterSupplies(msgspec.Struct, frozen=True, kw_only=True):
    """Blanks and ribbon of a printer, and its open shift, null where nobody has entered blanks."""

    printer: str
    supplies: list[SupplyRow]
    shift: ShiftRow | None


class ForecastRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what is loaded suffices for a job, in cards: `left` now, `ahead` for cards before it, `needed` for it.

    `ends_at` is the last card of the job for which it suffices, 0 = for none, null = it suffices; `short` cards will
    find none; `told` = the device itself says how much is left.
    """

    kind: SupplyKind
    printers: tuple[str, ...]
    left: Count
    ahead: Count
    needed: Count
    ends_at: Count | None
    short: Count
    told: bool


class CardUseRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one card has taken: blanks, the spoiled ones among them, panels of ribbon by name, and what that costs."""

    number: Ordinal
    blanks: Count
    spoiled: Count
    panels: dict[str, int]
    cost: str | None
    currency: str


class JobSupplies(msgspec.Struct, frozen=True, kw_only=True):
    """What a job has taken of blanks and ribbon, what that costs, and whether what is loaded suffices for the rest."""

    forecasts: list[ForecastRow]
    blanks: Count
    spoiled: Count
    panels: dict[str, int]
    cost: str | None
    currency: str
    cards: list[CardUseRow]


class SuppliesApi:
    """Translates requests about blanks and ribbon."""

    def __init__(self, supplies: SuppliesService, small_body: int = Limits().small_body) -> None:
        """`small_body` is the cap of a body in bytes."""
        self._supplies, self._small = supplies, small_body

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        place = PRINTERS + "/{printer}"
        return [
            Route("GET", place + "/supplies", self.show, operation=Operation(
                summary="Tell blanks, ribbon and the open shift of a printer", answers=PrinterSupplies,
                errors=("unknown-printer",))),
            self._told(place + "/blanks", "Enter blanks of a printer", BlanksWish, self.blanks),
            self._told(place + "/ribbon", "Enter a roll of ribbon that was put in", RibbonWish, self.ribbon),
            Route("POST", place + "/close-shift", self.close, (JSON,), self._small, Operation(
                summary="Close a printer's shift: loaded = good + spoiled + left", takes=ShiftWish, answers=ShiftRow,
                errors=("unknown-printer", "not-possible", "reason-needed", "name-needed"))),
            Route("GET", JOBS + "/{job:int}/supplies", self.of_job, operation=Operation(
                summary="Tell what a job takes of blanks and ribbon, what that costs, and whether it suffices",
                answers=JobSupplies, errors=("unknown-job",))),
        ]  # fmt: skip

    def _told(
        self, path: str, summary: str, takes: type[BlanksWish] | type[RibbonWish],
        handler: Callable[[RequestContext], Awaitable[Response]],
    ) -> Route:  # fmt: skip
        operation = Operation(
            summary=summary, takes=takes, answers=PrinterSupplies, errors=("unknown-printer", "not-possible")
        )
        return Route("POST", path, handler, (JSON,), self._small, operation)

    async def show(self, context: RequestContext) -> Response:
        """Tell of a printer's supplies."""
        return await self._shown(context.parameters["printer"])

    async def blanks(self, context: RequestContext) -> Response:
        """Take a word about blanks; raises BadRequest for none."""
        wish, printer = decode(context.body or b"{}", BlanksWish, BadRequest), context.parameters["printer"]
        by = By(wish.by or "anonymous", wish.reason)
        await enter_blanks(self._supplies, printer, wish, by)
        return await self._shown(printer)

    async def ribbon(self, context: RequestContext) -> Response:
        """Take a word about the ribbon."""
        wish, printer = decode(context.body or b"{}", RibbonWish, BadRequest), context.parameters["printer"]
        by = By(wish.by or "anonymous", wish.reason)
        await self._supplies.change_ribbon(printer, wish.roll, wish.cards, wish.left, by)
        return await self._shown(printer)

    async def close(self, context: RequestContext) -> Response:
        """Close a shift."""
        wish = decode(context.body or b"{}", ShiftWish, BadRequest)
        by = By(wish.by or "anonymous", wish.reason)
        return json_response(shift_row(await self._supplies.close_shift(context.parameters["printer"], wish.left, by)))

    async def of_job(self, context: RequestContext) -> Response:
        """Tell what a job takes."""
        job = context.number("job")
        use, found = await self._supplies.use(job), await self._supplies.forecasts(job)
        return json_response(JobSupplies(
            forecasts=[forecast_row(each) for each in found], blanks=use.blanks, spoiled=use.spoiled,
            panels=use.panels, cost=money(use.cost) or None, currency=use.currency,
            cards=[_card_use(card) for card in use.cards],
        ))  # fmt: skip

    async def _shown(self, printer: str) -> Response:
        found, shift = await self._supplies.supplies(printer), await self._supplies.shift(printer)
        told = PrinterSupplies(
            printer=printer, supplies=[supply_row(view) for view in found],
            shift=None if shift is None else shift_row(shift),
        )
        return json_response(told)


async def enter_blanks(supplies: SuppliesService, printer: str, wish: BlanksWish, by: By) -> None:
    """Do what is said about blanks, in the order of its fields; raises BadRequest where nothing is said."""
    if (wish.loaded, wish.counted, wish.test_cards, wish.cleaning) == (None, None, None, None):
        raise BadRequest("says nothing about blanks", where="loaded", allowed="loaded, counted, test_cards, cleaning")
    if wish.loaded is not None:
        await supplies.load_blanks(printer, wish.loaded, by)
    for what, count in ((Spending.TEST_CARD, wish.test_cards), (Spending.CLEANING, wish.cleaning)):
        if count is not None:
            await supplies.spend_blanks(printer, what, count, by)
    if wish.counted is not None:
        await supplies.count_blanks(printer, wish.counted, by)


def supply_row(view: SupplyView) -> SupplyRow:
    """Return blanks or ribbon of a printer."""
    return SupplyRow(
        kind=view.kind, name=view.name, roll=view.roll, left=view.left, told=view.told, difference=view.difference,
        loaded=view.loaded, other=view.other, since=None if view.since is None else moment(view.since),
    )  # fmt: skip


def shift_row(shift: Shift) -> ShiftRow:
    """Return a shift."""
    return ShiftRow(
        printer=shift.printer, since=moment(shift.since), loaded=shift.loaded, good=shift.good, spoiled=shift.spoiled,
        other=shift.other, in_doubt=shift.in_doubt, expected=shift.expected, left=shift.left,
        difference=shift.difference,
    )  # fmt: skip


def forecast_row(found: Forecast) -> ForecastRow:
    """Return a forecast."""
    return ForecastRow(
        kind=found.kind, printers=found.printers, left=found.left, ahead=found.ahead, needed=found.needed,
        ends_at=found.ends_at, short=found.short, told=found.told,
    )  # fmt: skip


def _card_use(card: CardUse) -> CardUseRow:
    return CardUseRow(
        number=card.number, blanks=card.blanks, spoiled=card.spoiled, panels=card.panels,
        cost=money(card.cost) or None, currency=card.currency,
    )  # fmt: skip
