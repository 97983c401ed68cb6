"""What printers announce of themselves by DNS-SD, made into devices that could be added.

Laws kept here:

1. Only what announces itself is heard of; no address is tried.
2. What the network says is hostile: names, keys and addresses are cut, made harmless or left out.
3. One printer announces several services; it is told once. A port 0 says that there is no such service.

Source: Bonjour Printing Specification 1.2.1 sections 4 and 9 (services, flagship names, TXT keys); RFC 6763 section 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from printserver.listeners.discovery.records import IPP, IPPS, RAW
from printserver.model.display import harmless
from printserver.transport.finding import Announced

LPD = "_printer._tcp"
KINDS = (IPPS, IPP, RAW, LPD)
SCHEMES = {IPPS: "ipps", IPP: "ipp", LPD: "lpd"}
KEYS = {
    "usb_mfg": "mfg", "usb_mdl": "mdl", "usb_cmd": "cmd", "ty": "ty", "product": "product", "note": "note",
    "uuid": "uuid",
}  # fmt: skip
LONGEST = 126


@dataclass(frozen=True, slots=True)
class Heard:
    """One service of one instance as it was heard; `host` is its name in `.local`."""

    kind: str
    name: str
    host: str
    addresses: tuple[str, ...]
    port: int
    txt: Mapping[bytes, bytes | None]


def printers_of(heard: Iterable[Heard], own: str = "") -> list[Announced]:
    """Return the printers behind services, in order of names; those at the host `own` are this server's."""
    together: dict[tuple[str, str], dict[str, Heard]] = {}
    for each in heard:
        if each.port and each.host.rstrip(".").lower() != own.rstrip(".").lower():
            together.setdefault((each.name, each.host), {})[each.kind] = each
    return [_printer(services) for _, services in sorted(together.items(), key=lambda item: item[0])]


def _printer(services: Mapping[str, Heard]) -> Announced:
    first = next(services[kind] for kind in KINDS if kind in services)
    host = harmless(first.host.rstrip("."))[:LONGEST]
    raw = services.get(RAW)
    ids: dict[str, str] = {}
    for each in services.values():
        ids |= _words(each.txt)
    ids |= {"host": host, "service": " ".join(kind for kind in KINDS if kind in services)}
    hosts = (*_possible(raw.addresses if raw else first.addresses), host)
    return Announced(
        name=harmless(first.name)[:LONGEST], hosts=hosts, port=raw.port if raw else 0,
        address=_address(services, host), ids=ids,
    )  # fmt: skip


def _possible(addresses: Iterable[str]) -> list[str]:
    """Return the addresses that a printer can have, those of version 4 first."""
    found = []
    for text in addresses:
        try:
            address = ip_address(text)
        except ValueError:
            continue
        if not (address.is_multicast or address.is_unspecified or (address.version == 6 and address.is_link_local)):
            found.append(address)
    return [str(each) for each in sorted(found, key=lambda each: (each.version, int(each)))]


def _address(services: Mapping[str, Heard], host: str) -> str:
    """Return where a printer is for other programs, empty where it takes its own language alone."""
    for kind, scheme in SCHEMES.items():
        if kind in services:
            path = _text(_lower(services[kind].txt).get("rp")).lstrip("/")
            return f"{scheme}://{host}:{services[kind].port}/{path}"
    return ""


def _words(txt: Mapping[bytes, bytes | None]) -> dict[str, str]:
    lower = _lower(txt)
    found = {ours: _text(lower.get(theirs)) for theirs, ours in KEYS.items()}
    if found["product"].startswith("(") and found["product"].endswith(")"):
        found["product"] = found["product"][1:-1]
    return {key: text for key, text in found.items() if text}


def _lower(txt: Mapping[bytes, bytes | None]) -> dict[str, bytes | None]:
    """Return the keys without case; the first of two that are alike counts (RFC 6763 section 6.4)."""
    found: dict[str, bytes | None] = {}
    for key, value in txt.items():
        found.setdefault(key.decode(errors="replace").lower(), value)
    return found


def _text(value: bytes | None) -> str:
    return harmless((value or b"").decode(errors="replace"))[:LONGEST].strip()
