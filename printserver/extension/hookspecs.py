"""Hooks for plugins that are not drivers. Entry-point group `printserver`, the same as for drivers.

Laws kept here:

1. Hooks return values, are prefixed `printserver_`, and are called with keywords.
2. Adding a hook or an argument keeps the contract's version; taking one away raises it.
3. A plugin that breaks a hookspec is named and disabled; the server goes on.
"""

from __future__ import annotations

import click

from printserver.driver.hookspecs import hookspec
from printserver.extension.handles import Handles
from printserver.extension.values import (
    Decision,
    DecoderEntry,
    Listening,
    ObserverEntry,
    PageEntry,
    RoleEntry,
    RouteEntry,
    TablesEntry,
    TimedWork,
    TransportEntry,
)
from printserver.queue.views import Submission


@hookspec
def printserver_transports() -> list[TransportEntry]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return further kinds of link to a device."""


@hookspec
def printserver_decoders() -> list[DecoderEntry]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return further document formats; their functions run in the sandboxed worker only."""


@hookspec
def printserver_listeners(handles: Handles) -> list[Listening]:  # type: ignore[empty-body]  # no body
    """Return further doors through which jobs come in."""


@hookspec(firstresult=True)
def printserver_authorize(user: str, operation: str, resource: str) -> bool | None:
    """Say whether a user may do something; None = no opinion, False = refused whatever others say later."""


@hookspec
def printserver_job_gate(submission: Submission) -> Decision | None:
    """Look at a submission before it is accepted; it may be refused or held."""


@hookspec
def printserver_observers(handles: Handles) -> list[ObserverEntry]:  # type: ignore[empty-body]  # no body
    """Return durable readers of the journal."""


@hookspec
def printserver_tables() -> list[TablesEntry]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return one's own tables, each with its prefix and Alembic branch."""


@hookspec
def printserver_routes(handles: Handles) -> list[RouteEntry]:  # type: ignore[empty-body]  # no body
    """Return routes that join the JSON API and its OpenAPI document."""


@hookspec
def printserver_pages(handles: Handles) -> list[PageEntry]:  # type: ignore[empty-body]  # no body
    """Return pages that join the navigation."""


@hookspec
def printserver_commands() -> list[click.Command]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return commands that join the command line."""


@hookspec
def printserver_config_section() -> tuple[str, type] | None:
    """Return the name of one's `[plugin.NAME]` table and the msgspec Struct that it must fit."""


@hookspec
def printserver_roles() -> list[RoleEntry]:  # type: ignore[empty-body]  # a hookspec has no body
    """Return further roles."""


@hookspec
def printserver_timed_work(handles: Handles) -> list[TimedWork]:  # type: ignore[empty-body]  # no body
    """Return work to be done again and again."""
