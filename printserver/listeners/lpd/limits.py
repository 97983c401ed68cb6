"""How much an LPD client may send, and how slowly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LpdLimits:
    """Caps in bytes, pieces and seconds; `documents` is for all unfinished ones of the door together.

    `idle` is the longest pause within a connection; the whole of it has `grace` seconds and one more for every `rate`
    bytes that came. `linger` is how long a client has to read its answer before it is cut.
    """

    line: int = 1024
    control: int = 16 * 1024
    document: int = 64 * 1024 * 1024
    documents: int = 1024 * 1024 * 1024
    idle: float = 30.0
    grace: float = 60.0
    rate: float = 8192.0
    linger: float = 10.0
