"""Time as an argument: what this project asks of a reactor's clock, in a form that type checkers read.

Twisted declares its reactors by zope interfaces, which a type checker cannot follow; every reactor and
`twisted.internet.task.Clock` fit these protocols as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Alarm(Protocol):
    """A call that is due later."""

    def active(self) -> bool:
        """Tell whether the call is still to come."""
        ...

    def cancel(self) -> None:
        """Call it off."""
        ...


class Clock(Protocol):
    """Monotonic seconds and later calls."""

    def seconds(self) -> float:
        """Return seconds since some fixed moment."""
        ...

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> Alarm:
        """Call `callable` after `delay` seconds."""
        ...
