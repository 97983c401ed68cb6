"""Which addresses a queue takes jobs of at doors that know their clients by nothing else.

Laws kept here:

1. Addresses that are listed are let in, and no other, not even this machine's; without a list this machine alone is.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from printserver.errors import ConfigurationError


def check_clients(clients: Sequence[str], where: str) -> None:
    """Raise ConfigurationError for what is neither an address nor a network."""
    for client in clients:
        try:
            ip_network(client)
        except ValueError as error:
            allowed = "addresses and networks, such as 192.0.2.7 or 192.0.2.0/24"
            raise ConfigurationError(f"{client!r} is no address: {error}", where=where, allowed=allowed) from error


def admits(clients: Sequence[str], address: str) -> bool:
    """Tell whether a queue with these clients takes jobs of an address."""
    try:
        found = _plain(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if not clients:
        return found.is_loopback
    return any(found in network for network in map(ip_network, clients) if network.version == found.version)


def is_loopback(bind: str) -> bool:
    """Tell whether a door that is bound so is reached from this machine alone."""
    if bind == "localhost":
        return True
    try:
        return ip_address(bind).is_loopback
    except ValueError:
        return False


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 socket tells as ::ffff:A.B.C.D (RFC 4291, section 2.5.5.2)."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
