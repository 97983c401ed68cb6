"""Looking for printers through the JSON API: what is plugged in or announces itself, and which driver knows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol

import msgspec

from printserver.driver import DriverInfo
from printserver.errors import BadRequest
from printserver.model.discovery import Findings, Looking

from .decoding import decode
from .message import JSON, RequestContext, Response, json_response
from .operation import Operation
from .router import Route

DISCOVER = "/api/v1/discover"
PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
AT_PATTERN = rf"^(tcp:([A-Za-z0-9._-]{{1,253}}|\[[0-9A-Fa-f:.]{{2,45}}\]):({PORT}))?$"
At = Annotated[str, msgspec.Meta(pattern=AT_PATTERN)]


class LookingWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to look beside USB and serial lines.

    `network` = listen a few seconds for printers that announce themselves; `everything` = also devices that are neither
    printers nor known to a driver; `at` = look at this one port of a host and nowhere else: tcp:HOST:PORT.
    """

    network: bool = False
    everything: bool = False
    at: At = ""


class Discovery(Protocol):
    """What looks for printers; raises PrintServerError."""

    async def look(self, looking: Looking) -> Findings:
        """Return what is found."""
        ...

    def families(self) -> Sequence[DriverInfo]:
        """Return the drivers that a printer can be added with, in order of names."""
        ...


class DiscoveryApi:
    """Translates a request into a look round."""

    def __init__(self, discovery: Discovery, small_body: int) -> None:
        """`small_body` is the cap of a body in bytes."""
        self._discovery, self._small = discovery, small_body

    def routes(self) -> list[Route]:
        """Return the one route."""
        operation = Operation(
            summary="Look for printers", takes=LookingWish, answers=Findings,
            more="Nothing that is found becomes a printer. A device that a printer of this server has already is told "
                 "with its name and left alone.",
        )  # fmt: skip
        return [Route("POST", DISCOVER, self.look, (JSON,), self._small, operation)]

    async def look(self, context: RequestContext) -> Response:
        """Look for printers."""
        asked = decode(context.body or b"{}", LookingWish, BadRequest)
        looking = Looking(network=asked.network, everything=asked.everything, at=asked.at)
        return json_response(await self._discovery.look(looking))
