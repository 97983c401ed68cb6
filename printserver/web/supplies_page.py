"""A printer's blanks and ribbon: what is left, what a person enters, and the closing of a shift.

Laws kept here:

1. A form counts once, however often it is sent.
"""

from __future__ import annotations

from printserver.errors import BadRequest
from printserver.listeners.http.message import FORM, RequestContext, Response
from printserver.listeners.http.router import Route
from printserver.listeners.http.supplies import MOST, SuppliesService
from printserver.model.supply import Spending
from printserver.queue.views import By

from .forms import by_of, done, number, text
from .once import Once
from .rendering import Renderer
from .service import PagesService
from .supply_deeds import CLOSE_SHIFT, LOAD, RIBBON, SPEND, SUPPLY_DEEDS

FORM_LIMIT = 16 * 1024


class SuppliesPage:
    """Answers at `/printers/NAME/supplies`."""

    def __init__(self, service: PagesService, supplies: SuppliesService, renderer: Renderer, once: Once) -> None:
        """Ask `service` for the printer and `supplies` for the rest; `once` makes the tokens of forms."""
        self._service, self._supplies, self._renderer, self._once = service, supplies, renderer, once

    def routes(self) -> list[Route]:
        """Return the routes: one that shows, one that takes what is entered."""
        guarded = self._renderer.guarded
        place = "/printers/{name}/supplies"
        return [
            Route("GET", place, guarded(self.show)),
            Route("POST", place, guarded(self.enter), (FORM,), FORM_LIMIT),
        ]

    async def show(self, context: RequestContext) -> Response:
        """Show blanks, ribbon and the open shift."""
        view = self._service.printer(context.parameters["name"])
        name = view.config.name
        return self._renderer.page(
            context, "supplies.html", view=view, supplies=await self._supplies.supplies(name), most=MOST,
            shift=await self._supplies.shift(name), deeds=SUPPLY_DEEDS, token=self._once.token(),
        )

    async def enter(self, context: RequestContext) -> Response:
        """Take what a person enters; raises BadRequest."""
        by = by_of(context, self._renderer.visit(context).by)
        form, printer = context.form(), context.parameters["name"]
        deed = text(form, "do")
        await self._once.run(text(form, "token"), lambda: self._do(deed, context, printer, by))
        return done(context, deed)

    async def _do(self, deed: str, context: RequestContext, printer: str, by: By) -> None:
        form, ask = context.form(), self._supplies
        match deed:
            case LOAD.name:
                await ask.load_blanks(printer, _count(context, "loaded"), by)
            case SPEND.name:
                for what, field in ((Spending.TEST_CARD, "test_cards"), (Spending.CLEANING, "cleaning")):
                    if number(form, field):
                        await ask.spend_blanks(printer, what, _count(context, field), by)
            case RIBBON.name:
                cards, left = number(form, "cards"), number(form, "left")
                for field, count in (("cards", cards), ("left", left)):
                    _check(field, count)
                await ask.change_ribbon(printer, text(form, "roll"), cards or None, left, by)
            case CLOSE_SHIFT.name:
                await ask.close_shift(printer, _count(context, "left"), by)
            case _:
                raise BadRequest("say what to do", where="do", allowed=", ".join(each.name for each in SUPPLY_DEEDS))


def _count(context: RequestContext, field: str) -> int:
    found = number(context.form(), field)
    if found is None:
        raise BadRequest("is missing", where=field, allowed="a number of cards")
    _check(field, found)
    return found


def _check(field: str, count: int | None) -> None:
    if count is not None and count > MOST:
        raise BadRequest("is too many", where=field, allowed=f"up to {MOST}")
