"""Queues and printers through the JSON API."""

from __future__ import annotations

from .device_rows import PrinterList, PrinterRow, QueueList, QueueRow, printer_row, queue_row
from .message import JSON, RequestContext, Response, json_response
from .operation import Operation
from .router import Route
from .service import Service
from .wishes import Wish, by_of, wish

QUEUES, PRINTERS = "/api/v1/queues", "/api/v1/printers"


class DevicesApi:
    """Translates requests about queues and printers into calls of the job service."""

    def __init__(self, service: Service, small_body: int) -> None:
        """`small_body` is the cap of a body in bytes."""
        self._service = service
        self._small = small_body

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        queue, printer = QUEUES + "/{queue}", PRINTERS + "/{printer}"
        pause = Operation(summary="Pause a queue", takes=Wish, answers=QueueRow, errors=("unknown-queue",))
        resume = Operation(summary="Resume a queue", takes=Wish, answers=QueueRow, errors=("unknown-queue",))
        clear = Operation(
            summary="Say that a printer's card path is empty", takes=Wish, answers=PrinterRow,
            errors=("unknown-printer", "not-possible", "name-needed", "reason-needed"),
        )  # fmt: skip
        return [
            Route("GET", QUEUES, self.queues, operation=Operation(summary="List queues", answers=QueueList)),
            Route("GET", queue, self.queue, operation=Operation(
                summary="Tell of a queue", answers=QueueRow, errors=("unknown-queue",))),
            Route("POST", queue + "/pause", self.pause, (JSON,), self._small, pause),
            Route("POST", queue + "/resume", self.resume, (JSON,), self._small, resume),
            Route("GET", PRINTERS, self.printers, operation=Operation(summary="List printers", answers=PrinterList)),
            Route("GET", printer, self.printer, operation=Operation(
                summary="Tell of a printer", answers=PrinterRow, errors=("unknown-printer",))),
            Route("POST", printer + "/clear", self.clear, (JSON,), self._small, clear),
        ]  # fmt: skip

    async def queues(self, context: RequestContext) -> Response:
        """List queues."""
        await self._service.caught_up()
        return json_response(QueueList([queue_row(view) for view in self._service.queues()]))

    async def queue(self, context: RequestContext) -> Response:
        """Tell of a queue."""
        await self._service.caught_up()
        return json_response(queue_row(self._service.queue(context.parameters["queue"])))

    async def pause(self, context: RequestContext) -> Response:
        """Pause a queue."""
        by = by_of(wish(context, Wish))
        return json_response(queue_row(await self._service.pause(context.parameters["queue"], by)))

    async def resume(self, context: RequestContext) -> Response:
        """Resume a queue."""
        by = by_of(wish(context, Wish))
        return json_response(queue_row(await self._service.resume(context.parameters["queue"], by)))

    async def printers(self, context: RequestContext) -> Response:
        """List printers."""
        return json_response(PrinterList([printer_row(view) for view in self._service.printers()]))

    async def printer(self, context: RequestContext) -> Response:
        """Tell of a printer."""
        return json_response(printer_row(self._service.printer(context.parameters["printer"])))

    async def clear(self, context: RequestContext) -> Response:
        """Take a person's word that the card path is empty."""
        by = by_of(wish(context, Wish))
        return json_response(printer_row(await self._service.clear_printer(context.parameters["printer"], by)))
