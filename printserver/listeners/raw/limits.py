"""How much a raw client may send, and how slowly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLimits:
    """Caps in bytes, pieces and seconds; `documents` is for all unfinished ones of a door together.

    `idle` is the longest pause inside a document; the whole of it has `grace` seconds and one more for every `rate`
    bytes that came. `linger` is how long a client that has its answer may go on sending before it is cut.
    """

    document: int = 64 * 1024 * 1024
    documents: int = 1024 * 1024 * 1024
    idle: float = 30.0
    grace: float = 60.0
    rate: float = 8192.0
    linger: float = 10.0
