"""What waits for a second person on a job's page: who asked for it and why, confirmed or withdrawn by a form.

Laws kept here:

1. A form names the wish that it shows: another one, asked for meanwhile, is not confirmed by it.
"""

from __future__ import annotations

from printserver.errors import BadRequest
from printserver.listeners.http.message import FORM, RequestContext, Response
from printserver.listeners.http.router import Route

from .deeds import CONFIRM, WITHDRAW
from .forms import by_of, done, text
from .rendering import Renderer
from .service import PagesService

FORM_LIMIT = 16 * 1024


class SecondPerson:
    """Answers at `/jobs/ID/wishes/WISH`."""

    def __init__(self, service: PagesService, renderer: Renderer) -> None:
        """Ask `service` for everything."""
        self._service = service
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """Return the route."""
        act = self._renderer.guarded(self.act)
        return [Route("POST", "/jobs/{job:int}/wishes/{wish:int}", act, (FORM,), FORM_LIMIT)]

    async def act(self, context: RequestContext) -> Response:
        """Confirm or withdraw a wish, as the form's button says."""
        job, wish = context.number("job"), context.number("wish")
        by = by_of(context, self._renderer.visit(context).by)
        match text(context.form(), "do"):
            case CONFIRM.name:
                made = await self._service.confirm(job, wish, by)
                return done(context, CONFIRM.name, made.id)
            case WITHDRAW.name:
                await self._service.withdraw(job, wish, by)
                return done(context, WITHDRAW.name, job)
        raise BadRequest("say what to do", where="do", allowed=f"{CONFIRM.name}, {WITHDRAW.name}")
