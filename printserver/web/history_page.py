"""Jobs found again: a form of filters, a table, and the same as a file."""

from __future__ import annotations

import dataclasses
from datetime import tzinfo
from urllib.parse import urlencode

from msgspec.structs import replace

from printserver.listeners.http.history import FIELDS, HISTORY, HistoryService, days_of, holder_of, query_of
from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.router import Route
from printserver.model.job import JobState

from .rendering import Renderer
from .service import PagesService

ROWS = 50
_TEXTS = ("name", "user", "department", "queue", "printer", "from", "to")
PAGE_FIELDS = frozenset({"lang", "did", "job"})


class HistoryPage:
    """Answers at `/history` and `/counts`."""

    def __init__(
        self, service: PagesService, history: HistoryService, renderer: Renderer, zone: tzinfo | None
    ) -> None:
        """Ask `history` for jobs, `service` for the names to choose from; days are those of `zone`."""
        self._service, self._history, self._renderer, self._zone = service, history, renderer, zone

    def routes(self) -> list[Route]:
        """Return the routes."""
        guarded = self._renderer.guarded
        return [Route("GET", "/history", guarded(self.show)), Route("GET", "/counts", guarded(self.counts))]

    async def counts(self, context: RequestContext) -> Response:
        """Show who had how many cards; raises BadRequest."""
        holder, asked = holder_of(context), {name: (context.asked(name) or "").strip() for name in ("from", "to")}
        found = await self._history.counts(holder, *days_of(context, self._zone))
        return self._renderer.page(context, "counts.html", holder=holder, asked=asked, found=found)

    async def show(self, context: RequestContext) -> Response:
        """Show the form, and what is found; raises BadRequest."""
        asked = {name: (context.asked(name) or "").strip() for name in _TEXTS}
        query = replace(query_of(_for_search(context), self._zone), limit=ROWS)
        page = await self._history.history(query)
        fields = [(name, value) for name, value in asked.items() if value]
        fields += [("state", str(state)) for state in sorted(query.states)]
        first = "/history" + (f"?{urlencode(fields)}" if fields else "")
        older = None if page.next is None else f"/history?{urlencode([*fields, ('before', str(page.next))])}"
        return self._renderer.page(
            context, "history.html", asked=asked, states=list(JobState), chosen=query.states, found=page.found,
            queues=[view.config.name for view in self._service.queues()], older=older, newest=query.before is None,
            first=first, filtered=bool(fields),
            printers=[view.config.name for view in self._service.printers()],
            file=f"{HISTORY}.csv" + (f"?{urlencode(fields)}" if fields else ""),
        )  # fmt: skip


def _for_search(context: RequestContext) -> RequestContext:
    """Return a request with the fields that search alone: a page has its own, and a form sends empty ones."""
    fields = {
        name: values for name, values in context.query.items()
        if name not in PAGE_FIELDS and (name not in FIELDS or any(value.strip() for value in values))
    }  # fmt: skip
    return dataclasses.replace(context, query=fields)
