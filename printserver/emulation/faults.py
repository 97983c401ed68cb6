"""Faults as data: what goes wrong with an emulated printer, and when.

A fault is written `KIND`, `KIND@card=N`, `KIND@panel=NAME` or `KIND@byte=N`. Without a place it is on at once. Cards
and bytes are counted from the moment at which the fault was set, from 1.

| kind | what happens | until |
|---|---|---|
| cover-open, ribbon-out, hopper-empty, need-cleaning | nothing moves on | cleared |
| jam | the card sticks; clearing it takes the card out by hand | cleared |
| mag-error | the stripe cannot be written | cleared |
| unknown-reply | the status reply is one that no manual knows | cleared |
| no-refill | supplies are used up and stay so | cleared |
| silent | the device works but answers nothing | cleared |
| stall | the device takes no more bytes | cleared |
| garble | the next answer is damaged | it has happened |
| drop-link | the connection breaks | it has happened |
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from printserver.errors import ConfigurationError
from printserver.model.card import PanelName


class FaultKind(StrEnum):
    """What can go wrong."""

    COVER_OPEN = "cover-open"
    RIBBON_OUT = "ribbon-out"
    HOPPER_EMPTY = "hopper-empty"
    NEED_CLEANING = "need-cleaning"
    JAM = "jam"
    MAG_ERROR = "mag-error"
    UNKNOWN_REPLY = "unknown-reply"
    NO_REFILL = "no-refill"
    SILENT = "silent"
    STALL = "stall"
    GARBLE = "garble"
    DROP_LINK = "drop-link"


PLACES = ("card", "panel", "byte")
# These keep a card from coming in; all others of a card's faults strike when it is inside.
BEFORE_CARD = frozenset({FaultKind.HOPPER_EMPTY, FaultKind.NEED_CLEANING})


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One fault and its place: `card` or `byte` with a number, `panel` with a letter, or none."""

    kind: FaultKind
    place: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}@{self.place}={self.value}" if self.place else str(self.kind)

    @property
    def number(self) -> int:
        """Return the value of a card or byte."""
        return int(self.value)


def parse_fault(text: str) -> FaultSpec:
    """Read a fault as it is written on the command line; raises ConfigurationError naming the part."""
    kind, _, rest = text.partition("@")
    if kind not in list(FaultKind):
        raise ConfigurationError(f"there is no fault {kind!r}", where=text, allowed=", ".join(FaultKind))
    if not rest:
        return FaultSpec(FaultKind(kind))
    place, _, value = rest.partition("=")
    _check_place(text, place, value)
    return FaultSpec(FaultKind(kind), place, value.upper() if place == "panel" else value)


def _check_place(text: str, place: str, value: str) -> None:
    if place not in PLACES:
        raise ConfigurationError(f"there is no place {place!r}", where=text, allowed=", ".join(PLACES))
    if place == "panel" and value.upper() not in list(PanelName):
        raise ConfigurationError(f"there is no panel {value!r}", where=text, allowed=", ".join(PanelName))
    if place != "panel" and not (value.isascii() and value.isdigit() and 0 < int(value) < 10**9):
        raise ConfigurationError(f"{value!r} is not a count", where=text, allowed="a number from 1")


@dataclass(slots=True)
class _Armed:
    spec: FaultSpec
    seen: int = 0


class FaultBook:
    """The faults of one machine: armed ones wait for their place, active ones are on."""

    def __init__(self, *specs: FaultSpec) -> None:
        self._armed: list[_Armed] = []
        self._active: set[FaultKind] = set()
        for spec in specs:
            self.set(spec)

    def set(self, spec: FaultSpec) -> None:
        """Arm a fault, or turn it on when it has no place."""
        if spec.place:
            self._armed.append(_Armed(spec))
        else:
            self._active.add(spec.kind)

    def clear(self, kind: FaultKind | None = None) -> None:
        """Turn a kind of fault off and disarm it; None = all of them."""
        self._active = {other for other in self._active if kind is not None and other is not kind}
        self._armed = [armed for armed in self._armed if kind is not None and armed.spec.kind is not kind]

    def on(self, kind: FaultKind) -> bool:
        """Tell whether a kind of fault is on."""
        return kind in self._active

    def spend(self, kind: FaultKind) -> bool:
        """Tell whether a fault that happens once is on, and end it."""
        found = kind in self._active
        self._active.discard(kind)
        return found

    def names(self) -> list[str]:
        """Return every fault that is on or armed, as it is written."""
        return sorted([*self._active, *(str(armed.spec) for armed in self._armed)])

    def card_comes(self) -> None:
        """Count a card that is about to be fed."""
        for armed in self._at("card"):
            armed.seen += 1
            if armed.spec.kind in BEFORE_CARD and armed.seen == armed.spec.number:
                self._strike(armed)

    def card_inside(self) -> None:
        """Take note that the card that came is inside."""
        for armed in self._at("card"):
            if armed.seen == armed.spec.number:
                self._strike(armed)

    def panel_comes(self, name: PanelName) -> None:
        """Take note that a panel is about to be printed."""
        for armed in self._at("panel"):
            if armed.spec.value == name:
                self._strike(armed)

    def bytes_until_next(self) -> int | None:
        """Return how many bytes may pass before a fault strikes between two bytes, None when none is armed."""
        return min((armed.spec.number - armed.seen for armed in self._at("byte")), default=None)

    def bytes_passed(self, count: int) -> None:
        """Count bytes from the host."""
        for armed in self._at("byte"):
            armed.seen += count
            if armed.seen >= armed.spec.number:
                self._strike(armed)

    def _at(self, place: str) -> list[_Armed]:
        return [armed for armed in self._armed if armed.spec.place == place]

    def _strike(self, armed: _Armed) -> None:
        self._armed.remove(armed)
        self._active.add(armed.spec.kind)
