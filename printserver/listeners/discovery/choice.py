"""Whether this server announces itself, and on which of its addresses.

Laws kept here:

1. Nothing is announced where nobody can come in: only the addresses at which the doors are open.
2. A server for this machine alone announces nothing unless it is told to; then on loopback, and nowhere else.
3. Who asks for it and has not installed what it takes is told so at the start; nothing is left out in silence.
"""

from __future__ import annotations

from importlib.util import find_spec
from ipaddress import ip_address
from uuid import UUID

import structlog

from printserver.errors import ConfigurationError
from printserver.model.clients import is_loopback

AUTO, ON, OFF = "auto", "on", "off"
EXTRA = "printserver[discovery]"


def announces(announce: str, bind: str) -> bool:
    """Tell whether a server announces itself; raises ConfigurationError where it is told to and cannot."""
    if announce == OFF or (announce == AUTO and is_loopback(bind)):
        return False
    if find_spec("zeroconf") is not None:
        return True
    if announce == ON:
        raise ConfigurationError(
            "the package zeroconf is not installed, which announcing takes", where="server.announce",
            allowed=f"install {EXTRA}, or announce = \"off\"",
        )
    structlog.get_logger("discovery").info(f"not announced by DNS-SD: {EXTRA} is not installed")
    return False


def host_name(server: UUID) -> str:
    """Return the name in `.local` under which a server is announced: its own, so that it takes no other's records.

    The machine's own name in `.local` may belong to a responder of the system (RFC 6762 section 9).
    """
    return f"printserver-{server.hex[:8]}.local"


def addresses_of(bind: str) -> tuple[str, ...]:
    """Return the addresses to announce, and to announce on; asks the system for its interfaces where `bind` is all."""
    if bind in ("localhost", ""):
        bind = "127.0.0.1" if bind else "0.0.0.0"
    address = ip_address(bind)
    if not address.is_unspecified:
        return (str(address),)
    return tuple(each for each in _of_machine() if address.version == 6 or ip_address(each).version == 4)


def _of_machine() -> list[str]:
    import ifaddr  # comes with the extra

    found = []
    for adapter in ifaddr.get_adapters():
        for each in adapter.ips:
            address = ip_address(each.ip if isinstance(each.ip, str) else each.ip[0])
            if not address.is_loopback and not (address.version == 6 and address.is_link_local):
                found.append(str(address))
    return sorted(set(found))
