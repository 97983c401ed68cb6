"""Where jobs, cards and the journal are kept: the contract, and one implementation on SQLAlchemy Core.

The implementation is loaded when it is first asked for: commands that only know the contract start without a database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from printserver.store.opening import open_store
    from printserver.store.spool import Spool

__all__ = ["Spool", "open_store"]


def __getattr__(name: str) -> object:
    """Load what is asked for (PEP 562)."""
    if name == "open_store":
        from printserver.store.opening import open_store

        return open_store
    if name == "Spool":
        from printserver.store.spool import Spool

        return Spool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
