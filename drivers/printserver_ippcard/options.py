"""What an operator may choose for an IPP card printer beside model and ribbon."""

from __future__ import annotations

import re
from collections.abc import Mapping

from printserver.errors import ConfigurationError

# The first value of each is the default; a ticket may choose among them too.
OPTIONS: dict[str, tuple[str, ...]] = {
    # Degrees, counter-clockwise: self-describing media names have the short edge first (PWG 5101.1).
    "turn": ("90", "0", "270"),
}
# Where the printer is: said by whoever sets the printer up, never by a ticket.
PLACE = {"path": "/ipp/print", "host": "localhost"}
_SHAPES = {
    "path": (re.compile(r"(/[A-Za-z0-9._~-]{1,127}){1,8}", re.ASCII), "/ipp/print and the like"),
    "host": (re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252})(:[0-9]{1,5})?", re.ASCII), "a host name, perhaps :PORT"),
}


def chosen(options: Mapping[str, str]) -> dict[str, str]:
    """Return every option with its value, defaults filled in; raises ConfigurationError naming key and values."""
    for key, value in options.items():
        if key in _SHAPES:
            shape, allowed = _SHAPES[key]
            if shape.fullmatch(value) is None:
                raise ConfigurationError(f"not {value[:60]!r}", where=f"options.{key}", allowed=allowed)
        elif key not in OPTIONS:
            known = ", ".join((*OPTIONS, *PLACE))
            raise ConfigurationError("there is no such option", where=f"options.{key}", allowed=known)
        elif value not in OPTIONS[key]:
            raise ConfigurationError(f"not {value!r}", where=f"options.{key}", allowed=", ".join(OPTIONS[key]))
    return {key: values[0] for key, values in OPTIONS.items()} | PLACE | dict(options)
