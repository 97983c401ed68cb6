"""Text to the characters and bits of a track.

Laws kept here:

1. A character stands lowest bit first, then its parity bit (ISO/IEC 7811-2, -6); in a word of ours parity is the top
   bit.
2. The check character makes the ones of each column even, sentinels counted; its own parity bit is that of a
   character, not of the column of parity bits.

Source: protocols/magstripe.md sections 1 and 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import xor

from printserver.model.stripe.checking import check
from printserver.model.stripe.formats import Format
from printserver.model.stripe.packing import Bits, Order, pack, unpack


def encode(text: str, form: Format) -> tuple[int, ...]:
    """Return the characters of a track, start sentinel to check character, parity as each one's top bit.

    Raises BadTicket for what the format does not take.
    """
    check(form.track, text, form)
    values = [ord(character) - form.base for character in (form.start, *text, form.end)]
    return tuple(with_parity(value, form) for value in (*values, reduce(xor, values)))


def with_parity(value: int, form: Format) -> int:
    """Return a character's value with its parity bit as the top bit."""
    return value | (value.bit_count() % 2 ^ form.parity.value) << form.bits - 1


def bits_of(words: Sequence[int], form: Format, leading: int = 0) -> Bits:
    """Return the bits in the order of the stripe, so many zeros before them."""
    return (*[0] * leading, *(word >> place & 1 for word in words for place in range(form.bits)))


def raw_bits(text: str) -> Bits:
    """Return the bits of a raw track that `check_raw` has passed; a byte's highest bit is the first on the stripe."""
    return unpack(bytes.fromhex(text), Order.HIGH)


def raw_text(bits: Sequence[int]) -> str:
    """Return bits as a raw track in hexadecimal, zeros filling its last byte."""
    return pack(bits, Order.HIGH).hex().upper()
