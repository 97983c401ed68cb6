"""The responder of the package zeroconf, behind what the announcer asks for; it runs in a thread of its own.

Laws kept here:

1. A name that another machine holds is left to it: the next free one is taken, `NAME (2)`, for all services alike
   (RFC 6763 appendix D). A name that this responder held before is no other's.
2. Subtypes are further pointers to the same instance (RFC 6763 section 7.1), never instances of their own.
3. It is only told what to say; what it hears is looked at for names that are taken, and for nothing else.
4. A record that is changed takes the place of the former one everywhere (RFC 6762 section 10.2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeVar

from zeroconf import Error as ZeroconfError
from zeroconf import IPVersion, NonUniqueNameException, ServiceInfo, Zeroconf

from printserver.listeners.discovery.announcing import NotAnnounced
from printserver.listeners.discovery.records import Announced, Sign, fitting

MOST_NAMES = 100
DEADLINE = 30.0
FLUSHED = 1.5  # seconds; RFC 6762 section 10.2 lets the cache-flush bit spare what came within the last one
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Held:
    """What is said of one sign."""

    name: str
    services: dict[str, ServiceInfo]
    subtypes: tuple[ServiceInfo, ...] = ()


class ZeroconfResponder:
    """Speaks multicast DNS on some addresses; raises NotAnnounced, also where it cannot join."""

    def __init__(self, addresses: tuple[str, ...], host: str) -> None:
        """Join on `addresses`; `host` is the name in `.local` that they are given."""
        self._addresses, self._host = addresses, f"{host}."
        self._held: dict[str, _Held] = {}
        self._had: set[str] = set()
        versions = {ip_address(each).version for each in addresses}
        ip_version = IPVersion.All if len(versions) > 1 else IPVersion.V6Only if 6 in versions else IPVersion.V4Only
        try:
            self._zeroconf = Zeroconf(interfaces=list(addresses), ip_version=ip_version, use_asyncio=False)
        except (OSError, ZeroconfError) as error:
            raise NotAnnounced(str(error)) from error

    def announce(self, sign: Sign) -> str:
        """Announce a sign and return the name under which it could be had."""
        for number in range(1, MOST_NAMES):
            name = fitting(sign.name, f" ({number})" if number > 1 else "")
            if any(held.name == name for held in self._held.values()):
                continue
            try:
                self._held[sign.name] = self._run(self._take(name, sign))
            except NonUniqueNameException:
                continue
            self._had.add(name)
            return name
        raise NotAnnounced(f"all names like {sign.name!r} are taken")

    def update(self, sign: Sign) -> None:
        """Say that the keys of a sign that is announced are others now."""
        held = self._held[sign.name]
        services = {each.kind: self._info(each, held.name) for each in sign.services}
        self._run(self._say_anew(list(services.values())))
        self._held[sign.name] = _Held(held.name, services, held.subtypes)

    def withdraw(self, sign: Sign) -> None:
        """Take a sign back."""
        held = self._held.pop(sign.name)
        self._run(self._take_back([*held.subtypes, *held.services.values()]))

    def close(self) -> None:
        """Take everything back and leave the network."""
        try:
            everything = [info for held in self._held.values() for info in (*held.subtypes, *held.services.values())]
            self._run(self._take_back(everything))
        except NotAnnounced:
            pass  # nobody hears it, and the records end by themselves
        finally:
            self._zeroconf.close()

    # on the responder's own thread

    async def _take(self, name: str, sign: Sign) -> _Held:
        services = {each.kind: self._info(each, name) for each in sign.services}
        try:
            said = await self._register(list(services.values()), asks=name not in self._had)
        except NonUniqueNameException:
            await self._take_back([info for info in services.values() if self._is_registered(info)])
            raise
        subtypes = tuple(
            self._info(each, name, subtype) for each in sign.services for subtype in each.subtypes
        )  # fmt: skip
        said += await self._register(list(subtypes), asks=False)
        await asyncio.gather(*said)
        return _Held(name, services, subtypes)

    async def _register(self, infos: list[ServiceInfo], *, asks: bool) -> list[Any]:
        """Register, asking first whether the name is free; what is returned ends when all has been said."""
        begun = [
            self._zeroconf.async_register_service(info, allow_name_change=False, cooperating_responders=not asks)
            for info in infos
        ]
        ends = await asyncio.gather(*begun, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return list(ends)

    def _is_registered(self, info: ServiceInfo) -> bool:
        return self._zeroconf.registry.async_get_info_name(info.key) is info

    async def _say_anew(self, infos: list[ServiceInfo]) -> None:
        """Say it twice: a listener keeps a record beside the newer one that comes within a second of it (law 4)."""
        for pause in (FLUSHED, 0.0):
            await asyncio.gather(*[await self._zeroconf.async_update_service(info) for info in infos])
            await asyncio.sleep(pause)

    async def _take_back(self, infos: list[ServiceInfo]) -> None:
        await asyncio.gather(*[await self._zeroconf.async_unregister_service(info) for info in infos])

    def _info(self, service: Announced, name: str, subtype: str = "") -> ServiceInfo:
        kind = f"{service.kind}.local."
        info = ServiceInfo(
            f"{subtype}._sub.{kind}" if subtype else kind, f"{name}.{kind}", port=service.port,
            properties=dict(service.txt), server=self._host, parsed_addresses=list(self._addresses),
        )
        if subtype:
            # the registry knows an instance by this key; a subtype is a further pointer to the instance (law 2)
            info.key = f"{info.key}#{subtype}"
        return info

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something on the responder's thread and wait for it."""
        loop = self._zeroconf.loop
        assert loop is not None  # it has a thread of its own
        try:
            return asyncio.run_coroutine_threadsafe(work, loop).result(DEADLINE)
        except NonUniqueNameException:
            raise
        except (OSError, TimeoutError, ZeroconfError) as error:
            raise NotAnnounced(f"{type(error).__name__}: {error}") from error
