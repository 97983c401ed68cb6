"""What a printer uses up: ribbon, blanks, cleaning cycles."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class SupplyKind(StrEnum):
    """Kinds of supply, named as PWG 5100.13 `printer-supply` types where it has one."""

    RIBBON = "ribbon"
    BLANKS = "blanks"
    CLEANING = "cleaning"


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """One supply: `remaining` of `capacity` cards or cycles; None = the device does not tell.

    `roll` is the id of a roll of ribbon, empty where the device does not know one.
    """

    kind: SupplyKind
    name: str
    remaining: int | None = None
    capacity: int | None = None
    roll: str = ""

    @property
    def percent(self) -> int | None:
        """Return what is left in whole percent, None when it is not known."""
        if self.remaining is None or not self.capacity:
            return None
        return max(0, min(100, round(100 * self.remaining / self.capacity)))


class SupplyCount(msgspec.Struct, frozen=True, kw_only=True):
    """What the server counts of a printer's blanks or ribbon, in cards.

    `remaining` = left by count, None = nobody said how many there were; `loaded` = what was there at `since` (seconds
    since the epoch) and came in afterwards; `other` = blanks spent since on test cards and cleaning. `name` and `roll`
    are a ribbon's type and id.
    """

    printer: str
    kind: SupplyKind
    remaining: int | None
    loaded: int | None
    since: float
    other: int = 0
    name: str = ""
    roll: str = ""

    @property
    def left(self) -> int | None:
        """Return how many are left, never less than none."""
        return None if self.remaining is None else max(0, self.remaining)


class Spending(StrEnum):
    """What a blank may be spent on beside a job's card."""

    TEST_CARD = "test-card"
    CLEANING = "cleaning"


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what is loaded suffices for the cards that a job still needs.

    `left` is what is loaded now, `ahead` what cards before this job's take of it, `needed` what this job takes;
    `ends_at` is the job's last card for which it suffices, 0 = for none, None = it suffices for all. `printers` are
    those that it was counted for, `told` = the device itself says how much is left.
    """

    kind: SupplyKind
    printers: tuple[str, ...]
    left: int
    ahead: int
    needed: int
    ends_at: int | None
    told: bool = False

    @property
    def short(self) -> int:
        """Return how many of the job's cards will find none."""
        return max(0, min(self.needed, self.needed + self.ahead - self.left))


def forecast(kind: SupplyKind, left: int, ahead: int, cards: Sequence[int], *, printers: Sequence[str] = (),
             told: bool = False) -> Forecast:
    """Return whether `left` suffices for `ahead` other cards and then for the cards of these numbers, in order."""
    enough = max(0, left - ahead)
    ends_at = None if enough >= len(cards) else cards[enough - 1] if enough else 0
    return Forecast(
        kind=kind, printers=tuple(printers), left=left, ahead=ahead, needed=len(cards), ends_at=ends_at, told=told
    )


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a printer's blanks since its last shift was closed: loaded = good + spoiled + left.

    `spoiled` counts the cards of jobs alone, `other` what test cards and cleaning took, `in_doubt` the cards that
    nobody has settled yet; `left` was counted by a person, None = not yet.
    """

    printer: str
    since: float
    loaded: int
    good: int
    spoiled: int
    other: int
    in_doubt: int
    left: int | None = None

    @property
    def expected(self) -> int:
        """Return how many must be left."""
        return self.loaded - self.good - self.spoiled - self.other - self.in_doubt

    @property
    def difference(self) -> int:
        """Return how many more are left than must be; less than none where some are missing."""
        return 0 if self.left is None else self.left - self.expected
