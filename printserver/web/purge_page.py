"""Throwing away what tells of a person, or what is old: a page that first shows whose documents these are.

Laws kept here:

1. Nothing goes that was not shown: the form that throws away names each job, and no search is made behind it.
2. Who is looked for stands in no address, and so in no log and no browser's history: also the look is a POST.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.errors import BadRequest
from printserver.listeners.access.table import check
from printserver.listeners.http.message import FORM, RequestContext, Response
from printserver.listeners.http.purging import MOST_DAYS, MOST_JOBS, Purging
from printserver.listeners.http.router import Route
from printserver.model.job import Job
from printserver.queue.views import Purged, PurgeWanted

from .deeds import PURGE_JOBS
from .forms import MAX_DIGITS, by_of, done, number, text
from .rendering import Renderer
from .service import PagesService

FORM_LIMIT = 64 * 1024
LOOK = "look"
_FIELDS = ("person", "days", "queue")
_NOTHING = Purged(purged=())


class PurgePage:
    """Answers at `/purge`."""

    def __init__(self, service: PagesService, purging: Purging, renderer: Renderer) -> None:
        """Ask `purging` whose documents go, and `service` what these jobs are called."""
        self._service, self._purging, self._renderer = service, purging, renderer

    def routes(self) -> list[Route]:
        """Return two routes: one that asks, one that looks or does."""
        guarded = self._renderer.guarded
        return [
            Route("GET", "/purge", guarded(self.ask)),
            Route("POST", "/purge", guarded(self.act), (FORM,), FORM_LIMIT),
        ]

    async def ask(self, context: RequestContext) -> Response:
        """Ask whose documents are to go; raises NotPermitted."""
        check("purge_jobs")
        return self._page(context, dict.fromkeys(_FIELDS, ""))

    async def act(self, context: RequestContext) -> Response:
        """Show whose documents would go, or throw those away that were shown; raises BadRequest."""
        match text(context.form(), "do"):
            case "look":
                return await self._look(context)
            case PURGE_JOBS.name:
                return await self._purge(context)
        raise BadRequest("say what to do", where="do", allowed=f"{LOOK}, {PURGE_JOBS.name}")

    async def _look(self, context: RequestContext) -> Response:
        form = context.form()
        asked = {name: text(form, name) for name in _FIELDS}
        days = number(form, "days")
        if days is not None and days > MOST_DAYS:
            raise BadRequest("is too many", where="days", allowed=f"up to {MOST_DAYS}")
        if not asked["person"] and days is None:
            raise BadRequest("say whose documents are to go", where="person", allowed="a person, or a number of days")
        wanted = PurgeWanted(
            person=asked["person"], days=days, queue=asked["queue"] or None, before=number(form, "before"),
            try_only=True,
        )
        found = await self._purging.purge_jobs(wanted, by_of(context, ""))
        jobs = [await self._service.job(job) for job in found.purged]
        return self._page(context, asked, found, jobs, looked=True)

    async def _purge(self, context: RequestContext) -> Response:
        named = context.form().get("chosen", ())
        if not named:
            raise BadRequest("no job is chosen", where="chosen")
        if len(named) > MOST_JOBS or not all(_is_number(each) for each in named):
            raise BadRequest("are no jobs", where="chosen", allowed=f"up to {MOST_JOBS} numbers of jobs")
        wanted = PurgeWanted(jobs=tuple(dict.fromkeys(map(int, named))))
        found = await self._purging.purge_jobs(wanted, by_of(context, self._renderer.visit(context).by))
        if found.kept:  # such as one of which a card was rejected since it was shown
            return self._page(context, dict.fromkeys(_FIELDS, ""), found)
        return done(context, PURGE_JOBS.name, home="/purge")

    def _page(
        self, context: RequestContext, asked: dict[str, str], found: Purged = _NOTHING, jobs: Sequence[Job] = (),
        *, looked: bool = False,
    ) -> Response:  # fmt: skip
        return self._renderer.page(
            context, "purge.html", asked=asked, found=found, jobs=jobs, looked=looked, deed=PURGE_JOBS,
            most_days=MOST_DAYS, queues=[view.config.name for view in self._service.queues()],
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
