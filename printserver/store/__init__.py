"""Where jobs, cards and the journal are kept: the contract, and one implementation on SQLAlchemy Core."""

from printserver.store.opening import open_store
from printserver.store.spool import Spool

__all__ = ["Spool", "open_store"]
