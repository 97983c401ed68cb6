"""The LPD door (RFC 1179): jobs of old hosts, of CUPS' backend `lpd` and of `lpr`."""

from printserver.listeners.lpd.door import LpdFactory
from printserver.listeners.lpd.limits import LpdLimits

__all__ = ["LpdFactory", "LpdLimits"]
