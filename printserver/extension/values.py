"""What the hooks return: values, each with the one thing the server needs to know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from printserver.model.event import Event


@dataclass(frozen=True, slots=True)
class Decision:
    """A gate's answer: refuse, hold, or (neither) let pass; `reason` is shown to the client."""

    refuse: bool = False
    hold: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ObserverEntry:
    """A durable reader of the journal: called with each event in order, at least once; its cursor has `name`."""

    name: str
    observe: Callable[[Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TimedWork:
    """Work done every `seconds`; it never overlaps with itself."""

    name: str
    seconds: float
    work: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """A route that joins the JSON API below `/api/v1/plugin/NAME` and its OpenAPI document.

    `handler` takes (path values, body bytes) and returns a JSON-encodable value.
    """

    method: str
    path: str
    handler: Callable[[Mapping[str, str], bytes], Awaitable[object]]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """Pages of a plugin: navigation text and address, templates, static files, message catalogues."""

    title: str
    path: str
    templates: Path | None = None
    static: Path | None = None
    catalogue: Path | None = None


@dataclass(frozen=True, slots=True)
class DecoderEntry:
    """A document format: `module:function` that the worker imports; (bytes, Target) -> pages uint8 (h, w, 3).

    `Target` (`printserver.documents.target`) tells the printer's image, and the most pages and pixels that are taken.
    """

    format: str
    magic: bytes
    function: str


@dataclass(frozen=True, slots=True)
class TransportEntry:
    """A kind of link: `scheme:rest` of a printer's device, and what opens it."""

    scheme: str
    open: Callable[[str], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Listening:
    """A door of a plugin: `start` opens it and returns what closes it."""

    name: str
    start: Callable[[], Awaitable[Callable[[], Awaitable[None]]]]


@dataclass(frozen=True, slots=True)
class TablesEntry:
    """A plugin's own tables: every name begins with `prefix`; `migrations` is its Alembic branch's folder."""

    prefix: str
    migrations: Path


@dataclass(frozen=True, slots=True)
class RoleEntry:
    """A role beside submit, operate and administer, with the operations it may do."""

    name: str
    operations: frozenset[str] = field(default_factory=frozenset)
