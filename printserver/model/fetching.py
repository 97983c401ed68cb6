"""Which address a client may have a document fetched from: pure functions over URI, names and addresses.

Laws kept here:

1. A scheme and a host that are not listed are refused; an address that is not public is refused unless it is listed as
   an address or network itself. A listed name alone opens no private address.
2. It is the address that is connected to which is judged, never a spelling of it: every address that a name has must
   pass, whether the name is `localhost.`, `127.1`, `0x7f000001` or a stranger's own name.
3. An address that carries another one (IPv4-mapped, 6to4, Teredo, NAT64) is judged as both.
4. A URI is taken apart once, here; a user's name, a password, a backslash or a blank in it is refused.

Source: RFC 3986; RFC 6890 and IANA's registries of special-purpose addresses; RFC 4291 section 2.5.5, RFC 3056,
RFC 4380, RFC 6052 (addresses within addresses).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from printserver.errors import ConfigurationError, DocumentNotFetched, UriSchemeUnsupported

DEFAULT_PORTS = {"http": 80, "https": 443}
ANY_HOST = "*"
_PLAIN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without blank and backslash
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")
_NAT64 = ip_network("64:ff9b::/96")
_NAT64_LOCAL = ip_network("64:ff9b:1::/48")
_SITE_LOCAL = ip_network("fec0::/10")
_COMPATIBLE = ip_network("::/96")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document lies: scheme, host as it stands in the Host field, port, and path with query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def uri(self) -> str:
        """Return the address as it is asked for, without what belongs to the client alone."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = DEFAULT_PORTS[self.scheme] == self.port
        return f"{self.scheme}://{host}{'' if usual else f':{self.port}'}{self.path}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be fetched: schemes, and hosts by name, address, network or `*` (every public one at its usual port)."""

    schemes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def place(self, uri: str) -> Place:
        """Return a URI taken apart; raises UriSchemeUnsupported, or DocumentNotFetched where it may not be fetched."""
        found = _taken_apart(uri, self.schemes)
        if not self._names(found):
            raise _refused("documents are not fetched from this host")
        return found

    def _names(self, place: Place) -> bool:
        name = plain_name(place.host)
        if name in {plain_name(host) for host in self.hosts if _as_network(host) is None}:
            return True
        literal = _as_address(place.host)
        if any(_as_network(host) is not None for host in self.hosts) and (literal is None or self.lists(literal)):
            return True  # which address a name has is judged when it is known: `admits`
        return ANY_HOST in self.hosts and place.port == DEFAULT_PORTS[place.scheme]

    def admits(self, place: Place, addresses: Sequence[str]) -> tuple[str, ...]:
        """Return the addresses to connect to; raises DocumentNotFetched when a single one may not be."""
        found = [ip_address(address) for address in addresses if "%" not in address]
        if not found or len(found) < len(addresses):
            raise _refused("this host has no address that can be used")
        named = plain_name(place.host) in {plain_name(host) for host in self.hosts} or (
            ANY_HOST in self.hosts and place.port == DEFAULT_PORTS[place.scheme]
        )
        if not all(self.lists(address) or (named and is_public(address)) for address in found):
            raise _refused("documents are not fetched from this host")
        return tuple(str(address) for address in found)

    def lists(self, address: Address) -> bool:
        """Tell whether an address is listed, and every one that it carries."""
        networks = [network for network in map(_as_network, self.hosts) if network is not None]
        return all(
            any(each in network for network in networks if network.version == each.version)
            for each in (address, *carried(address))
        )


def check_rules(schemes: Sequence[str], hosts: Sequence[str], source: str) -> None:
    """Raise ConfigurationError for schemes and hosts that cannot be; `source` is the file's name for its messages."""
    for scheme in schemes:
        if scheme not in DEFAULT_PORTS:
            raise ConfigurationError(
                f"nothing is fetched by {scheme!r}", where=f"{source}: server.fetch_schemes",
                allowed=", ".join(DEFAULT_PORTS),
            )
    if schemes and not hosts:
        raise ConfigurationError(
            "lists no host, so that nothing can be fetched", where=f"{source}: server.fetch_hosts",
            allowed="names, addresses and networks, * for every public host, or fetch_schemes = []",
        )
    for host in hosts:
        if host != ANY_HOST and _as_network(host) is None and not _NAME.fullmatch(host):
            raise ConfigurationError(
                f"{host!r} is no host", where=f"{source}: server.fetch_hosts",
                allowed="names, addresses and networks, such as pictures.example, 192.0.2.7, 2001:db8::/32, or *",
            )


def is_public(address: Address) -> bool:
    """Tell whether an address, and every one that it carries, is of the public network."""
    return all(_is_global(each) for each in (address, *carried(address)))


def carried(address: Address) -> tuple[Address, ...]:
    """Return the IPv4 addresses within an IPv6 address, to which it may lead."""
    if isinstance(address, IPv4Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        found.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return tuple(each for each in found if each is not None)


def plain_name(host: str) -> str:
    """Return a host's name in one spelling."""
    return host.lower().removesuffix(".")


def _is_global(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return True  # what it carries is judged
        if address in _NAT64:
            return True
        if address in _SITE_LOCAL or address in _NAT64_LOCAL or address in _COMPATIBLE:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _taken_apart(uri: str, schemes: Sequence[str]) -> Place:
    if not _PLAIN.fullmatch(uri):
        raise _refused("the address has a character that it may not have")
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise _refused("this is no address") from None
    if parts.scheme not in schemes:
        raise UriSchemeUnsupported(f"{parts.scheme!r} is not fetched", where="document-uri", allowed=", ".join(schemes))
    if "@" in parts.netloc:
        raise _refused("an address with a user's name in it is not fetched")
    host = parts.hostname or ""
    if "%" in host:
        raise _refused("an address with a zone is not used")
    if _as_address(host) is None and not _NAME.fullmatch(host):
        raise _refused("the address names no host")
    if port == 0:
        raise _refused("0 is not a port")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], path)


def _as_address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _as_network(host: str) -> Network | None:
    try:
        return ip_network(host)
    except ValueError:
        return None


def _refused(reason: str) -> DocumentNotFetched:
    return DocumentNotFetched(reason, where="document-uri")
