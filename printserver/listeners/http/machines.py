"""Printers that come, change and go, and jobs that are moved, through the JSON API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Protocol

import msgspec

from printserver.errors import BadRequest
from printserver.model.job import Job
from printserver.model.printer import PrinterConfig
from printserver.model.ticket import Text
from printserver.queue.views import By, PrinterView

from .decoding import decode
from .device_rows import PrinterRow, printer_row
from .devices import PRINTERS
from .message import JSON, RequestContext, Response, json_response
from .operation import Operation
from .router import Route
from .rows import JobRow
from .wishes import JOBS, Wish, row

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
Name = Annotated[str, msgspec.Meta(pattern=NAME_PATTERN)]
Options = Annotated[dict[str, str], msgspec.Meta(max_length=32)]
UNFIT = ("bad-ticket", "unsupported-by-printer")


class NewPrinter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A printer to be added; `device` is its address: tcp:HOST:PORT, serial:URL, usblp:PATH or emulated."""

    name: Name
    driver: Text
    model: Text
    device: Text
    ribbon: Text
    stock: Text = "cr80-pvc"
    place: Text = ""
    options: Options = {}
    by: Text = "anonymous"
    reason: Text = ""


class PrinterChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes different of a printer; what is left out stays."""

    ribbon: Text | None = None
    stock: Text | None = None
    place: Text | None = None
    device: Text | None = None
    options: Options | None = None
    by: Text = "anonymous"
    reason: Text = ""


class Replacement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The printer that takes another one's place; with a `driver` it is added, with model, device and ribbon."""

    new: Name
    driver: Text | None = None
    model: Text = ""
    device: Text = ""
    ribbon: Text = ""
    stock: Text = "cr80-pvc"
    place: Text = ""
    options: Options = {}
    by: Text = "anonymous"
    reason: Text = ""


class MoveWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who moves a job to another queue, and why."""

    queue: Text
    by: Text = "anonymous"
    reason: Text = ""


Asked = Wish | MoveWish | NewPrinter | PrinterChange | Replacement


class Machines(Protocol):
    """What this door asks of those who change printers and move jobs; each call raises PrintServerError."""

    async def move(self, jobs: Sequence[int], queue: str, by: By) -> Sequence[Job]:
        """Move jobs to another queue."""
        ...

    async def add_printer(self, config: PrinterConfig, by: By) -> PrinterView:
        """Add a printer."""
        ...

    async def set_printer(self, name: str, by: By, **changes: object) -> PrinterView:
        """Change a printer."""
        ...

    async def retire_printer(self, name: str, by: By) -> PrinterView:
        """Take a printer out of its queues for good."""
        ...

    async def replace_printer(self, old: str, new: str, by: By, config: PrinterConfig | None = None) -> PrinterView:
        """Let a printer take another one's place."""
        ...


class MachinesApi:
    """Translates requests into changes of printers, and moves of jobs."""

    def __init__(self, machines: Machines, small_body: int) -> None:
        """`small_body` is the cap of a body in bytes."""
        self._machines = machines
        self._small = small_body

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        printer = PRINTERS + "/{printer}"
        gone, taken = ("unknown-printer", "not-possible"), ("name-taken",)
        moved = ("unknown-job", "unknown-queue", "not-possible", "not-accepting", *UNFIT)
        return [
            self._route(PRINTERS, self.add_printer, "Add a printer", NewPrinter, PrinterRow, taken, 201),
            self._route(printer + "/set", self.set_printer, "Change a printer", PrinterChange, PrinterRow, gone),
            self._route(printer + "/retire", self.retire, "Retire a printer", Wish, PrinterRow, gone),
            self._route(printer + "/replace", self.replace, "Let another printer take a printer's place",
                        Replacement, PrinterRow, (*gone, "name-taken")),
            self._route(JOBS + "/{job:int}/move", self.move, "Move a job to another queue", MoveWish, JobRow, moved),
        ]  # fmt: skip

    def _route(
        self, path: str, handler: Callable[[RequestContext], Awaitable[Response]], summary: str, takes: type[Any],
        answers: type[Any], errors: tuple[str, ...], status: int = 200,
    ) -> Route:  # fmt: skip
        operation = Operation(summary=summary, takes=takes, answers=answers, status=status, errors=errors)
        return Route("POST", path, handler, (JSON,), self._small, operation)

    async def move(self, context: RequestContext) -> Response:
        """Move a job to another queue."""
        asked = decode(context.body or b"{}", MoveWish, BadRequest)
        [moved] = await self._machines.move([context.number("job")], asked.queue, _by(asked))
        return row(moved)

    async def add_printer(self, context: RequestContext) -> Response:
        """Add a printer."""
        asked = decode(context.body or b"{}", NewPrinter, BadRequest)
        added = await self._machines.add_printer(_printer(asked.name, asked), _by(asked))
        return json_response(printer_row(added), 201)

    async def set_printer(self, context: RequestContext) -> Response:
        """Change a printer."""
        asked = decode(context.body or b"{}", PrinterChange, BadRequest)
        changed = await self._machines.set_printer(context.parameters["printer"], _by(asked), **_changes(asked))
        return json_response(printer_row(changed))

    async def retire(self, context: RequestContext) -> Response:
        """Retire a printer."""
        asked = decode(context.body or b"{}", Wish, BadRequest)
        retired = await self._machines.retire_printer(context.parameters["printer"], _by(asked))
        return json_response(printer_row(retired))

    async def replace(self, context: RequestContext) -> Response:
        """Let a printer take another one's place."""
        asked = decode(context.body or b"{}", Replacement, BadRequest)
        config = None if asked.driver is None else _printer(asked.new, asked)
        old = context.parameters["printer"]
        return json_response(printer_row(await self._machines.replace_printer(old, asked.new, _by(asked), config)))



def _by(asked: Asked) -> By:
    return By(asked.by or "anonymous", asked.reason)


def _printer(name: str, asked: NewPrinter | Replacement) -> PrinterConfig:
    return PrinterConfig(
        name=name, driver=(asked.driver or "").lower(), model=asked.model.lower(), device=asked.device,
        ribbon=asked.ribbon, stock=asked.stock, place=asked.place, options=asked.options,
    )  # fmt: skip


def _changes(asked: PrinterChange) -> dict[str, Any]:
    """Return what is to become different, without what was left out."""
    given = msgspec.structs.asdict(asked)
    return {key: value for key, value in given.items() if key not in ("by", "reason") and value is not None}
