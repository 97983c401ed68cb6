"""Maintenance of printers through the JSON API: what a printer can be told to do, what it does, and how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol

import msgspec

from printserver.errors import BadRequest
from printserver.model.ticket import Text
from printserver.model.upkeep import MaintenanceAction, Outcome, Work, Worked
from printserver.queue.cleaning import Cleaning
from printserver.queue.views import By, PrinterView

from .decoding import decode
from .devices import PRINTERS
from .limits import Limits
from .message import JSON, RequestContext, Response, json_response
from .operation import Operation
from .router import Route
from .rows import Count, Moment, moment
from .wishes import Wish, by_of, wish

MOST = 100_000
More = Annotated[int, msgspec.Meta(ge=1, le=MOST)]


class UpkeepService(Protocol):
    """What this door asks of maintenance; each call raises PrintServerError."""

    def printer(self, printer: str) -> PrinterView:
        """Return a printer with its maintenance."""
        ...

    async def maintain(self, printer: str, action: MaintenanceAction, by: By) -> PrinterView:
        """Have a printer cleaned, calibrated, or its test card printed."""
        ...

    async def cleaned(self, printer: str, by: By) -> PrinterView:
        """Take a person's word that they have cleaned a printer by hand."""
        ...

    async def postpone(self, printer: str, cards: int, by: By) -> PrinterView:
        """Let a printer have so many cards more before it stops for want of cleaning."""
        ...


class MaintenanceWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the printer is to do to itself, who wants it, and why."""

    action: MaintenanceAction
    by: Text = "anonymous"
    reason: Text = ""


class PostponeWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many cards more a printer may have before it is cleaned, who says so, and why; name and reason are needed."""

    cards: More
    by: Text = "anonymous"
    reason: Text = ""


class CleaningRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many cards a printer has had since it was cleaned, or since they are counted (`since`, if they are).

    After `due` cards it warns, after `stop` it gets none, null where nobody says a number. `postponed` = so many a
    person lets it have all the same. `overdue` = it should have been cleaned, `stopped` = it gets none until it is.
    """

    cards: Count
    since: Moment | None
    due: Count | None
    stop: Count | None
    postponed: Count | None
    overdue: bool
    stopped: bool


class ActionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of work: what a person does before it, and how many cards of the hopper it takes."""

    action: MaintenanceAction
    steps: tuple[str, ...]
    blanks: Count


class WorkRow(msgspec.Struct, frozen=True, kw_only=True):
    """Work that somebody wants (`began` null: after the card that is in the printer), or that is under way."""

    action: MaintenanceAction
    by: str
    began: Moment | None


class WorkedRow(msgspec.Struct, frozen=True, kw_only=True):
    """How the last work since the server's start ended; `detail` = why it is in doubt or was refused."""

    action: MaintenanceAction
    by: str
    ended: Moment
    outcome: Outcome
    detail: str


class MaintenanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a printer can be told to do to itself, what it does now, and how the last of it ended."""

    printer: str
    actions: list[ActionRow]
    work: WorkRow | None
    last: WorkedRow | None
    cleaning: CleaningRow | None


class UpkeepApi:
    """Translates requests about maintenance."""

    def __init__(self, upkeep: UpkeepService, small_body: int = Limits().small_body) -> None:
        """`small_body` is the cap of a body in bytes."""
        self._upkeep, self._small = upkeep, small_body

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        place = PRINTERS + "/{printer}/maintenance"
        return [
            Route("GET", place, self.show, operation=Operation(
                summary="Tell a printer's maintenance", answers=MaintenanceRow, errors=("unknown-printer",))),
            self._told(place, "Have a printer cleaned, calibrated, or its test card printed", MaintenanceWish,
                       self.maintain, ("not-possible", "unsupported-by-printer"), 202),
            self._told(PRINTERS + "/{printer}/cleaned", "Say that a printer was cleaned by hand", Wish,
                       self.cleaned, ("not-possible",)),
            self._told(PRINTERS + "/{printer}/postpone-cleaning", "Let a printer go on without cleaning",
                       PostponeWish, self.postpone, ("not-possible", "name-needed", "reason-needed")),
        ]  # fmt: skip

    def _told(
        self, path: str, summary: str, takes: type[Any], handler: Callable[[RequestContext], Awaitable[Response]],
        errors: tuple[str, ...], status: int = 200,
    ) -> Route:  # fmt: skip
        operation = Operation(
            summary=summary, takes=takes, answers=MaintenanceRow, status=status, errors=("unknown-printer", *errors)
        )
        return Route("POST", path, handler, (JSON,), self._small, operation)

    async def show(self, context: RequestContext) -> Response:
        """Tell of a printer's maintenance."""
        return json_response(maintenance_row(self._upkeep.printer(context.parameters["printer"])))

    async def maintain(self, context: RequestContext) -> Response:
        """Take a wish for maintenance."""
        asked = decode(context.body or b"{}", MaintenanceWish, BadRequest)
        by = By(asked.by or "anonymous", asked.reason)
        view = await self._upkeep.maintain(context.parameters["printer"], asked.action, by)
        return json_response(maintenance_row(view), 202)

    async def cleaned(self, context: RequestContext) -> Response:
        """Take a word that a printer was cleaned."""
        by = by_of(wish(context, Wish))
        return json_response(maintenance_row(await self._upkeep.cleaned(context.parameters["printer"], by)))

    async def postpone(self, context: RequestContext) -> Response:
        """Take a word that a printer may go on."""
        asked = decode(context.body or b"{}", PostponeWish, BadRequest)
        by = By(asked.by or "anonymous", asked.reason)
        view = await self._upkeep.postpone(context.parameters["printer"], asked.cards, by)
        return json_response(maintenance_row(view))


def maintenance_row(view: PrinterView) -> MaintenanceRow:
    """Return a printer's maintenance."""
    known = () if view.capabilities is None else view.capabilities.maintenance
    return MaintenanceRow(
        printer=view.config.name,
        actions=[ActionRow(action=each.action, steps=each.steps, blanks=each.blanks) for each in known],
        work=None if view.work is None else _work(view.work),
        last=None if view.worked is None else _worked(view.worked),
        cleaning=None if view.cleaning is None else _cleaning(view.cleaning),
    )


def _work(work: Work) -> WorkRow:
    return WorkRow(action=work.action, by=work.by, began=moment(work.since) if work.since else None)


def _worked(worked: Worked) -> WorkedRow:
    work = worked.work
    return WorkedRow(
        action=work.action, by=work.by, ended=moment(worked.at), outcome=worked.outcome, detail=worked.detail
    )


def _cleaning(found: Cleaning) -> CleaningRow:
    return CleaningRow(
        cards=found.used, since=None if found.since is None else moment(found.since), due=found.due or None,
        stop=found.stop or None, postponed=found.postponed or None, overdue=found.is_due,
        stopped=found.stops is not None,
    )  # fmt: skip
