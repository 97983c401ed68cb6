"""Framers: where a device's message ends, without any input or output.

Laws kept here:

1. A framer is a pure function of the bytes that have come: message and the count of bytes it used, or None for
   "more". Surplus bytes stay with the runner for the next effect.
2. The link's end is a frame boundary too: a framer is asked once more with `ended=True`.
3. A framer never raises; a device that talks nonsense yields either a message or silence until the timeout.
4. The messages do not depend on the pieces in which the bytes came.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

END = b""


@dataclass(frozen=True, slots=True)
class Framed:
    """What a framer found: the message, and how many of the bytes it takes with it."""

    message: bytes
    used: int


Framer: TypeAlias = Callable[[bytes, bool], Framed | None]


def until(terminator: bytes, limit: int = 65_536) -> Framer:
    """Frame a message that ends with `terminator`, which is left out; `limit` bytes without one are a message."""

    def frame(data: bytes, ended: bool) -> Framed | None:
        at = data.find(terminator, 0, limit)
        if at >= 0:
            return Framed(data[:at], at + len(terminator))
        if len(data) >= limit:
            return Framed(data[:limit], limit)
        return Framed(data, len(data)) if ended and data else None

    return frame


def line(limit: int = 65_536) -> Framer:
    """Frame one line that ends with LF, CR LF removed."""
    inner = until(b"\n", limit)

    def frame(data: bytes, ended: bool) -> Framed | None:
        found = inner(data, ended)
        return None if found is None else Framed(found.message.rstrip(b"\r"), found.used)

    return frame


def fixed(length: int) -> Framer:
    """Frame exactly `length` bytes; fewer only at the link's end."""

    def frame(data: bytes, ended: bool) -> Framed | None:
        if len(data) >= length:
            return Framed(data[:length], length)
        return Framed(data, len(data)) if ended and data else None

    return frame


def one_of(*framers: Framer) -> Framer:
    """Frame with the first of several framers that finds a message in the same bytes."""

    def frame(data: bytes, ended: bool) -> Framed | None:
        for framer in framers:
            found = framer(data, ended)
            if found is not None:
                return found
        return None

    return frame


def json_to_end(limit: int = 1_048_576) -> Framer:
    """Frame one JSON object as soon as it is whole; at the link's end, or at `limit` bytes, whatever has come.

    What follows the object stays for the next effect. A text that is no object waits for the link's end.
    """

    def frame(data: bytes, ended: bool) -> Framed | None:
        length = _object_length(data[:limit])
        if length is not None:
            return Framed(data[:length], length)
        if ended or len(data) >= limit:
            rest = data[:limit]
            return Framed(rest, len(rest)) if rest else None
        return None

    return frame


def _object_length(data: bytes) -> int | None:
    """Return how many bytes the whole JSON object at the beginning takes, None when there is none yet."""
    # Bytes that are no UTF-8, perhaps because half a character has come, must keep their count.
    text = data.decode("utf-8", "surrogateescape")
    start = len(text) - len(text.lstrip(" \t\r\n"))
    # Only a closing brace can make an object whole: the text is not parsed anew for each chunk.
    if text[start : start + 1] != "{" or "}" not in text:
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):  # RecursionError: a device may nest without end
        return None
    return len(text[:end].encode("utf-8", "surrogateescape"))
