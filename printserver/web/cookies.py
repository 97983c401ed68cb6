"""The two things a browser remembers for a person: the language, and the name they gave.

Laws kept here:

1. A cookie is a convenience: it decides nothing, and what it holds is checked like any other text of a client.
2. It goes to this site only (SameSite), and no script reads it (HttpOnly).
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from printserver.listeners.http.message import RequestContext

YEAR_SECONDS = 365 * 24 * 3600
MAX_COOKIE = 1024


def cookie(context: RequestContext, name: str) -> str:
    """Return what the browser remembers under a name, empty when it is nothing or cannot be read."""
    for field in context.headers.get("cookie", ()):
        for pair in field.split(";"):
            found, _, value = pair.strip().partition("=")
            if found == name and len(value) <= MAX_COOKIE:
                return unquote(value, errors="replace")
    return ""


def remember(name: str, value: str) -> tuple[str, str]:
    """Return the header field by which a browser remembers a value for a year."""
    kept = quote(value, safe="")
    return ("Set-Cookie", f"{name}={kept}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Strict; HttpOnly")
