"""A card's panels through the JSON API: what each takes of ink and ribbon, what may go wrong, and its picture."""

from __future__ import annotations

import re

import msgspec

from printserver.model.card import PanelName, Side
from printserver.model.inspection import Inspection, PanelInk, PanelWarning

from .errors import PageUnknown
from .message import RequestContext, Response, json_response
from .operation import Operation, switch
from .questions import flag, known_fields
from .router import Route
from .service import Service
from .wishes import JOBS

PICTURE_FIELDS = {"thumbnail": switch("1 = a small picture.")}
PICTURE = re.compile(rf"({'|'.join(Side)})-({'|'.join(PanelName)})([2-9]|[1-9][0-9])?")


class PanelRow(msgspec.Struct, frozen=True, kw_only=True):
    """One panel; `name` tells a second K from the first (K2), `coverage` and `ink_share` are per cent.

    `coverage` is exact: the mean ink of the panel. `ribbon_panels` (0.5 = half a panel) and `ink_share` (how much of
    the ink on that ribbon is laid down) are estimates. `picture` is where it can be seen in its ink's colour.
    """

    side: Side
    panel: PanelName
    name: str
    width: int
    height: int
    levels: int
    coverage: float
    ribbon_panels: float
    ink_share: float
    picture: str


class CardPanels(msgspec.Struct, frozen=True, kw_only=True):
    """A card's panels in printing order, and what may go wrong with them; `half` = colour on half the card only."""

    ribbon: str
    half: bool
    width_mm: float
    height_mm: float
    panels: list[PanelRow]
    warnings: tuple[PanelWarning, ...]


class PanelsApi:
    """Translates requests about panels into calls of the job service."""

    def __init__(self, service: Service) -> None:
        """Ask `service` for everything."""
        self._service = service

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        errors = ("unknown-job", "unknown-card", "document-purged", "document-broken", "unsupported-by-printer",
                  "worker-failed")  # fmt: skip
        address = JOBS + "/{job:int}/cards/{card:int}/panels"
        return [
            Route("GET", address, self.list, operation=Operation(
                summary="Tell a card's panels, their coverage and what may go wrong", answers=CardPanels,
                errors=errors)),
            Route("GET", address + "/{panel}.png", self.picture, operation=Operation(
                summary="Show one panel (front-Y.png, back-K.png) in its ink's colour", answers=bytes,
                path={"panel": {"type": "string", "pattern": f"^(?:{PICTURE.pattern})$"}}, query=PICTURE_FIELDS,
                errors=errors)),
        ]  # fmt: skip

    async def list(self, context: RequestContext) -> Response:
        """Tell a card's panels."""
        job, card = context.number("job"), context.number("card")
        return json_response(card_panels(await self._service.inspection(job, card), job, card))

    async def picture(self, context: RequestContext) -> Response:
        """Show one panel."""
        known_fields(context, PICTURE_FIELDS)
        wanted = PICTURE.fullmatch(context.parameters["panel"])
        if wanted is None:
            raise PageUnknown(allowed="front-Y.png, back-K.png and so on, as the list of panels names them")
        picture = await self._service.ink(
            context.number("job"), context.number("card"), Side(wanted[1]), PanelName(wanted[2]), int(wanted[3] or 1),
            thumbnail=flag(context, "thumbnail"),
        )  # fmt: skip
        return Response(200, (("Content-Type", "image/png"),), picture)


def card_panels(inspection: Inspection, job: int, card: int) -> CardPanels:
    """Return what was found out about a card as the API tells it."""
    return CardPanels(
        ribbon=inspection.ribbon, half=inspection.half, width_mm=inspection.width_mm, height_mm=inspection.height_mm,
        panels=[panel_row(ink, job, card) for ink in inspection.panels], warnings=inspection.warnings,
    )  # fmt: skip


def panel_row(ink: PanelInk, job: int, card: int) -> PanelRow:
    """Return one panel as the API tells it."""
    return PanelRow(
        side=ink.side, panel=ink.panel, name=ink.name, width=ink.width, height=ink.height, levels=ink.levels,
        coverage=ink.coverage, ribbon_panels=ink.ribbon_panels, ink_share=ink.ink_share,
        picture=picture_address(ink, job, card),
    )  # fmt: skip


def picture_address(ink: PanelInk, job: int, card: int) -> str:
    """Return where a panel's picture is."""
    return f"{JOBS}/{job}/cards/{card}/panels/{ink.side}-{ink.name}.png"
