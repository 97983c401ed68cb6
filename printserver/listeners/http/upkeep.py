"""Maintenance of printers through the JSON API: what a printer can be told to do, what it does, and how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from printserver.errors import BadRequest
from printserver.model.ticket import Text
from printserver.model.upkeep import MaintenanceAction, Outcome, Work, Worked
from printserver.queue.views import By, PrinterView

from .decoding import decode
from .devices import PRINTERS
from .limits import Limits
from .message import JSON, RequestContext, Response, json_response
from .operation import Operation
from .router import Route
from .rows import Count, Moment, moment


class UpkeepService(Protocol):
    """What this door asks of maintenance; each call raises PrintServerError."""

    def printer(self, printer: str) -> PrinterView:
        """Return a printer with its maintenance."""
        ...

    async def maintain(self, printer: str, action: MaintenanceAction, by: By) -> PrinterView:
        """Have a printer cleaned, calibrated, or its test card printed."""
        ...


class MaintenanceWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the printer is to do to itself, who wants it, and why."""

    action: MaintenanceAction
    by: Text = "anonymous"
    reason: Text = ""


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
        wish = decode(context.body or b"{}", MaintenanceWish, BadRequest)
        by = By(wish.by or "anonymous", wish.reason)
        view = await self._upkeep.maintain(context.parameters["printer"], wish.action, by)
        return json_response(maintenance_row(view), 202)


def maintenance_row(view: PrinterView) -> MaintenanceRow:
    """Return a printer's maintenance."""
    known = () if view.capabilities is None else view.capabilities.maintenance
    return MaintenanceRow(
        printer=view.config.name,
        actions=[ActionRow(action=each.action, steps=each.steps, blanks=each.blanks) for each in known],
        work=None if view.work is None else _work(view.work),
        last=None if view.worked is None else _worked(view.worked),
    )


def _work(work: Work) -> WorkRow:
    return WorkRow(action=work.action, by=work.by, began=moment(work.since) if work.since else None)


def _worked(worked: Worked) -> WorkedRow:
    work = worked.work
    return WorkedRow(
        action=work.action, by=work.by, ended=moment(worked.at), outcome=worked.outcome, detail=worked.detail
    )
