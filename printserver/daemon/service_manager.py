"""What the service manager (systemd) is told: ready, stopping, alive.

Laws kept here:

1. "Alive" is told only after the store's thread has answered, by a reactor that turns: a server that hangs is found.
   A store that answers with an error (busy, full, its database away) is alive.
2. A manager that cannot be told changes nothing for the server.

Source: sd_notify(3), sd_watchdog_enabled(3).
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from printserver.errors import PrintServerError
from printserver.queue.storekeeper import Storekeeper

FEEDS = 3
"""How often the watchdog is fed in the time after which it would bite; the manual says at least twice."""


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """A datagram socket by its address, `@` before an abstract one; `watchdog` in seconds, 0 = none watches."""

    address: str
    watchdog: float = 0.0

    def tell(self, state: str) -> None:
        """Tell a state such as `READY=1`; never raises."""
        place = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(state.encode(), place)
        except OSError as error:
            structlog.get_logger("daemon").warning("service manager not told", state=state, detail=error.strerror)


def service_manager(environment: Mapping[str, str], process: int) -> ServiceManager | None:
    """Return the manager that started this process, None where there is none."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return None
    watched = environment.get("WATCHDOG_PID", str(process)) == str(process)
    microseconds = environment.get("WATCHDOG_USEC", "")
    seconds = int(microseconds) / 1e6 if watched and microseconds.isdecimal() else 0.0
    return ServiceManager(address, seconds)


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Feeds the manager's watchdog."""

    manager: ServiceManager
    keeper: Storekeeper

    @property
    def seconds(self) -> float:
        """Return the pause between two meals."""
        return self.manager.watchdog / FEEDS

    async def feed(self) -> None:
        """Ask the store's thread, then tell that all is well."""
        with suppress(PrintServerError):  # it answers (law 1)
            await self.keeper.read(self.keeper.store.last_event)
        self.manager.tell("WATCHDOG=1")
