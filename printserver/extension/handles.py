"""What a plugin is given: the job service, and later rooms' services as they are built.

Laws kept here:

1. A plugin reaches the server through these handles only; it never imports the queue's inside.
2. A handle that this server does not have is None, and the plugin says so instead of guessing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from printserver.model.clock import Clock
from printserver.queue.jobs import JobService

_T = TypeVar("_T")


class Designs(Protocol):
    """Card designs: a named design and a data record make a front and a back (PNG)."""

    async def compose(self, design: str, data: Mapping[str, str]) -> tuple[bytes, bytes | None]:
        """Return front and back; raises BadTicket naming the field."""
        ...


class Accounts(Protocol):
    """People and their roles."""

    async def roles_of(self, user: str) -> frozenset[str]:
        """Return the roles of a user, empty when there is no such account."""
        ...


class Database(Protocol):
    """The server's own database, for a plugin's own tables."""

    async def run(self, work: Callable[[object], _T]) -> _T:
        """Run blocking work with a SQLAlchemy connection inside one transaction, off the reactor's thread."""
        ...


@dataclass(frozen=True, slots=True)
class Handles:
    """Everything a plugin may use.

    `config` is its own table of the configuration file as it stands there; `section` is the same as the Struct that
    the plugin asked for by `printserver_config_section`, None when it asked for none.
    """

    jobs: JobService
    clock: Clock
    wall: Callable[[], float]
    config: Mapping[str, object] = field(default_factory=dict)
    section: object | None = None
    designs: Designs | None = None
    accounts: Accounts | None = None
    database: Database | None = None
    sleep: Callable[[float], Awaitable[None]] | None = None
