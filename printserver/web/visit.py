"""One look at a page: in which language, when, by whom, and where from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from printserver.listeners.http.message import RequestContext

from .language import Translations
from .moments import Moments

HOME = "/"
_PLACES = r"jobs/[0-9]{1,18}|printers/[A-Za-z0-9._%~-]{1,300}/(?:supplies|maintenance)"
_LOCAL = re.compile(rf"/(?:{_PLACES})?(?:\?(?:before|after|from)=[0-9]{{1,18}})?")
_PASSING = frozenset({"lang", "did", "job"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What templates know of the request; `by` is the name that the browser remembers, `back` where to go after.

    `who` is who has logged in, empty where nobody is asked.
    """

    language: str
    texts: Translations
    moments: Moments
    by: str
    path: str
    query: tuple[tuple[str, str], ...]
    back: str = HOME
    who: str = ""

    def here(self, **changes: str) -> str:
        """Return the address of this very page, without what is said once, with some fields changed."""
        kept = {name: value for name, value in self.query if name not in _PASSING} | changes
        return f"{self.path}?{urlencode(kept)}" if kept else self.path


def back_of(text: str | None) -> str:
    """Return one of our own addresses to go back to, the status page for anything else."""
    return text if text and _LOCAL.fullmatch(text) else HOME


def segment(name: str) -> str:
    """Return a name as one segment of a path."""
    return quote(name, safe="")


def query_of(context: RequestContext) -> tuple[tuple[str, str], ...]:
    """Return the query's fields, each once."""
    return tuple((name, values[0]) for name, values in context.query.items() if len(values) == 1)
