"""The raw door (AppSocket): a picture on a TCP port, one JSON line back."""

from printserver.listeners.raw.door import RawFactory
from printserver.listeners.raw.limits import RawLimits

__all__ = ["RawFactory", "RawLimits"]
