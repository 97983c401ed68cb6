"""A fuzzer's bytes as choices, shapes and planes; what is missing counts as zero."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from printserver.model.card import Plane

T = TypeVar("T")

CORPUS = Path(__file__).parent / "corpus"
"""Inputs that are kept, a folder a target: those to begin with, and those that were ever found."""


class Source:
    """Takes choices from bytes, in order, so that the same bytes always make the same calls."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high."""
        taken = self.data[self.at : self.at + 2]
        self.at += 2
        return low + int.from_bytes(taken) % (high - low + 1)

    def one_of(self, choices: Sequence[T]) -> T:
        """Return one of some things."""
        return choices[self.whole(0, len(choices) - 1)]

    def side(self) -> int:
        """Return a side of a plane: often small, often near a vector's or block's length, sometimes a card's."""
        match self.whole(0, 4):
            case 0:
                return self.whole(1, 9)
            case 1:
                return self.whole(1, 80)
            case 2:
                return 8 * self.whole(1, 24) + self.whole(-1, 1)
            case 3:
                return 64 * self.whole(1, 9) + self.whole(-2, 2)
            case _:
                return self.whole(500, 700)

    def shape(self) -> tuple[int, int]:
        """Return height and width; a plane holds at most about 100 000 dots."""
        height, width = self.side(), self.side()
        return (height, width) if height * width <= 100_000 else (max(1, 100_000 // width), width)

    def values(self, *shape: int, top: int = 255) -> Plane:
        """Return values 0..top: random, one of few, constant, or a ramp."""
        random = np.random.default_rng(self.whole(0, 65535))
        match self.whole(0, 3):
            case 0:
                return random.integers(0, top + 1, shape, dtype=np.uint8)
            case 1:
                return random.choice(np.array([0, 1, top // 2, top], np.uint8), shape)
            case 2:
                return np.full(shape, random.integers(0, top + 1), np.uint8)
            case _:
                return (np.arange(np.prod(shape)) % (top + 1)).astype(np.uint8).reshape(shape)

    def rest(self) -> bytes:
        """Return what has not been taken."""
        return self.data[self.at :]
