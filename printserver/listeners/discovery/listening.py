"""Listening for printers that announce themselves, with the package zeroconf; all calls here block.

Laws kept here:

1. It asks by multicast which services there are, and what each of them is; no host is spoken to.
2. It ends when its time is over, however many answer, and hears of a bounded number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from zeroconf import Error as ZeroconfError
from zeroconf import IPVersion, ServiceBrowser, Zeroconf

from printserver.listeners.discovery.browsing import KINDS, Heard, printers_of
from printserver.transport.finding import Announced
from printserver.transport.line_census import PlaceUnread

SECONDS = 3.0
MOST = 200
DOMAIN = ".local."


def listen(addresses: tuple[str, ...], seconds: float = SECONDS, own: str = "") -> list[Announced]:
    """Return the printers that are heard on the interfaces with these addresses; raises PlaceUnread."""
    if not addresses:
        raise PlaceUnread("this machine has no address on a network")
    try:
        zeroconf = Zeroconf(interfaces=list(addresses), ip_version=_version(addresses))
    except (OSError, ZeroconfError) as error:
        raise PlaceUnread(str(error)) from error
    try:
        return printers_of(_heard(zeroconf, seconds, time.monotonic), own)
    except ZeroconfError as error:
        raise PlaceUnread(str(error)) from error
    finally:
        zeroconf.close()


def _version(addresses: tuple[str, ...]) -> IPVersion:
    sixes = {":" in address for address in addresses}
    return IPVersion.All if len(sixes) > 1 else IPVersion.V6Only if sixes == {True} else IPVersion.V4Only


class _Names:
    """The instances that were heard of, in order."""

    def __init__(self) -> None:
        self._lock, self._found = Lock(), dict[tuple[str, str], None]()

    def add_service(self, zeroconf: Zeroconf, kind: str, name: str) -> None:
        with self._lock:
            if len(self._found) < MOST:
                self._found[kind, name] = None

    def update_service(self, zeroconf: Zeroconf, kind: str, name: str) -> None:
        """Heed nothing: what an instance says is asked for at the end."""

    def remove_service(self, zeroconf: Zeroconf, kind: str, name: str) -> None:
        with self._lock:
            self._found.pop((kind, name), None)

    def all(self) -> list[tuple[str, str]]:
        with self._lock:
            return list(self._found)


def _heard(zeroconf: Zeroconf, seconds: float, now: Callable[[], float]) -> list[Heard]:
    names, end = _Names(), now() + seconds
    kinds = [f"{kind}{DOMAIN}" for kind in KINDS]
    browser = ServiceBrowser(zeroconf, kinds, listener=names)  # type: ignore[arg-type]  # it asks for three methods
    time.sleep(seconds / 2)
    found = []
    try:
        for kind, name in names.all():
            left = max(0.1, end - now())  # what was heard already is in the cache and costs no time
            info = zeroconf.get_service_info(kind, name, timeout=round(left * 1000))
            if info is not None and info.port is not None:
                found.append(Heard(
                    kind=kind.removesuffix(DOMAIN), name=name.removesuffix(f".{kind}"), host=info.server or "",
                    addresses=tuple(info.parsed_addresses()), port=info.port, txt=info.properties,
                ))  # fmt: skip
    finally:
        browser.cancel()
    return found
