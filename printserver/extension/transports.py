"""Links to devices: the server's own kinds, and those that plugins bring.

Laws kept here:

1. A plugin adds kinds of links and replaces none of the server's own.
2. Two plugins for one kind: neither is used, and both are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import cast

import pluggy
import structlog

from printserver.errors import PluginBroken, PrintServerError
from printserver.extension.asking import each_of
from printserver.extension.values import TransportEntry
from printserver.transport.address import parse_address
from printserver.transport.link import Link

HOOK = "printserver_transports"
OWN = frozenset({"tcp", "unix", "serial", "usblp", "usb", "pcsc", "exec", "loop"})

_log = structlog.get_logger("plugins")


class Links:
    """Opens links by a device's address."""

    def __init__(self, manager: pluggy.PluginManager, open_own: Callable[[str], Link]) -> None:
        """Open the server's own kinds by `open_own`, the others by the plugins of `manager`."""
        self._open_own = open_own
        self._entries = _entries(manager)

    def check(self, address: str) -> None:
        """Raise ConfigurationError for an address that nothing here can open."""
        if self._entry(address) is None:
            parse_address(address)

    async def open(self, address: str) -> Link:
        """Return a link; raises ConfigurationError, or PluginBroken for whatever a plugin raises."""
        entry = self._entry(address)
        if entry is None:
            return self._open_own(address)
        try:
            return cast(Link, await entry.open(address.partition(":")[2]))
        except PrintServerError:
            raise
        except Exception as error:
            # a plugin is foreign code; its fault keeps one printer from being reached, and no other
            raise PluginBroken(f"{type(error).__name__}: {error}", where=f"transport {entry.scheme}") from error

    def _entry(self, address: str) -> TransportEntry | None:
        return self._entries.get(address.partition(":")[0])


def _entries(manager: pluggy.PluginManager) -> dict[str, TransportEntry]:
    found = list(each_of(manager, HOOK, TransportEntry))
    often = Counter(entry.scheme for _, entry in found)
    usable = {}
    for plugin, entry in found:
        if entry.scheme in OWN or often[entry.scheme] > 1:
            _log.error("kind of link is taken", plugin=plugin, scheme=entry.scheme)
        else:
            usable[entry.scheme] = entry
    return usable
