"""IPP over HTTP: POST of application/ipp at the addresses that clients know (RFC 8010 section 4; CUPS's paths)."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from printserver.errors import PrintServerError
from printserver.ipp import IppError, Status, build
from printserver.listeners.http import RequestContext, Response, Route
from printserver.listeners.ipp.addresses import Ports, addresses_of, as_cups
from printserver.listeners.ipp.asked import Answer, Asked
from printserver.listeners.ipp.icons import icon_routes
from printserver.listeners.ipp.operations import Operations
from printserver.listeners.ipp.refusals import refused
from printserver.listeners.ipp.repeated import Readings
from printserver.listeners.ipp.service import Administration, Service
from printserver.listeners.ipp.strings import strings_routes
from printserver.listeners.ipp.uri_operations import Fetching

IPP = "application/ipp"
PATHS = (
    "/", "/ipp", "/ipp/print", "/ipp/print/{queue}", "/printers/", "/printers/{queue}", "/jobs", "/jobs/",
    "/jobs/{job:int}", "/admin/",
)  # fmt: skip


def ipp_routes(
    service: Service, administration: Administration, ports: Callable[[], Ports] = Ports,
    fetching: Fetching | None = None,
) -> list[Route]:
    """Return the routes of the IPP door; `ports` tells which doors of the site are open.

    `fetching` fetches documents that clients name, None = none are fetched.
    """
    door = IppDoor(Operations(service, administration, fetching), ports)
    return [*(Route("POST", path, door.handle, consumes=(IPP,)) for path in PATHS), *icon_routes(), *strings_routes()]


class IppDoor:
    """Reads a request, has it answered, writes the answer; every error becomes an IPP status."""

    def __init__(self, operations: Operations, ports: Callable[[], Ports] = Ports) -> None:
        """Have requests answered by `operations`; `ports` tells which doors of the site are open."""
        self._operations = operations
        self._ports = ports
        self._readings = Readings()
        self._log = structlog.get_logger("ipp")

    async def handle(self, context: RequestContext) -> Response:
        """Answer one HTTP request; the HTTP status is 200 whatever IPP says (RFC 8010 section 3.4.3)."""
        try:
            reading = self._readings.read(context.body)
        except IppError as error:
            return _response(Answer(build.refusal(error)))
        # CUPS's programs take a queue that has several addresses for another one than they asked for
        target = reading.request.target
        ports = Ports() if as_cups(target) else self._ports()
        addresses = addresses_of(context, target, ports)
        return await self._answered(Asked(
            reading.request, reading.document, addresses, context.client, reading.known
        ))  # fmt: skip

    async def _answered(self, asked: Asked) -> Response:
        try:
            return _response(await self._operations.answer(asked))
        except PrintServerError as error:
            return _response(Answer(refused(error, asked.request)))
        except Exception:
            # a fault of ours: the client gets IPP's own word for it, the log gets the rest
            self._log.exception("operation failed", operation=asked.request.operation.name)
            broken = build.response(asked.request.message, Status.INTERNAL_ERROR, message="internal error")
            return _response(Answer(broken))


def _response(answer: Answer) -> Response:
    return Response(200, (("Content-Type", IPP), ("Cache-Control", "no-store")), answer.encoded(), answer.again)
