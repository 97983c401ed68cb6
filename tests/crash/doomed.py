"""The server's own command, in a process that kills itself at a chosen point: `doomed.py WHEN:WHAT:N serve ...`.

WHEN is `before` or `after`, WHAT a kind of step, N its count from 1:

    write   a transaction of the store (JobStore.apply, add_job, claim)
    spool   a document written to the spool
    bytes   a piece of bytes handed to the device

The process dies by SIGKILL, as by `kill -9` or a pulled plug: no handler runs and nothing is flushed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

STEPS = {
    "write": [("printserver.store.sql", "SqlStore", name) for name in ("apply", "add_job", "claim")],
    "spool": [("printserver.store.spool", "Spool", "write")],
    "bytes": [("printserver.transport.stream", "StreamLink", "write")],
}


class Doom:
    """Counts steps and ends the process at the chosen one."""

    def __init__(self, when: str, number: int) -> None:
        self._when, self._number, self._count = when, number, 0

    def around(self, call: Callable[P, T]) -> Callable[P, T]:
        """Return the call with the process's end before or after it."""

        def doomed(*args: P.args, **kwargs: P.kwargs) -> T:
            self._count += 1
            mine = self._count == self._number
            if mine and self._when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*args, **kwargs)
            if mine and self._when == "after":
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return doomed


def prepare(point: str) -> None:
    """Set the end of this process."""
    when, what, number = point.split(":")
    doom = Doom(when, int(number))
    for module, owner, name in STEPS[what]:
        cls = getattr(__import__(module, fromlist=[owner]), owner)
        setattr(cls, name, doom.around(getattr(cls, name)))


if __name__ == "__main__":
    prepare(sys.argv.pop(1))
    from printserver.cli import main

    main()
