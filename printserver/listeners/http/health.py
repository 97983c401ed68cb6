"""Whether the server lives: it answers, and its store answers it."""

from __future__ import annotations

import msgspec

from .message import RequestContext, Response, json_response
from .operation import Operation
from .router import Route
from .service import Service


class Health(msgspec.Struct, frozen=True):
    """The server's state of health."""

    status: str


class HealthApi:
    """Answers whoever watches over the server."""

    def __init__(self, service: Service) -> None:
        """Ask `service` for one row."""
        self._service = service

    def routes(self) -> list[Route]:
        """Return the route."""
        operation = Operation(summary="Tell whether the server works", answers=Health, tag="server")
        return [Route("GET", "/healthz", self.show, operation=operation, role=None)]

    async def show(self, context: RequestContext) -> Response:
        """Read from the store; what it raises is the answer."""
        await self._service.last_event()
        return json_response(Health("ok"))
