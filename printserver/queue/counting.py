"""A printer whose own counter tells of cards that the record does not know: nothing is printed until a person looked.

Laws kept here:

1. After a start, and when another device answers, its counters are compared with the record: the last commit mark's,
   and the one card that it may have printed since.
2. A counter that is ahead holds the printer, and every queue that it serves: a card that waits there may be printed
   already. Only a person lets it go on; what the device counts then is the record from there on.
3. A counter that is behind (another print head, another board) makes no card exist twice: it is told, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from printserver.model.event import NewEvent
from printserver.model.job import Reason
from printserver.model.printer import PrinterStatus
from printserver.queue.surroundings import Surroundings
from printserver.store.contract import Counted
from printserver.store.counters import COUNTER, TAKEN

CARDS = "cards"
AHEAD, BEHIND = "counter-ahead", "counter-behind"


def deviation(known: Counted, now: Mapping[str, int], explained: int = 0) -> Reason | None:
    """Return how a device's counters differ from what the record explains, None where they do not.

    So many further cards of its card counter are `explained` by maintenance that nobody knows the end of.
    """
    for name, value in known.counters.items():
        told = now.get(name)
        most = value + known.cards + (explained if name == CARDS else 0)
        if told is not None and told > most:
            return Reason(AHEAD, f"{name}: the record says {value + known.cards}, the device says {told}")
    for name, value in known.counters.items():
        told = now.get(name)
        if told is not None and told < value:
            return Reason(BEHIND, f"{name}: the record says {value}, the device says {told}")
    return None


class CounterCheck:
    """Compares one printer's counters with the record; `alarm` = why it prints nothing until a person says so."""

    def __init__(self, around: Surroundings) -> None:
        """Nothing is compared yet."""
        self._around = around
        self._compared: str | None = None
        self.alarm: Reason | None = None

    def due(self) -> bool:
        """Tell whether the device that answers now has not been compared since the start."""
        return self._compared != self._around.entry.identity.serial

    async def compare(self, status: PrinterStatus, explained: int = 0) -> None:
        """Compare what the device counts with the record; `explained` as in `deviation`."""
        around, serial = self._around, self._around.entry.identity.serial
        keeper, name = around.keeper, around.entry.config.name
        known = await keeper.read(keeper.store.last_counted, name, serial)
        found = None if known is None else deviation(known, status.counters, explained)
        self._set(found if found is not None and found.code == AHEAD else None)
        self._compared = serial
        if found is not None:
            structlog.get_logger("counting").warning(found.code, printer=name, serial=serial, detail=found.detail)
        if found is not None and found.code == BEHIND:
            await self._note(BEHIND, {"serial": serial, "detail": found.detail})

    async def release(self, status: PrinterStatus) -> None:
        """A person has looked: what the device counts is the record from now on."""
        detail = "" if self.alarm is None else self.alarm.detail
        counted = {f"{COUNTER}{name}": value for name, value in status.counters.items()}
        await self._note(TAKEN, {"serial": self._around.entry.identity.serial, "detail": detail, **counted})
        self._set(None)

    def _set(self, alarm: Reason | None) -> None:
        self.alarm = alarm
        self._around.board.hold(self._around.entry.config.name, alarm is not None)

    async def _note(self, what: str, data: dict[str, str | int | float | bool | None]) -> None:
        keeper = self._around.keeper
        event = NewEvent(kind="printer", subject=self._around.entry.config.name, what=what, data=data)
        await keeper.write(keeper.store.note, event)
