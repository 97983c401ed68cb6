"""What a day was like, on a page."""

from __future__ import annotations

from datetime import timedelta

from printserver.listeners.http.daily import Reports, day_asked
from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.router import Route

from .rendering import Renderer


class DailyPage:
    """Answers at `/report`."""

    def __init__(self, reports: Reports, renderer: Renderer) -> None:
        """Ask `reports`."""
        self._reports, self._renderer = reports, renderer

    def routes(self) -> list[Route]:
        """Return the one route."""
        return [Route("GET", "/report", self._renderer.guarded(self.show))]

    async def show(self, context: RequestContext) -> Response:
        """Show a day; `?day=` names it, else it is today."""
        report = await self._reports.of(day_asked(context))
        one = timedelta(days=1)
        return self._renderer.page(
            context, "daily.html", report=report, before=(report.day - one).isoformat(),
            after=(report.day + one).isoformat() if report.whole else None,
        )
