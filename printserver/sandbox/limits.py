"""What a worker process may use: memory, processor time, files.

Laws kept here:

1. Limits are taken by the worker itself, after its own code is loaded and before it reads the first order.
2. The parent keeps the clock: whatever a worker does, its order ends when the wall time is over.
3. Each limit that holds, and each that could not be had, is said in words.
"""

from __future__ import annotations

import math
import resource
import time
from pathlib import Path

import msgspec

MEBIBYTE = 1024 * 1024
STATM = Path("/proc/self/statm")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one worker: bytes of memory beyond its program, seconds, descriptors, orders before it is replaced."""

    memory: int = 1024 * MEBIBYTE
    processor_seconds: int = 30
    wall_seconds: float = 60.0
    start_seconds: float = 60.0
    descriptors: int = 16
    orders: int = 200


def take(limits: Limits) -> tuple[str, ...]:
    """Put the limits of the process in force; return them in words."""
    fix(resource.RLIMIT_CORE, 0)
    fix(resource.RLIMIT_FSIZE, 0)
    fix(resource.RLIMIT_NPROC, 0)
    fix(resource.RLIMIT_NOFILE, limits.descriptors)
    fix(resource.RLIMIT_AS, address_space() + limits.memory)
    grant_processor_time(limits)
    return (
        f"memory: {limits.memory // MEBIBYTE} MiB beyond the program",
        f"time: {limits.processor_seconds} s of processor and {limits.wall_seconds:g} s in all for a card",
        f"files: none written, at most {limits.descriptors} open, no core dumps",
    )


def fix(kind: int, value: int) -> None:
    """Set a limit for good, not above what is allowed already."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def grant_processor_time(limits: Limits) -> None:
    """Let the process use the seconds of one order from now on; it is killed beyond them.

    The limit counts from the process's beginning, so that it is moved on with each order.
    """
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    until = math.ceil(time.process_time()) + limits.processor_seconds
    soft = until if hard == resource.RLIM_INFINITY else min(until, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def address_space() -> int:
    """Return the bytes of address space in use, 0 where the system does not tell."""
    try:
        pages = int(STATM.read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
