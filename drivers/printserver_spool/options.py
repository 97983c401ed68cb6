"""What an operator says of a queue beside model and ribbon; a ticket says none of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from printserver.errors import ConfigurationError

OPTIONS: dict[str, tuple[str, ...]] = {}
# cupsd answers to `localhost` over loopback and its socket; to other names only where it is told of them (ServerAlias).
HOST = "localhost"
_SHAPES = {
    # CUPS's own rule for names of queues, without what a path would have to escape.
    "queue": (re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}", re.ASCII), "the name of a CUPS queue"),
    "host": (re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252})(:[0-9]{1,5})?", re.ASCII), "a host name, perhaps :PORT"),
}


def chosen(options: Mapping[str, str], *, queued: bool) -> dict[str, str]:
    """Return queue and host; raises ConfigurationError where a queue is not named, or something else is said."""
    known = _SHAPES if queued else {}
    for key, value in options.items():
        if key not in known:
            allowed = ", ".join(known) or "none: the command stands in the section [command]"
            raise ConfigurationError("there is no such option", where=f"options.{key}", allowed=allowed)
        shape, allowed = known[key]
        if shape.fullmatch(value) is None:
            raise ConfigurationError(f"not {value[:60]!r}", where=f"options.{key}", allowed=allowed)
    if queued and "queue" not in options:
        raise ConfigurationError("no queue is named", where="options.queue", allowed="the name of a CUPS queue")
    return {"host": HOST, **options}
