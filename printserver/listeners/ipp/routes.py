"""IPP over HTTP: POST of application/ipp at the addresses that clients know (RFC 8010 section 4; CUPS's paths)."""

from __future__ import annotations

import structlog

from printserver.errors import PrintServerError
from printserver.ipp import IppError, Message, Request, Status, build, check_request, encode, parse
from printserver.listeners.http import RequestContext, Response, Route
from printserver.listeners.ipp.addresses import addresses_of
from printserver.listeners.ipp.operations import Asked, Operations
from printserver.listeners.ipp.statuses import status_of
from printserver.listeners.ipp.template import Unfaithful
from printserver.queue.jobs import JobService

IPP = "application/ipp"
PATHS = ("/", "/ipp", "/ipp/print", "/ipp/print/{queue}", "/printers/{queue}", "/jobs/", "/jobs/{job:int}")


def ipp_routes(service: JobService) -> list[Route]:
    """Return the routes of the IPP door."""
    door = IppDoor(Operations(service))
    return [Route("POST", path, door.handle, consumes=(IPP,)) for path in PATHS]


class IppDoor:
    """Reads a request, has it answered, writes the answer; every error becomes an IPP status."""

    def __init__(self, operations: Operations) -> None:
        """Have requests answered by `operations`."""
        self._operations = operations
        self._log = structlog.get_logger("ipp")

    async def handle(self, context: RequestContext) -> Response:
        """Answer one HTTP request; the HTTP status is 200 whatever IPP says (RFC 8010 section 3.4.3)."""
        try:
            message, document = parse(context.body)
            request = check_request(message)
        except IppError as error:
            return _response(build.refusal(error))
        return _response(await self._answer(context, request, document))

    async def _answer(self, context: RequestContext, request: Request, document: bytes) -> Message:
        asked = Asked(request, document, addresses_of(context), context.client)
        try:
            return await self._operations.answer(asked)
        except Unfaithful as error:
            group = build.unsupported_group(*error.unsupported)
            return build.response(request.message, status_of(error), group, message=error.sentence())
        except PrintServerError as error:
            return build.response(request.message, status_of(error), message=error.sentence())
        except Exception:
            # a fault of ours: the client gets IPP's own word for it, the log gets the rest
            self._log.exception("operation failed", operation=request.operation.name)
            return build.response(request.message, Status.INTERNAL_ERROR, message="internal error")


def _response(message: Message) -> Response:
    return Response(200, (("Content-Type", IPP), ("Cache-Control", "no-store")), encode(message))
