"""The addresses of the pages."""

from __future__ import annotations

from html import escape

from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.router import Route
from printserver.listeners.http.service import Service
from printserver.model.display import harmless
from printserver.store.contract import JobQuery

HTML = "text/html; charset=utf-8"


def page_routes(service: Service) -> list[Route]:
    """Return the routes of the operator's pages."""

    async def status(context: RequestContext) -> Response:
        page = await service.jobs(JobQuery(limit=50))
        rows = "".join(f"<li>{job.id} {escape(harmless(job.name))}: {escape(job.state)}</li>" for job in page.jobs)
        body = f'<!doctype html><html lang="en"><title>Card printing</title><h1>Jobs</h1><ul>{rows}</ul></html>'
        return Response(200, (("Content-Type", HTML),), body.encode())

    return [Route("GET", "/", status)]
