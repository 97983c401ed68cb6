"""A printer's page: who and what it is, and the maintenance that it can be told to do, step by step.

Laws kept here:

1. A form counts once, however often it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.driver import Capabilities
from printserver.errors import BadRequest
from printserver.listeners.http.message import FORM, RequestContext, Response
from printserver.listeners.http.router import Route
from printserver.listeners.http.upkeep import MOST, UpkeepService
from printserver.model.upkeep import MaintenanceAction
from printserver.queue.views import By, PrinterView

from .forms import by_of, done, number, text
from .once import Once
from .rendering import Renderer
from .upkeep_words import CLEANED, MAINTAIN, OUTCOMES, POSTPONE

FORM_LIMIT = 16 * 1024
MM_PER_INCH = 25.4


class UpkeepPage:
    """Answers at `/printers/NAME/maintenance`."""

    def __init__(self, upkeep: UpkeepService, renderer: Renderer, once: Once) -> None:
        """Ask `upkeep` for everything; `once` makes the tokens of forms."""
        self._upkeep, self._renderer, self._once = upkeep, renderer, once

    def routes(self) -> list[Route]:
        """Return the routes: one that shows, one that takes a wish."""
        guarded, place = self._renderer.guarded, "/printers/{name}/maintenance"
        return [
            Route("GET", place, guarded(self.show)),
            Route("POST", place, guarded(self.begin), (FORM,), FORM_LIMIT),
        ]

    async def show(self, context: RequestContext) -> Response:
        """Show the printer, what it does now, and what it can be told to do."""
        view = self._upkeep.printer(context.parameters["name"])
        return self._renderer.page(
            context, "upkeep.html", view=view, outcomes=OUTCOMES, deed=MAINTAIN, cleaned=CLEANED,
            postpone=POSTPONE, most=MOST, token=self._once.token(),
            image=None if view.capabilities is None else image_mm(view.capabilities),
            ribbons=() if view.capabilities is None else ribbons_of(view.capabilities),
        )  # fmt: skip

    async def begin(self, context: RequestContext) -> Response:
        """Take a wish; raises BadRequest for one that is none."""
        by, form = by_of(context, self._renderer.visit(context).by), context.form()
        wanted, printer = text(form, "do"), context.parameters["name"]
        await self._once.run(text(form, "token"), lambda: self._do(wanted, context, printer, by))
        return done(context, wanted if wanted in (CLEANED.name, POSTPONE.name) else MAINTAIN.name)

    async def _do(self, wanted: str, context: RequestContext, printer: str, by: By) -> PrinterView:
        if wanted in list(MaintenanceAction):
            return await self._upkeep.maintain(printer, MaintenanceAction(wanted), by)
        match wanted:
            case CLEANED.name:
                return await self._upkeep.cleaned(printer, by)
            case POSTPONE.name:
                return await self._upkeep.postpone(printer, _cards(context), by)
        allowed = ", ".join([*MaintenanceAction, CLEANED.name, POSTPONE.name])
        raise BadRequest("say what to do", where="do", allowed=allowed)


def _cards(context: RequestContext) -> int:
    found = number(context.form(), "cards")
    if not found or found > MOST:
        raise BadRequest("is no number of cards", where="cards", allowed=f"1 to {MOST}")
    return found


def image_mm(known: Capabilities) -> tuple[str, str]:
    """Return width and height of the printable image in millimetres, with one decimal place."""
    geometry = known.geometry
    width, height = (f"{dots * MM_PER_INCH / geometry.dpi:.1f}" for dots in (geometry.width, geometry.height))
    return width, height


def ribbons_of(known: Capabilities) -> Sequence[tuple[str, str, str]]:
    """Return each ribbon's name and its panels for front and back, in printing order."""
    return [(each.name, " ".join(each.front), " ".join(each.back)) for each in known.ribbons]
