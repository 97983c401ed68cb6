"""What truly came out of the printer: its cards, told apart by the SHA-256 of their dots.

Laws kept here:

1. Only what the printer itself has put out counts; the server is not asked.
2. A picture is read once: a card that lies in the hopper does not change any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.crash.designs import Design, dots


@dataclass(frozen=True)
class Printed:
    """One card as it came out."""

    number: int
    front: str
    back: str | None


class Hopper:
    """The output of a printer, and its reject box."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, str] = {}

    def good(self) -> list[Printed]:
        """Return the cards that left by the output, in order."""
        return self._cards(self._folder)

    def rejected(self) -> list[Printed]:
        """Return the cards in the reject box, in order."""
        return self._cards(self._folder / "rejected")

    def copies(self, design: Design) -> int:
        """Return how often a card came out whole."""
        return Counter((card.front, card.back) for card in self.good())[(design.look.front, design.look.back)]

    def ruined(self, design: Design) -> int:
        """Return how many cards in the reject box are this one, whole or begun."""
        begun = design.look.begun | {design.look.front}
        return sum(card.front in begun for card in self.rejected())

    def strangers(self, designs: Sequence[Design]) -> list[int]:
        """Return the numbers of cards in the output that are none of these."""
        known = {(design.look.front, design.look.back) for design in designs}
        return [card.number for card in self.good() if (card.front, card.back) not in known]

    def _cards(self, folder: Path) -> list[Printed]:
        fronts = sorted(path for path in folder.glob("[0-9]*-front.png"))
        return [self._card(path) for path in fronts]

    def _card(self, front: Path) -> Printed:
        number = front.name.partition("-")[0]
        back = front.with_name(f"{number}-back.png")
        return Printed(int(number), self._dots(front), self._dots(back) if back.exists() else None)

    def _dots(self, path: Path) -> str:
        if path not in self._read:
            self._read[path] = dots(path.read_bytes())
        return self._read[path]
