"""How much a client may send, and how slowly: every cap of the HTTP door in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Caps in bytes, pieces and seconds.

    A body's deadline is `body_grace` plus a second for every `body_rate` bytes that came; `stall` ends a stream
    whose client does not read; `linger` is how long a refused client may go on sending before it is cut;
    `subscribers` of the event stream are those of all, `subscribers_of_one` those of one address; `small_body` is for
    requests that carry no document; `bodies` is what all bodies together may take of the memory at a time.
    """

    body: int = 64 * 1024 * 1024
    small_body: int = 64 * 1024
    bodies: int = 512 * 1024 * 1024
    head: int = 16 * 1024
    fields: int = 100
    subscribers: int = 1000
    subscribers_of_one: int = 100
    event_buffer: int = 256
    idle: float = 75.0
    head_time: float = 15.0
    body_grace: float = 30.0
    body_rate: float = 8192.0
    stall: float = 30.0
    linger: float = 30.0
    heartbeat: float = 15.0
