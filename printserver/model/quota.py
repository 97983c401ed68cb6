"""How many cards a person or a department may have in a day, a week or a month.

Laws kept here:

1. A period begins at midnight of the site's zone; a week on Monday.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

import msgspec

EVERYBODY = "*"


class Holder(StrEnum):
    """Whose a quota is."""

    USER = "user"
    DEPARTMENT = "department"


class Period(StrEnum):
    """For how long a quota is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Over(StrEnum):
    """What becomes of a job beyond the quota."""

    REFUSE = "refuse"
    HOLD = "hold"


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """So many cards in each period for one user or department, `*` = for each of them."""

    name: str
    holder: Holder
    who: str
    cards: int
    period: Period = Period.MONTH
    over: Over = Over.REFUSE


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A quota as it stands for one job: whose, since when it is counted (seconds since the epoch), and the quota."""

    quota: Quota
    who: str
    since: float

    def sentence(self, ordered: int) -> str:
        """Return why a job is beyond it, with so many cards ordered in all; it names nobody."""
        quota = self.quota
        return f"quota {quota.name}: {quota.cards} cards a {quota.period}, and with this job it would be {ordered}"


def begins(period: Period, now: float, zone: tzinfo | None = None) -> float:
    """Return when the present period began; `zone` None = the system's own."""
    at = datetime.fromtimestamp(now, UTC).astimezone(zone)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.WEEK:
        day -= timedelta(days=day.weekday())
    if period is Period.MONTH:
        day = day.replace(day=1)
    if zone is None:  # the offset may have been another one then
        day = day.replace(tzinfo=None).astimezone()
    return day.timestamp()
