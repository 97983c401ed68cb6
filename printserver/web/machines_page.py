"""Replacing a printer and moving a job: pages that ask which one instead, and forms that do it.

The laws are those of `job_deeds`.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.errors import NotPossibleNow
from printserver.listeners.http.machines import Machines
from printserver.listeners.http.message import FORM, RequestContext, Response
from printserver.listeners.http.router import Route

from .deeds import Deed
from .forms import by_of, done, text
from .machine_words import MOVE, REPLACE
from .rendering import Renderer
from .service import PagesService
from .visit import segment

FORM_LIMIT = 16 * 1024


class MachinesPage:
    """Answers at `/printers/NAME/replace` and `/jobs/ID/move`."""

    def __init__(self, service: PagesService, machines: Machines, renderer: Renderer) -> None:
        """Ask `service` what there is, and `machines` to do it."""
        self._service, self._machines, self._renderer = service, machines, renderer

    def routes(self) -> list[Route]:
        """Return two routes for each deed: one that asks, one that does."""
        guarded = self._renderer.guarded
        printer, job = "/printers/{name}/replace", "/jobs/{job:int}/move"
        return [
            Route("GET", printer, guarded(self.ask_printer)),
            Route("POST", printer, guarded(self.replace), (FORM,), FORM_LIMIT),
            Route("GET", job, guarded(self.ask_job)), Route("POST", job, guarded(self.move), (FORM,), FORM_LIMIT),
        ]  # fmt: skip

    async def ask_printer(self, context: RequestContext) -> Response:
        """Ask which printer takes the place."""
        old = self._service.printer(context.parameters["name"]).config.name
        others = [view.config.name for view in self._service.printers() if view.config.name != old]
        return self._ask(context, REPLACE, old, f"/printers/{segment(old)}/replace", others)

    async def replace(self, context: RequestContext) -> Response:
        """Let the chosen printer take the place."""
        by = by_of(context, self._renderer.visit(context).by)
        await self._machines.replace_printer(context.parameters["name"], text(context.form(), "chosen"), by)
        return done(context, REPLACE.name)

    async def ask_job(self, context: RequestContext) -> Response:
        """Ask which queue a job goes to."""
        job = await self._service.job(context.number("job"))
        if job.state.final:
            raise NotPossibleNow(f"job {job.id} is {job.state}")
        others = [view.config.name for view in self._service.queues() if view.config.name != job.queue]
        return self._ask(context, MOVE, f"{job.id} – {job.name}", f"/jobs/{job.id}/move", others)

    async def move(self, context: RequestContext) -> Response:
        """Move a job to the chosen queue."""
        by = by_of(context, self._renderer.visit(context).by)
        await self._machines.move([context.number("job")], text(context.form(), "chosen"), by)
        return done(context, MOVE.name)

    def _ask(self, context: RequestContext, deed: Deed, about: str, action: str, others: Sequence[str]) -> Response:
        return self._renderer.page(
            context, "ask_other.html", deed=deed, about=about, action=action, others=others
        )
