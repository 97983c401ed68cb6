"""Pictures of the printer for clients that show printers, drawn for this project (PWG 5100.13 section 6.5.8)."""

from __future__ import annotations

from pathlib import Path

from printserver.listeners.http import RequestContext, Response, Route

SIZES = (48, 128, 512)
ICON_PATHS = tuple(f"/ipp/icons/printer-{size}.png" for size in SIZES)
FOLDER = Path(__file__).with_name("pictures")


def icon_routes() -> list[Route]:
    """Return the routes of the pictures."""
    return [_route(path) for path in ICON_PATHS]


def _route(path: str) -> Route:
    picture = (FOLDER / path.rpartition("/")[2]).read_bytes()

    async def show(context: RequestContext) -> Response:
        return Response(200, (("Content-Type", "image/png"), ("Cache-Control", "max-age=86400")), picture)

    return Route("GET", path, show, role=None)
