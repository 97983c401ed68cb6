"""Which printers this node has, where several nodes share one store: leases kept, lost, taken over from the dead.

Laws kept here:

1. A node may have only the printers that its own configuration gives it; the others it shows, as their owners tell.
2. A lease that was not renewed in time is lost, whether or not anybody else has taken it: no further card is begun.
3. What a dead node left is cleared once, by whoever takes its printer over, or else by any node: committed cards come
   into doubt, all others go back to their queues, where other printers take them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec
import structlog

from printserver.errors import PrintServerError
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterState, PrinterStatus
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.leftovers import clear_leftovers
from printserver.queue.storekeeper import Storekeeper
from printserver.store.contract import Lease

LEASE_SECONDS = 12.0
MARGIN_SECONDS = 2.0
"""A lease counts as lost here so much before it can be taken elsewhere."""
LOOK_SECONDS = 2.0
SERVER_AWAY = "server-away"
_AWAY = Reason(SERVER_AWAY)


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the node that has a printer tells the others of it."""

    state: PrinterState
    reason: Reason | None = None
    card: str | None = None
    since: float = 0.0
    status: PrinterStatus | None = None
    identity: Identity | None = None


class Tenancy:
    """Keeps one life of this node in the possession of its printers."""

    def __init__(
        self, keeper: Storekeeper, board: Board, life: str, mine: Collection[str], seconds: Callable[[], float]
    ) -> None:
        """Keep leases for `mine`, the names of printers that this node may have; `seconds` is a monotonic clock."""
        self._keeper, self._board, self._life, self._seconds = keeper, board, life, seconds
        self._first = frozenset(mine)
        self._workers: Mapping[str, PrinterWorker] = {}
        self._until = 0.0
        self._log = structlog.get_logger("tenancy")

    @property
    def _mine(self) -> frozenset[str]:
        """Return the printers of this node, as they come and go."""
        return frozenset(name for name in self._workers or self._first if self._board.known(name) is not None)

    def begin(self, workers: Mapping[str, PrinterWorker]) -> None:
        """Take the workers, by printer; none works before the first `look` has given it its printer."""
        self._workers = workers
        for entry in self._board.entries():
            entry.owned = False
            entry.state, entry.reason = PrinterState.OFFLINE, _AWAY

    async def look(self) -> None:
        """Renew leases, take those that are free, show what others tell, and clear what the dead have left."""
        began = self._seconds()
        told = {name: _told(self._board.entry(name)) for name in self._mine}
        try:
            leases = await self._keeper.write(self._keeper.store.keep_leases, self._life, told, LEASE_SECONDS)
        except PrintServerError as error:
            self._log.warning("leases not renewed", code=error.code)
            self.lapse()
            return
        self._until = began + LEASE_SECONDS - MARGIN_SECONDS
        self.lapse()
        known = {entry.config.name: entry for entry in self._board.entries()}
        for lease in leases:
            if lease.printer in known:
                self._heed(known[lease.printer], lease)
        for lease in leases:
            if not lease.alive and not lease.mine and lease.told and lease.printer not in self._mine:
                await self._clear_after(lease)

    def lapse(self) -> None:
        """Let every printer go whose lease may have run out."""
        if self._seconds() >= self._until:
            for name in self._mine:
                self._board.entry(name).owned = False

    async def give_back(self) -> None:
        """Let other nodes have the printers at once: this node ends in order."""
        for name in self._mine:
            self._board.entry(name).owned = False
        try:
            await self._keeper.write(self._keeper.store.give_back_leases, self._life, tuple(self._mine))
        except PrintServerError as error:
            self._log.warning("leases not given back: they run out by themselves", code=error.code)

    def _heed(self, entry: PrinterEntry, lease: Lease) -> None:
        entry.owner = lease.node if lease.alive else ""
        name = entry.config.name
        if name in self._mine and lease.mine and lease.alive and self._seconds() < self._until:
            anew = not entry.owned or entry.lease != lease.number
            entry.owned, entry.lease, entry.lease_until = True, lease.number, self._until
            if anew:
                self._log.info("this server has the printer now", printer=name, number=lease.number)
                entry.state, entry.reason = PrinterState.CONNECTING, None
                self._workers[name].begin_anew()
        else:
            entry.owned = False
            _show(entry, lease)

    async def _clear_after(self, lease: Lease) -> None:
        """Clear what a dead node left at a printer that this one cannot have; the number shuts the dead one out."""
        store, name = self._keeper.store, lease.printer
        try:
            leases = await self._keeper.write(store.keep_leases, self._life, {name: ""}, LEASE_SECONDS)
            if any(each.printer == name and each.mine for each in leases):
                self._log.warning("a server is away: its cards are cleared", printer=name, server=lease.node)
                await clear_leftovers(self._keeper, self._board, name)
                await self._keeper.write(store.give_back_leases, self._life, [name])
        except PrintServerError as error:
            self._log.warning("not cleared after a server that is away", printer=name, code=error.code)
            return
        for entry in self._board.entries():
            self._board.call(entry.config.name)


def _told(entry: PrinterEntry) -> str:
    told = Told(state=entry.state, reason=entry.reason, card=entry.card, since=entry.since, status=entry.status,
                identity=entry.identity)  # fmt: skip
    return msgspec.json.encode(told).decode()


def _show(entry: PrinterEntry, lease: Lease) -> None:
    """Take over what the owner tells; where there is none, that."""
    try:
        told = msgspec.json.decode(lease.told, type=Told) if lease.alive else None
    except msgspec.DecodeError:
        told = None  # a newer version's words
    if told is None:
        entry.state, entry.reason, entry.card = PrinterState.OFFLINE, _AWAY, None
        return
    entry.state, entry.reason, entry.card, entry.since = told.state, told.reason, told.card, told.since
    entry.status = told.status
    if told.identity is not None:
        entry.identity = told.identity
