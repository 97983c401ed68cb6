"""A day in a query: four digits of the year, two of the month, two of the day (ISO 8601, calendar date)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from printserver.errors import BadRequest

from .message import RequestContext

PATTERN = r"^(?:19[89][0-9]|[2-8][0-9]{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$"
"""Years in which every time zone's midnight is a time that systems can count."""
DAY: dict[str, Any] = {"type": "string", "format": "date", "pattern": PATTERN}
DAY_OR_NONE: dict[str, Any] = {
    "type": "string", "anyOf": [{"format": "date", "pattern": PATTERN}, {"maxLength": 0}],
}  # fmt: skip
"""A form sends the field that nobody has filled in too."""


def day_of(context: RequestContext, name: str, *, may_be_empty: bool = False) -> date | None:
    """Return the day in a query field, None where it is left out; raises BadRequest."""
    found = context.asked(name)
    if found is None or (may_be_empty and not found):
        return None
    try:
        if re.match(PATTERN, found, re.ASCII) and not found.endswith("\n"):
            return date.fromisoformat(found)
    except ValueError:
        pass  # such as the 30th of February
    raise BadRequest("is no day", where=name, allowed="such as 2026-11-30")
