"""Bits of a track packed into bytes, as encoders take them and readers give them.

An MSR605 set to eight bits a character is given a track's first bit as the lowest of the first byte, and gives it back
as the highest (protocols/magstripe.md section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

Bits = tuple[int, ...]
BYTE = 8


class Order(Enum):
    """Which bit of a byte is the first on the stripe."""

    LOW = "lowest"
    HIGH = "highest"


def pack(bits: Sequence[int], order: Order) -> bytes:
    """Return bits as bytes, zeros filling the last one."""
    filled = (*bits, *[0] * (-len(bits) % BYTE))
    return bytes(
        sum(bit << _place(index, order) for index, bit in enumerate(filled[at : at + BYTE]))
        for at in range(0, len(filled), BYTE)
    )


def unpack(data: bytes, order: Order) -> Bits:
    """Return the bits of bytes in the order of the stripe."""
    return tuple(byte >> _place(index, order) & 1 for byte in data for index in range(BYTE))


def _place(index: int, order: Order) -> int:
    return index if order is Order.LOW else BYTE - 1 - index
