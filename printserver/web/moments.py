"""Times and ages for people: in the site's zone, in their language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from .language import Translations
from .words import N_

MINUTE, HOUR, DAY = 60, 3600, 86400
MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip


DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_A_DAY = re.compile("|".join(DAYS), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moments:
    """Writes moments (seconds since the epoch) as they look at `now`; `zone` None = the system's own."""

    texts: Translations
    now: float
    zone: tzinfo | None = None

    def iso(self, at: float) -> str:
        """Return a moment for programs (ISO 8601 with offset)."""
        return self._local(at).isoformat(timespec="seconds")

    def clock(self, at: float) -> str:
        """Return the time of day with seconds, and the day when it is not today."""
        moment = self._local(at)
        time = f"{moment:%H:%M:%S}"
        if moment.date() == self._local(self.now).date():
            return time
        return f"{moment.day} {self.texts.gettext(MONTHS[moment.month - 1])} {moment.year}, {time}"

    def day(self, day: date) -> str:
        """Return a day of the calendar with the day of its week."""
        names = self.texts.gettext(DAYS[day.weekday()]), self.texts.gettext(MONTHS[day.month - 1])
        return f"{names[0]} {day.day} {names[1]} {day.year}"

    def hours(self, written: str) -> str:
        """Return the hours of a queue as they are written, with the days in the reader's language."""
        return _A_DAY.sub(lambda day: self.texts.gettext(day[0].capitalize()), written)

    def age(self, since: float) -> str:
        """Return how long ago a moment was, in the largest unit that says enough."""
        seconds = max(0, int(self.now - since))
        if seconds < MINUTE:
            return self.texts.gettext("under a minute")
        if seconds < HOUR:
            count = seconds // MINUTE
            return self.texts.ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
        if seconds < 2 * DAY:
            count = seconds // HOUR
            return self.texts.ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}
        count = seconds // DAY
        return self.texts.ngettext("%(count)d day", "%(count)d days", count) % {"count": count}

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone)
