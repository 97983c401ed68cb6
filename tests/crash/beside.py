"""Doing something at a moment beside something else, and waiting, but never for ever."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

PATIENCE = 60.0


@contextlib.contextmanager
def beside(seconds: float, strike: Callable[[], None]) -> Iterator[None]:
    """Do something so many seconds from now, beside what is done in the block; it has happened at the block's end."""
    raised: list[BaseException] = []

    def struck() -> None:
        try:
            strike()
        except BaseException as error:  # it is told where the run is waited for
            raised.append(error)

    timer = threading.Timer(seconds, struck)
    timer.start()
    try:
        yield
    finally:
        timer.join()
    if raised:
        raise raised[0]


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until something is true, or for long enough."""
    until = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
