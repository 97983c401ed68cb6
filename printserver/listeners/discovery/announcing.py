"""Keeps what is announced as the queues are: told of each change, it says what is new and takes back what is no more.

Laws kept here:

1. One thing is done at a time, in a thread; what changes meanwhile is looked at afterwards.
2. A network that refuses keeps nobody from printing: it is logged once, and tried again at the next look.
3. At the end everything is taken back (RFC 6762 section 10.1), so that nobody prints to a server that is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

import structlog
from twisted.internet.defer import Deferred, DeferredLock

from printserver.listeners.discovery.records import Sign
from printserver.model.event import Event

FOLLOWED = frozenset({"queue", "printer"})
LOOK_SECONDS = 30.0


class Responder(Protocol):
    """What speaks multicast DNS; its calls block, and raise NotAnnounced."""

    def announce(self, sign: Sign) -> str:
        """Announce a sign and return the name under which it could be had."""
        ...

    def update(self, sign: Sign) -> None:
        """Say that the keys of a sign that is announced are others now."""
        ...

    def withdraw(self, sign: Sign) -> None:
        """Take a sign back."""
        ...

    def close(self) -> None:
        """Take everything back and leave the network."""
        ...


class NotAnnounced(Exception):
    """The network does not take it now."""


class Threads(Protocol):
    """What runs a call that blocks."""

    def __call__(self, call: Callable[[], None]) -> Awaitable[None]:
        """Run it in a thread."""
        ...


class Announcer:
    """Follows the queues; `wanted` tells what is to be announced now, `addresses` on which addresses.

    `open_responder` joins the network on these addresses; it blocks and raises NotAnnounced.
    """

    def __init__(
        self, *, wanted: Callable[[], Mapping[str, Sign]], addresses: Callable[[], tuple[str, ...]],
        open_responder: Callable[[tuple[str, ...]], Responder], threads: Threads,
    ) -> None:  # fmt: skip
        """Nothing is announced before `look`."""
        self._wanted, self._addresses, self._open, self._threads = wanted, addresses, open_responder, threads
        self._responder: Responder | None = None
        self._at: tuple[str, ...] = ()
        self._shown: dict[str, Sign] = {}
        self._turn = DeferredLock()
        self._closed = self._refused = False
        self._log = structlog.get_logger("discovery")

    def start(self) -> None:
        """Begin; nobody waits for it, the first records may take seconds."""
        Deferred.fromCoroutine(self.look()).addErrback(
            lambda failure: self._log.error("not announced", detail=failure.getTraceback())
        )

    def heed(self, event: Event) -> None:
        """Look anew when something has happened to a queue or a printer."""
        if event.kind in FOLLOWED:
            self.start()

    async def look(self) -> None:
        """Bring what is announced to what is wanted, on the addresses that there are."""
        await self._turn.acquire()
        try:
            wanted, addresses = dict(self._wanted()), self._addresses()
            if not self._closed and (wanted, addresses) != (self._shown, self._at):
                await self._threads(partial(self._bring, wanted, addresses))
        finally:
            self._turn.release()

    async def close(self) -> None:
        """Take everything back."""
        self._closed = True
        await self._turn.acquire()
        try:
            await self._threads(self._leave)
        finally:
            self._turn.release()

    def _bring(self, wanted: Mapping[str, Sign], addresses: tuple[str, ...]) -> None:
        """Blocks, in a thread."""
        try:
            if addresses != self._at:
                self._leave()
            if self._responder is None and addresses and wanted:
                self._responder = self._open(addresses)
                self._at = addresses
            if self._responder is not None:
                self._show(self._responder, wanted)
            self._refused = False
        except NotAnnounced as error:
            if not self._refused:
                self._log.warning("not announced by DNS-SD; it is tried again", reason=str(error))
            self._refused = True

    def _show(self, responder: Responder, wanted: Mapping[str, Sign]) -> None:
        for queue, sign in [*self._shown.items()]:
            if queue not in wanted or not _same_but_keys(sign, wanted[queue]):
                del self._shown[queue]
                responder.withdraw(sign)
        for queue, sign in wanted.items():
            shown = self._shown.get(queue)
            if shown is None:
                name = responder.announce(sign)
                self._log.info("announced by DNS-SD", queue=queue, name=name, services=_kinds(sign))
            elif shown != sign:
                responder.update(sign)
            self._shown[queue] = sign

    def _leave(self) -> None:
        responder, self._responder = self._responder, None
        self._shown, self._at = {}, ()
        if responder is not None:
            responder.close()


def _same_but_keys(one: Sign, other: Sign) -> bool:
    """Tell whether two signs differ in nothing but the keys of their services."""
    return one.name == other.name and _places(one) == _places(other)


def _places(sign: Sign) -> Sequence[object]:
    return [(each.kind, each.port, each.subtypes) for each in sign.services]


def _kinds(sign: Sign) -> str:
    return " ".join(each.kind for each in sign.services)
