"""Whether the server lives: it answers, and its store answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from printserver.model.job import Reason

from .message import RequestContext, Response, json_response
from .operation import Operation
from .router import Route
from .service import Service


class Health(msgspec.Struct, frozen=True):
    """The server's state of health: `ok`, `no-room` (it prints, and takes no more documents) or `server-stopping`.

    `conditions` are all that hold, with what is said of each.
    """

    status: str
    conditions: list[Reason] = []


class HealthApi:
    """Answers whoever watches over the server."""

    def __init__(self, service: Service, conditions: Callable[[], Iterable[Reason]] = lambda: ()) -> None:
        """Ask `service` for one row, and `conditions` what holds for the whole server."""
        self._service, self._conditions = service, conditions

    def routes(self) -> list[Route]:
        """Return the route."""
        operation = Operation(summary="Tell whether the server works", answers=Health, tag="server")
        return [Route("GET", "/healthz", self.show, operation=operation, role=None)]

    async def show(self, context: RequestContext) -> Response:
        """Read from the store; what it raises is the answer."""
        await self._service.last_event()
        found = list(self._conditions())
        return json_response(Health(found[0].code if found else "ok", found))
