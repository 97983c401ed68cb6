"""How a worker's process ended, in words."""

from __future__ import annotations

import signal

WORDS = {
    "SIGKILL": "was killed",
    "SIGXCPU": "used more processor time than a card is given",
    "SIGSEGV": "crashed (SIGSEGV)",
    "SIGABRT": "crashed (SIGABRT)",
}


def ending(status: int) -> str:
    """Say how a process ended, from its return code (negative = the signal)."""
    if status >= 0:
        return f"ended with status {status} before it answered"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    return WORDS.get(name, f"was ended by {name}")
