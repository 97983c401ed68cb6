"""How orders and answers stand on a pipe: a length of 4 bytes, most significant first, then msgpack.

Laws kept here:

1. A length is judged before anything makes room for it.
2. Sans-IO: bytes in, messages out; the pipe's owner reads and writes.
3. A large message is not copied as a whole where that can be helped: the daemon's thread waits for each copy.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from printserver.errors import WorkerFailed

LENGTH = struct.Struct(">I")

# Six panels of both sides at 600 dpi, one byte a dot, with job file and pictures, stay well below this.
LARGEST_MESSAGE = 256 * 1024 * 1024


def framed(message: bytes) -> bytes:
    """Return a message with its length before it."""
    return LENGTH.pack(len(message)) + message


def length_of(head: bytes | bytearray) -> int:
    """Return the length that 4 bytes announce; raises WorkerFailed when it is beyond all reason."""
    length: int = LENGTH.unpack(head)[0]
    if length > LARGEST_MESSAGE:
        raise WorkerFailed(f"a message of {length} bytes was announced", allowed=f"at most {LARGEST_MESSAGE} bytes")
    return length


class FrameReader:
    """Puts messages together again from bytes that arrive in any portions."""

    def __init__(self) -> None:
        """Begin between two messages."""
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes | memoryview]:
        """Yield each message that is complete now; raises WorkerFailed."""
        self._buffer += data
        while len(self._buffer) >= LENGTH.size:
            end = LENGTH.size + length_of(self._buffer[: LENGTH.size])
            if len(self._buffer) < end:
                return
            if len(self._buffer) == end:
                whole, self._buffer = self._buffer, bytearray()
                yield memoryview(whole)[LENGTH.size :]
            else:
                message = bytes(self._buffer[LENGTH.size : end])
                del self._buffer[:end]
                yield message
