"""Why and until when a job is held: times of day (RFC 8011 section 5.2.2) are those by the clock of the site.

Laws kept here:

1. A word means the same hours every day, and they are told: RFC 8011 leaves them to the site.
2. Hours are those of the site's own zone, also on days on which its clock is put forward or back.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from printserver.errors import ConfigurationError

MIDNIGHT, SATURDAY = 24, 5


class HoldUntil(StrEnum):
    """Until when a job is held; it is released by itself as soon as that time of day is there."""

    DAY_TIME = "day-time"
    EVENING = "evening"
    NIGHT = "night"
    WEEKEND = "weekend"
    SECOND_SHIFT = "second-shift"
    THIRD_SHIFT = "third-shift"


class HeldFor(StrEnum):
    """Why the server itself holds a job, as its job-state-reasons say beside the hold.

    `job-release-wait` is a word of PWG 5100.11; the others are this server's own.
    """

    ATTEMPTS = "attempts-used"
    QUOTA = "quota-exceeded"
    RELEASE = "job-release-wait"


HOURS: dict[HoldUntil, tuple[int, int]] = {
    HoldUntil.DAY_TIME: (6, 18),
    HoldUntil.EVENING: (18, 22),
    HoldUntil.NIGHT: (22, 6),
    HoldUntil.SECOND_SHIFT: (16, MIDNIGHT),
    HoldUntil.THIRD_SHIFT: (0, 8),
}
"""From the one full hour to the other, on every day; the weekend is Saturday and Sunday."""


def is_now(until: HoldUntil, now: float, zone: tzinfo | None) -> bool:
    """Tell whether it is that time of day; `now` is seconds since the epoch, `zone` None = the system's own."""
    local = datetime.fromtimestamp(now, zone)
    if until is HoldUntil.WEEKEND:
        return local.weekday() >= SATURDAY
    begin, end = HOURS[until]
    return begin <= local.hour < end if begin < end else local.hour >= begin or local.hour < end


def zone_of(name: str, where: str) -> tzinfo | None:
    """Return a time zone by its name, None for an empty one; raises ConfigurationError naming `where`."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # a name that is none, a file that is none, no such zone
        raise ConfigurationError(f"{name!r} is no time zone", where=where, allowed="such as Asia/Jakarta") from error
