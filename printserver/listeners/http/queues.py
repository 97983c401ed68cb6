"""Adding queues and changing their policies through the JSON API, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Protocol

import msgspec

from printserver.errors import BadRequest
from printserver.model.account import Role
from printserver.model.opening_hours import LONGEST
from printserver.model.printer import Decisions, Duplicates, OnError, QueueConfig
from printserver.model.ticket import Text
from printserver.queue.views import By, QueueView

from .decoding import decode
from .device_rows import QueueRow, queue_row
from .devices import QUEUES
from .message import JSON, RequestContext, Response, json_response
from .operation import Operation
from .router import Route

NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
SMALL = 8192
ERRORS = ("bad-request", "unknown-printer", "store-busy", "store-full")

Printers = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=1000)]
Days = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
CheckingHours = Annotated[int, msgspec.Meta(ge=0, le=8_760)]
Attempts = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Hours = Annotated[str, msgspec.Meta(max_length=LONGEST)]


class NewQueue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new queue, and who adds it; what is left out is as in the configuration file."""

    name: Annotated[str, msgspec.Meta(pattern=NAME_PATTERN)]
    printers: Printers
    on_error: OnError = OnError.STOP
    retention: Days = 7
    checking_hours: CheckingHours = 0
    accept_unconfirmed: bool = False
    max_attempts: Attempts = 3
    duplicates: Duplicates = Duplicates.WARN
    decisions: Decisions = Decisions.FREE
    ordered: bool = False
    attended: bool = False
    hours: Hours = ""
    by: Text = "anonymous"


class QueueChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes different of a queue, and who changes it; what is left out, or null, stays."""

    printers: Printers | None = None
    on_error: OnError | None = None
    retention: Days | None = None
    checking_hours: CheckingHours | None = None
    accept_unconfirmed: bool | None = None
    max_attempts: Attempts | None = None
    duplicates: Duplicates | None = None
    decisions: Decisions | None = None
    ordered: bool | None = None
    attended: bool | None = None
    hours: Hours | None = None
    by: Text = "anonymous"


class Administration(Protocol):
    """What this needs of those who keep the queues; each call raises PrintServerError."""

    async def add_queue(self, config: QueueConfig, by: By) -> QueueView:
        """Add a queue."""
        ...

    async def set_queue(self, queue: str, by: By, changes: Mapping[str, object]) -> QueueView:
        """Change printers and policies of a queue."""
        ...


class QueuesApi:
    """Translates requests about what queues are."""

    def __init__(self, administration: Administration) -> None:
        """Ask `administration` for everything."""
        self._administration = administration

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        add = Operation(
            summary="Add a queue", takes=NewQueue, answers=QueueRow, status=201, errors=(*ERRORS, "name-taken")
        )
        change = Operation(
            summary="Change a queue's printers or policies", takes=QueueChange, answers=QueueRow,
            errors=(*ERRORS, "unknown-queue"),
        )  # fmt: skip
        return [
            Route("POST", QUEUES, self.add, (JSON,), SMALL, add, role=Role.ADMINISTER),
            Route("POST", QUEUES + "/{queue}", self.change, (JSON,), SMALL, change, role=Role.ADMINISTER),
        ]

    async def add(self, context: RequestContext) -> Response:
        """Add a queue."""
        wanted = decode(context.body or b"{}", NewQueue, BadRequest)
        fields = msgspec.structs.asdict(wanted)
        by = By(fields.pop("by") or "anonymous")
        return json_response(queue_row(await self._administration.add_queue(QueueConfig(**fields), by)), 201)

    async def change(self, context: RequestContext) -> Response:
        """Change a queue."""
        wanted = decode(context.body or b"{}", QueueChange, BadRequest)
        changes = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
        by = By(str(changes.pop("by")) or "anonymous")
        view = await self._administration.set_queue(context.parameters["queue"], by, changes)
        return json_response(queue_row(view))
