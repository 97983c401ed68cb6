"""The server's own command, whose patience with devices runs faster: `doors_hurried.py FACTOR serve ...`.

A card printer may be silent for a minute and a half before it counts as silent, and a test cannot wait that long. Here
each wait inside a conversation with a device takes a FACTOR-th of its time; nothing else is changed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from printserver.model.clock import Alarm, Clock
from printserver.transport.runner import DialogueRunner


@dataclass(frozen=True)
class Hurried:
    """A clock on which more time passes."""

    clock: Clock
    factor: float

    def seconds(self) -> float:
        """Return the time in seconds."""
        return self.clock.seconds() * self.factor

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object, **kwargs: object) -> Alarm:
        """Call after a delay in seconds."""
        return self.clock.callLater(delay / self.factor, callable, *args, **kwargs)


def hurry(factor: float) -> None:
    """Let every conversation of this process run on such a clock."""
    begin = DialogueRunner.__init__

    def begin_hurried(self: DialogueRunner, *, clock: Clock, **rest: Any) -> None:  # noqa: ANN401 - passed on
        begin(self, clock=Hurried(clock, factor), **rest)

    DialogueRunner.__init__ = begin_hurried  # type: ignore[method-assign]  # that is what this program is for


if __name__ == "__main__":
    hurry(float(sys.argv.pop(1)))
    from printserver.cli import main

    main()
