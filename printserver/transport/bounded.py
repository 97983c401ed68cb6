"""Calls that may hang, each given a while: for programs that have no reactor, and threads that must come back.

A call that hangs costs a thread until it ends; who asked goes on without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from printserver.dialogue import TimedOut

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what a call returns or raises; raises TimedOut when it has not ended after so many seconds."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            # whatever it is belongs to whoever waits
            errors.append(error)

    thread = threading.Thread(target=run, name="looking", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimedOut
    return results[0]
