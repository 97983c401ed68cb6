"""The moving parts of an emulated card printer.

Laws kept here:

1. A card shows up only when it leaves the machine: at the output, or in the reject box.
2. A part that cannot move waits, and says what a person must do; it goes on by itself when that is done.
3. Counters and supplies are kept before anybody can ask for them.
4. Supplies refill by themselves unless a fault says otherwise; a host's connection has no influence on anything here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from printserver.driver.emulator import CardLost, Motion, Pause, Waiting
from printserver.driver.proofs import EMULATED_SERIAL
from printserver.emulation.faults import FaultBook, FaultKind
from printserver.emulation.memory import CAPACITY, Memory
from printserver.emulation.pace import FAST, Pace
from printserver.emulation.shelf import Shelf
from printserver.model.alert import AlertKind
from printserver.model.card import Geometry, Panel, Side

Hindrance = Callable[[], AlertKind | None]


@dataclass(slots=True, eq=False)
class CardInside:
    """The card in the machine: what was laid on its sides, what its stripe holds, which side is up."""

    sides: dict[Side, list[Panel]] = field(default_factory=dict)
    tracks: dict[int, str] = field(default_factory=dict)
    up: Side = Side.FRONT


class CardMachine:
    """Hopper, feeder, heads, flipper, output and reject box; see `printserver.driver.emulator.Machine`."""

    def __init__(
        self, *, now: Callable[[], float], geometry: Geometry, shelf: Shelf, faults: FaultBook,
        memory: Memory | None = None, pace: Pace = FAST, serial: str = f"{EMULATED_SERIAL}LATED",
        ribbon: str = "",
    ) -> None:
        """Switch the machine on; a card that was left inside goes to the reject box."""
        self._now, self._geometry, self._shelf, self._pace, self._serial = now, geometry, shelf, pace, serial
        self._faults, self._ribbon = faults, ribbon
        self._memory = memory or Memory()
        self._card: CardInside | None = None
        self._switch_on()

    def _switch_on(self) -> None:
        state = self._memory.state
        state.next_card = max(state.next_card, self._shelf.highest() + 1)
        if state.inside:
            state.inside = False
            self._memory.count("rejected")
        self._memory.save()

    @property
    def serial(self) -> str:
        """The machine's serial number."""
        return self._serial

    @property
    def ribbon(self) -> str:
        """The name of the ribbon that was put in."""
        return self._ribbon

    @property
    def loaded(self) -> bool:
        """Whether a card is in the machine."""
        return self._card is not None

    def now(self) -> float:
        """The machine's time in seconds."""
        return self._now()

    def counter(self, name: str) -> int:
        """A counter that goes on over restarts."""
        return self._memory.state.counters.get(name, 0)

    def counters(self) -> dict[str, int]:
        """All counters."""
        return dict(self._memory.state.counters)

    def supply(self, name: str) -> tuple[int, int]:
        """What remains of a supply, and its capacity."""
        return self._memory.left(name), CAPACITY[name]

    def faulty(self, kind: str) -> bool:
        """Whether a fault is on."""
        return self._faults.on(FaultKind(kind))

    def refill(self) -> None:
        """Do what a person does who fills hopper and ribbon and runs a cleaning card."""
        for supply in CAPACITY:
            self._memory.refill(supply)
        self._memory.save()

    def put_in(self, ribbon: str) -> None:
        """Do what a person does who puts a new ribbon in, named as the driver names it."""
        self._ribbon = ribbon
        self._memory.refill("ribbon")
        self._memory.save()

    def feed(self) -> Motion:
        """Bring a blank card in; nothing happens when one is there already."""
        if self._card is not None:
            return
        self._faults.card_comes()
        yield from self._until_free(self._feed_hindrance)
        yield Pause(self._pace.feed)
        self._card = CardInside()
        self._memory.use("hopper")
        self._memory.state.inside = True
        self._memory.save()
        self._faults.card_inside()

    def print_panel(self, side: Side, panel: Panel) -> Motion:
        """Lay one panel on a side of the card, feeding and turning it first if need be."""
        yield from self.feed()
        if self._held().up is not side:
            yield from self.flip()
        self._faults.panel_comes(panel.name)
        yield from self._until_free(self._print_hindrance)
        yield from self._pass_jam()
        yield Pause(self._pace.panel)
        self._held().sides.setdefault(side, []).append(panel)
        self._memory.count("panels")

    def encode(self, tracks: Mapping[int, str]) -> Motion:
        """Write magnetic tracks."""
        yield from self.feed()
        yield from self._pass_jam()
        yield Pause(self._pace.encode)
        self._held().tracks.update(tracks)

    def flip(self) -> Motion:
        """Turn the card over on its long edge."""
        yield from self._until_free(self._cover_hindrance)
        yield from self._pass_jam()
        yield Pause(self._pace.flip)
        card = self._held()
        card.up = Side.BACK if card.up is Side.FRONT else Side.FRONT

    def eject(self) -> Motion:
        """Move the card out to the output."""
        if self._card is not None:
            yield from self._leave(rejected=False)

    def reject(self) -> Motion:
        """Move the card out to the reject box."""
        if self._card is not None:
            yield from self._leave(rejected=True)

    def clean(self) -> Motion:
        """Run a cleaning cycle."""
        yield Pause(self._pace.clean)
        self._memory.refill("cleaning")
        self._memory.count("cleanings")
        self._memory.save()

    def _leave(self, *, rejected: bool) -> Motion:
        yield from self._until_free(self._cover_hindrance)
        yield from self._pass_jam()
        yield Pause(self._pace.leave)
        self._out(rejected=rejected)

    def _out(self, *, rejected: bool) -> None:
        """Count the card after its picture stands, so that whoever sees the count finds the picture."""
        card, state = self._held(), self._memory.state
        self._shelf.put(state.next_card, card.sides, self._geometry, rejected=rejected)
        state.next_card += 1
        state.inside = False
        self._memory.count("rejected" if rejected else "cards")
        self._memory.use("cleaning")
        if card.sides:
            self._memory.use("ribbon")
        self._memory.save()
        self._card = None

    def _held(self) -> CardInside:
        if self._card is None:
            raise CardLost
        return self._card

    def _until_free(self, hindrance: Hindrance) -> Motion:
        while (alert := hindrance()) is not None:
            yield Waiting(alert)

    def _pass_jam(self) -> Motion:
        """A jammed card is taken out by the person who clears the jam; raises CardLost then."""
        if not self._faults.on(FaultKind.JAM):
            return
        while self._faults.on(FaultKind.JAM):
            yield Waiting(AlertKind.CARD_JAM)
        self._out(rejected=True)
        raise CardLost

    def _cover_hindrance(self) -> AlertKind | None:
        return AlertKind.COVER_OPEN if self._faults.on(FaultKind.COVER_OPEN) else None

    def _feed_hindrance(self) -> AlertKind | None:
        if self._faults.on(FaultKind.HOPPER_EMPTY) or self._used_up("hopper"):
            return AlertKind.FEEDER
        if self._faults.on(FaultKind.NEED_CLEANING) or self._used_up("cleaning"):
            return AlertKind.CLEANING_DUE
        return self._cover_hindrance()

    def _print_hindrance(self) -> AlertKind | None:
        if self._faults.on(FaultKind.RIBBON_OUT) or self._used_up("ribbon"):
            return AlertKind.RIBBON_EMPTY
        return self._cover_hindrance()

    def _used_up(self, supply: str) -> bool:
        if self._memory.left(supply):
            return False
        if not self._faults.on(FaultKind.NO_REFILL):
            self._memory.refill(supply)
        return self._memory.left(supply) == 0
