"""The hours in which a queue prints, by the clock of its site.

Laws kept here:

1. Hours are written `Mon-Fri 07:00-17:00, Sat 08:00-12:00`: windows between commas, each with a day, or with the first
   and the last of several days, and with its times. Without days a window is every day's.
2. A window that ends before it begins goes on over midnight, and belongs to the day on which it begins.
3. Times are those of the site's own zone, also on days on which its clock is put forward or back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from functools import lru_cache

from printserver.errors import ConfigurationError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXAMPLE = "such as Mon-Fri 07:00-17:00, Sat 08:00-12:00"
LONGEST = 500
_DAY_MINUTES = 24 * 60
_WINDOW = re.compile(
    r"(?:([A-Za-z]{3})(?:-([A-Za-z]{3}))? )?([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Window:
    """Some hours of some days (0 = Monday); `begin` and `end` in minutes of the day, `end` is not in it."""

    days: frozenset[int]
    begin: int
    end: int

    def holds(self, day: int, minute: int) -> bool:
        """Tell whether a minute of a day of the week is in it."""
        if self.begin < self.end:
            return day in self.days and self.begin <= minute < self.end
        return (day in self.days and minute >= self.begin) or ((day - 1) % 7 in self.days and minute < self.end)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Windows of a week; none = always."""

    windows: tuple[Window, ...] = ()

    def is_open(self, now: float, zone: tzinfo | None) -> bool:
        """Tell whether it is open; `now` in seconds since the epoch, `zone` None = the system's own."""
        local = datetime.fromtimestamp(now, zone)
        minute = local.hour * 60 + local.minute
        return not self.windows or any(window.holds(local.weekday(), minute) for window in self.windows)

    def opens(self, now: float, zone: tzinfo | None) -> float | None:
        """Return when it opens next, in seconds since the epoch; None while it is open."""
        if self.is_open(now, zone):
            return None
        return min(begin for begin in self._beginnings(now, zone) if begin > now)

    def _beginnings(self, now: float, zone: tzinfo | None) -> Iterator[float]:
        """Yield when windows begin from yesterday on: more than a week, since a day's may have passed already."""
        today = datetime.fromtimestamp(now, zone).date()
        for ahead in range(-1, 9):
            day = today + timedelta(days=ahead)
            for window in self.windows:
                if day.weekday() in window.days:
                    hour, minute = divmod(window.begin, 60)
                    yield datetime.combine(day, time(hour, minute), zone).timestamp()


@lru_cache(maxsize=256)
def opening_hours(text: str, where: str = "hours") -> OpeningHours:
    """Read hours, none of an empty text; raises ConfigurationError naming `where`."""
    if len(text) > LONGEST:
        raise ConfigurationError(f"more than {LONGEST} characters", where=where, allowed=EXAMPLE)
    return OpeningHours(tuple(_window(part.strip(), where) for part in text.split(","))) if text else OpeningHours()


def _window(text: str, where: str) -> Window:
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ConfigurationError(f"{text!r} is no hours", where=where, allowed=EXAMPLE)
    first, last, *times = found.groups()
    begin, end = (int(hour) * 60 + int(minute) for hour, minute in (times[:2], times[2:]))
    if begin >= _DAY_MINUTES or end > _DAY_MINUTES or begin == end:
        raise ConfigurationError(f"{text!r} is no time of a day", where=where, allowed=EXAMPLE)
    return Window(_days(first, last, where), begin, end)


def _days(first: str | None, last: str | None, where: str) -> frozenset[int]:
    if first is None:
        return frozenset(range(len(DAYS)))
    begin = _day(first, where)
    end = begin if last is None else _day(last, where)
    return frozenset((begin + further) % len(DAYS) for further in range((end - begin) % len(DAYS) + 1))


def _day(name: str, where: str) -> int:
    if name.capitalize() not in DAYS:
        raise ConfigurationError(f"{name!r} is no day", where=where, allowed=", ".join(DAYS))
    return DAYS.index(name.capitalize())
