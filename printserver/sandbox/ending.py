"""How a worker's process ended, and what it said on its way, in words fit for a log."""

from __future__ import annotations

import signal
from collections.abc import Iterator

WORDS = {
    "SIGKILL": "was killed",
    "SIGXCPU": "used more processor time than a card is given",
    "SIGSEGV": "crashed (SIGSEGV)",
    "SIGABRT": "crashed (SIGABRT)",
}

LONGEST_SAYING = 8000


def visible_lines(said: bytes) -> Iterator[str]:
    """Yield what a worker wrote to stderr, cut short, control characters made visible."""
    for line in said[:LONGEST_SAYING].splitlines():
        yield ascii(line.decode(errors="replace"))[1:-1]


def ending(status: int) -> str:
    """Say how a process ended, from its return code (negative = the signal)."""
    if status >= 0:
        return f"ended with status {status} before it answered"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    return WORDS.get(name, f"was ended by {name}")
