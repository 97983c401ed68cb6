"""How long the motions of an emulated printer take, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from printserver.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds for each motion; `panel` is one pass of one panel under the head."""

    feed: float
    panel: float
    flip: float
    encode: float
    leave: float
    clean: float


# A quarter of a second for a YMCKO card: short, but the states between can be seen.
FAST = Pace(feed=0.05, panel=0.03, flip=0.03, encode=0.03, leave=0.05, clean=0.05)
# About 25 s for a YMCKO card (protocols/geometry.md section 6: busy for 30 s after the data).
REAL = Pace(feed=3.0, panel=4.0, flip=3.0, encode=3.0, leave=2.0, clean=30.0)

PACES = {"fast": FAST, "real": REAL}


def pace_of(name: str) -> Pace:
    """Return a pace by name; raises ConfigurationError."""
    try:
        return PACES[name]
    except KeyError:
        raise ConfigurationError(f"there is no pace {name!r}", where="--pace", allowed=", ".join(PACES)) from None
