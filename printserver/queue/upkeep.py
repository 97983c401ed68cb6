"""One printer's maintenance: it is out of dispatch meanwhile, and how it ended is known or asked of a person.

Laws kept here:

1. Maintenance begins with no card in the printer and none in doubt, and stands in the store before its first byte.
2. It is done when the driver says so and the counters moved no further than the driver explains. Whatever else ends
   it, a crash of this server too, leaves the printer stopped until a person has looked: a card may lie in it.
3. What the device counts after it is the record, so that no later comparison takes it for a card that nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from msgspec.structs import replace

from printserver.dialogue import Report, Spoken
from printserver.driver import LinkInfo
from printserver.errors import NotPossibleNow, StoreConflict, UnsupportedByPrinter
from printserver.model.alert import AlertKind, Severity
from printserver.model.job import Reason
from printserver.model.printer import PrinterState, PrinterStatus
from printserver.model.upkeep import Begun, Maintenance, Outcome, Work, Worked
from printserver.queue.conversation import converse
from printserver.queue.speaker import Speaker
from printserver.queue.surroundings import Surroundings
from printserver.transport.link import Link

MAINTENANCE, IN_DOUBT = "maintenance", "maintenance-in-doubt"
_NEEDS_CLEANING = frozenset({AlertKind.CLEANING_DUE})


class Upkeep:
    """Does one printer's maintenance; `doubt` = why nobody knows how the last one ended, None where that is known."""

    def __init__(self, around: Surroundings) -> None:
        """Nothing is wanted, and nothing known of an earlier life's."""
        self._around = around
        self._entry, self._name = around.entry, around.entry.config.name
        self._begun: Begun | None = None
        self._looked = False
        self.doubt: Reason | None = None
        self.running = self.waits_for_person = False
        self._log = structlog.get_logger("upkeep").bind(printer=self._name)

    # what is known

    async def look(self) -> None:
        """Find out once whether an earlier life, or another node, left maintenance that never ended."""
        if self._looked:
            return
        keeper = self._around.keeper
        await keeper.write(keeper.store.upkeep.count, self._name)
        await self._read()
        self._begun = await keeper.read(keeper.store.upkeep.begun, self._name)
        self._looked = True
        self.doubt = None  # it may have been cleared at another node
        if self._begun is not None:
            self._doubt("the server ended meanwhile")

    async def _read(self) -> None:
        keeper = self._around.keeper
        self._entry.cleanliness = await keeper.read(keeper.store.upkeep.cleanliness, self._name)

    def fed(self) -> None:
        """A card was committed: the store has counted it already."""
        counted = self._entry.cleanliness
        if counted is not None:
            self._entry.cleanliness = replace(counted, used=counted.used + 1)

    def look_again(self) -> None:
        """Another node may have had the printer."""
        self._looked = False

    @property
    def explained(self) -> int:
        """Return how many cards of the device's counter maintenance in doubt may explain."""
        return 0 if self._begun is None else self._known(self._begun.work).counts

    def _known(self, work: Work) -> Maintenance:
        known = self._entry.capabilities.maintained(work.action)
        return known if known is not None else Maintenance(action=work.action)

    def _doubt(self, why: str) -> None:
        action = "" if self._begun is None else self._begun.work.action
        self.doubt = Reason(IN_DOUBT, f"{action}: {why}")

    # doing it

    @property
    def wanted(self) -> bool:
        """Tell whether somebody wants maintenance that has not begun."""
        return self._entry.work is not None and not self.running

    def fits(self, status: PrinterStatus) -> bool:
        """Tell whether a printer can begin: it is well, or complains of nothing but that it is to be cleaned."""
        errors = {alert.kind for alert in status.alerts if alert.severity is Severity.ERROR}
        return status.ready or (bool(errors) and errors <= _NEEDS_CLEANING)

    async def do(self, link: Link, status: PrinterStatus) -> None:
        """Do what is wanted; raises what the driver or the store raises, the printer being in doubt then."""
        assert self._entry.work is not None
        work = self._entry.work = replace(self._entry.work, since=self._around.wall())
        keeper, outcome = self._around.keeper, Reason(Outcome.DONE)
        begun = Begun(work=work, serial=self._entry.identity.serial, counters=dict(status.counters))
        lease = self._entry.lease  # one that is taken anew meanwhile is not this maintenance's
        self.running = True
        try:
            await keeper.write(keeper.store.upkeep.begin, self._name, begun, lease)
            self._begun = begun
            self._check_lease(begun.work.action, lease)
            self._tell()
            after = await self._talk(link, work)
            await self._end(begun, after.counters)
        except UnsupportedByPrinter as error:
            outcome = Reason(Outcome.REFUSED, error.sentence())
            await self._never_took_place(error)
        except BaseException as error:
            outcome = Reason(Outcome.REFUSED, str(error))
            if self._begun is not None:
                self._doubt(str(error) or type(error).__name__)
            raise
        finally:
            self.running = self.waits_for_person = False
            self._entry.work = None
            self._keep(work, outcome)

    def _check_lease(self, action: str, lease: int | None) -> None:
        """Let nothing leave when beginning took longer than the lease: another node may have the printer."""
        entry = self._entry
        if lease is None:
            return
        if not entry.owned or entry.lease != lease or self._around.clock.seconds() >= entry.lease_until:
            raise StoreConflict(f"the lease of {self._name} ran out before {action} began")

    def _keep(self, work: Work, outcome: Reason) -> None:
        """Remember how it ended, for who asked for it."""
        if self.doubt is not None:
            outcome = Reason(Outcome.DOUBT, self.doubt.detail)
        self._log.info("maintenance ended", action=work.action, outcome=outcome.code, detail=outcome.detail)
        self._entry.worked = Worked(
            work=work, at=self._around.wall(), outcome=Outcome(outcome.code), detail=outcome.detail
        )

    async def _talk(self, link: Link, work: Work) -> PrinterStatus:
        def maintain(driver: Speaker, info: LinkInfo) -> Spoken[None]:
            return driver.maintain(work.action, info)

        await converse(self._around, link, maintain, self._heed)
        status = await converse(self._around, link, lambda driver, info: driver.status(info))
        self._around.board.tell_status(self._entry, status)
        return status

    def _heed(self, report: Report) -> None:
        self.waits_for_person = report.blocked
        self._tell(report.status if report.blocked else None)

    def _tell(self, waits: PrinterStatus | None = None) -> None:
        """Show that maintenance is under way, or what it waits for."""
        work = self._entry.work
        action = "" if work is None else work.action.value
        if waits is None:
            self._around.board.tell(self._entry, PrinterState.BUSY, Reason(MAINTENANCE, action))
            return
        told = waits.alerts[0] if waits.alerts else None
        reason = Reason(MAINTENANCE, action) if told is None else Reason(told.kind, told.verbatim)
        self._around.board.tell(self._entry, PrinterState.BLOCKED, reason)

    async def _end(self, begun: Begun, counters: Mapping[str, int]) -> None:
        known, keeper = self._known(begun.work), self._around.keeper
        before, now = begun.counters.get("cards"), counters.get("cards")
        if before is not None and not _explained(before, now, known):
            self._doubt(f"cards: from {before} to {'nothing that is told' if now is None else now}")
            return
        await keeper.write(keeper.store.upkeep.end, self._name, counters, known.blanks)
        self._begun = None
        await self._read()

    async def _never_took_place(self, error: UnsupportedByPrinter) -> None:
        keeper = self._around.keeper
        if self._begun is not None:
            await keeper.write(keeper.store.upkeep.give_up, self._name, error.sentence())
            self._begun = None

    # after a person has looked

    async def release(self, status: PrinterStatus) -> None:
        """A person says that the printer is empty: what it counts now is the record."""
        keeper, begun = self._around.keeper, self._begun
        why = "" if self.doubt is None else self.doubt.detail
        # Another device at this printer's address has its own record, and counts nothing of this.
        same = begun is not None and begun.serial == self._entry.identity.serial
        try:
            await keeper.write(keeper.store.upkeep.give_up, self._name, why, status.counters if same else None)
        except NotPossibleNow:
            self._log.info("maintenance was cleared elsewhere")
        self._begun = self.doubt = None


def _explained(before: int, now: int | None, known: Maintenance) -> bool:
    """Tell whether the device's count is what maintenance explains: with a card of its own exactly that many."""
    if now is None:
        return False
    moved = now - before
    return moved == known.counts if known.blanks else 0 <= moved <= known.counts
