"""Packets: what every byte of the language is wrapped in, both ways.

Laws kept here:

1. A packet is `F`, a letter `s` or `g`, version, length, payload, `eP`; numbers are little-endian (others.md A2).
2. A payload is 512 bytes at most; a longer stretch is cut, the last piece is shorter, nothing is padded.
3. Reading never raises: bytes that are no packet are skipped up to the next that may be one, and told once.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

PAYLOAD = 512
HEAD, TAIL = struct.Struct("<2sHH"), b"eP"
# Bytes of a packet beside its payload.
WRAPPING = HEAD.size + len(TAIL)
# In print streams, and in commands and status.
PRINT, COMMAND = 1, 0

_START = re.compile(rb"F(?:[sg]|\Z)")


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; `kind` is `s` or `g`."""

    kind: str
    version: int
    payload: bytes

    @property
    def size(self) -> int:
        """Return its bytes on the wire."""
        return WRAPPING + len(self.payload)


@dataclass(frozen=True, slots=True)
class Junk:
    """Bytes that are no packet."""


def packet(kind: str, payload: bytes = b"", version: int = PRINT) -> bytes:
    """Wrap up to 512 bytes."""
    return HEAD.pack(b"F" + kind.encode("ascii"), version, len(payload)) + payload + TAIL


def packets(payload: bytes) -> bytes:
    """Wrap bytes of any number for a print stream, cut into packets."""
    pieces = (payload[at : at + PAYLOAD] for at in range(0, len(payload), PAYLOAD))
    return b"".join(packet("g", piece) for piece in pieces)


def count_of(length: int) -> int:
    """Return how many packets take a payload of `length` bytes."""
    return -(-length // PAYLOAD)


class PacketReader:
    """Cuts bytes into packets; `held` counts the bytes that belong to no packet yet, junk among them."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._junk = 0

    @property
    def held(self) -> int:
        """Return the count of bytes since the last packet."""
        return self._junk + len(self._buffer)

    def feed(self, data: bytes) -> list[Packet | Junk]:
        """Take bytes and return the packets that are whole now, junk before the packet that follows it."""
        self._buffer += data
        found: list[Packet | Junk] = []
        while (one := self._next()) is not None:
            if self._junk:
                found.append(Junk())
            self._junk = 0
            found.append(one)
        return found

    def _next(self) -> Packet | None:
        while True:
            self._skip_to_start()
            if len(self._buffer) < HEAD.size:
                return None
            letters, version, length = HEAD.unpack_from(self._buffer)
            end = HEAD.size + length
            if length > PAYLOAD:
                self._drop(1)
            elif len(self._buffer) < end + len(TAIL):
                return None
            elif self._buffer[end : end + len(TAIL)] != TAIL:
                self._drop(1)
            else:
                one = Packet(chr(letters[1]), version, bytes(self._buffer[HEAD.size : end]))
                del self._buffer[: one.size]
                return one

    def _skip_to_start(self) -> None:
        start = _START.search(self._buffer)
        self._drop(len(self._buffer) if start is None else start.start())

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._junk += count
