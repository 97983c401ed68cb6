"""The public contract for plugins that are not drivers: hooks and the handles that they are given.

Plugins are trusted code: they run with the server's own rights. `serve --safe` starts with bundled ones only.
"""

from printserver.driver.hookspecs import CONTRACT_VERSION, hookimpl
from printserver.extension.handles import Accounts, Database, Designs, Handles
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

__all__ = [
    "CONTRACT_VERSION", "Accounts", "Database", "Decision", "DecoderEntry", "Designs", "Handles", "Listening",
    "ObserverEntry", "PageEntry", "RoleEntry", "RouteEntry", "TablesEntry", "TimedWork", "TransportEntry", "hookimpl",
]
