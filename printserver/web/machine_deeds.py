"""What people do to queues and printers: pause, resume, and "the cause is removed".

The laws are those of `job_deeds`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from printserver.errors import NotPossibleNow, StoreConflict
from printserver.listeners.http.message import FORM, RequestContext, Response
from printserver.listeners.http.router import Route
from printserver.model.printer import Decisions
from printserver.queue.deciding import needed_to_clear
from printserver.queue.views import PrinterView

from . import deeds
from .deeds import Deed, may_clear
from .forms import by_of, done, text
from .job_deeds import FORM_LIMIT
from .reasons import of_code
from .rendering import Renderer
from .service import PagesService
from .visit import segment

Handler = Callable[[RequestContext, Deed], Awaitable[Response]]


class MachineDeeds:
    """Answers at `/queues/NAME/DEED` and `/printers/NAME/clear`."""

    def __init__(self, service: PagesService, renderer: Renderer) -> None:
        """Ask `service` for everything."""
        self._service = service
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """Return two routes for each deed: one that asks, one that does."""
        of_queues = [
            route for deed in deeds.QUEUE_DEEDS
            for route in self._pair(f"/queues/{{name}}/{deed.name}", deed, self.ask_queue, self.do_queue)
        ]  # fmt: skip
        return [*of_queues, *self._pair("/printers/{name}/clear", deeds.CLEAR, self.ask_printer, self.clear)]

    def _pair(self, path: str, deed: Deed, ask: Handler, act: Handler) -> list[Route]:
        async def get(context: RequestContext) -> Response:
            return await ask(context, deed)

        async def post(context: RequestContext) -> Response:
            return await act(context, deed)

        guarded = self._renderer.guarded
        return [Route("GET", path, guarded(get)), Route("POST", path, guarded(post), (FORM,), FORM_LIMIT)]

    # queues

    async def ask_queue(self, context: RequestContext, deed: Deed) -> Response:
        """Ask whether to pause or resume a queue."""
        name = self._service.queue(context.parameters["name"]).config.name
        action = f"/queues/{segment(name)}/{deed.name}"
        return self._renderer.page(
            context, "ask_machine.html", deed=deed, name=name, action=action, seen="", told=None, verbatim="",
            needed=False,
        )

    async def do_queue(self, context: RequestContext, deed: Deed) -> Response:
        """Pause or resume a queue."""
        by = by_of(context, self._renderer.visit(context).by)
        wish = self._service.pause if deed is deeds.PAUSE else self._service.resume
        await wish(context.parameters["name"], by)
        return done(context, deed.name)

    # printers

    async def ask_printer(self, context: RequestContext, deed: Deed) -> Response:
        """Ask whether the cause is really removed."""
        view = self._blocked(context)
        needed = needed_to_clear(view.config.name, [queue.config for queue in self._service.queues()])
        return self._renderer.page(
            context, "ask_machine.html", deed=deed, name=view.config.name, seen=seen(view),
            action=f"/printers/{segment(view.config.name)}/clear",
            told=of_code(view.reason.code) if view.reason else None,
            verbatim=view.reason.detail if view.reason else "", needed=needed is not Decisions.FREE,
        )  # fmt: skip

    async def clear(self, context: RequestContext, deed: Deed) -> Response:
        """Tell a printer that what it complained of, when the form was shown, is removed."""
        by = by_of(context, self._renderer.visit(context).by)
        view = self._blocked(context)
        if text(context.form(), "seen") != seen(view):
            raise StoreConflict("the printer has said something else since this page was shown")
        await self._service.clear_printer(view.config.name, by)
        return done(context, deed.name)

    def _blocked(self, context: RequestContext) -> PrinterView:
        view = self._service.printer(context.parameters["name"])
        if not may_clear(view):
            raise NotPossibleNow(f"printer {view.config.name} is {view.state}")
        return view


def seen(view: PrinterView) -> str:
    """Return what tells one complaint of a printer from the next."""
    return f"{view.since!r} {view.reason.code if view.reason else ''}"
