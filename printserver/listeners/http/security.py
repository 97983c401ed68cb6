"""Who may talk to the site from a browser: Host, Origin and the header fields of every answer.

Laws kept here:

1. Loopback is no trust border: a page of a stranger can reach it by DNS rebinding (so Host is checked) and by a form
   or fetch (so Origin and Sec-Fetch-Site are checked where something would change).
2. A browser cannot leave Origin out of such a request; a program that sends none of these fields is no browser.
3. There is no CORS: nothing is ever allowed to another origin.
4. These are pure functions; the site calls them once for API, pages and IPP alike.

Sources: RFC 9110 sections 7.2, 7.4 and 15.5.20 (Host, 421), RFC 6454 (Origin), Fetch Metadata Request Headers, CSP 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from printserver.errors import BadRequest, NotAllowed, WrongHost

from .message import RequestContext

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})
DEFAULT_PORTS = {"http": 80, "https": 443}

_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::(?P<port>[0-9]{0,5}))?")

# No inline script or style, nothing from elsewhere; `data:` pictures are the vendored style sheet's own arrows.
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
))  # fmt: skip

# With `no-referrer` a browser would send `Origin: null` with the forms of our own pages (Fetch, section 3.1).
SECURITY_HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
KEPT_HEADS = 128  # most answers have one of a few sets of header fields
DEFAULT_HEADERS: tuple[tuple[str, str], ...] = (("Cache-Control", "no-store"),)


def known_hosts(bind: str, hosts: Iterable[str]) -> frozenset[str]:
    """Return the names that the server answers for: loopback's, the bind address and the configured ones."""
    return LOOPBACK_NAMES | {plain_host(host) for host in (bind, *hosts) if host}


def plain_host(host: str) -> str:
    """Return a host name or address in one spelling: lower case, no brackets, no dot at the end, addresses short."""
    text = host.strip().lower().removeprefix("[").removesuffix("]").removesuffix(".")
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def authority(text: str) -> tuple[str, int | None]:
    """Take `host[:port]` apart; raises BadRequest when it is nothing of the kind."""
    found = _AUTHORITY.fullmatch(text.strip())
    if found is None:
        raise BadRequest("is not a host name with a port", where="Host")
    return plain_host(found["host"]), int(found["port"]) if found["port"] else None


def check_host(context: RequestContext, known: frozenset[str]) -> None:
    """Refuse a request for another host; the address that the client is connected to is always known.

    Raises BadRequest when there is no Host or more than one, WrongHost when it is not one of ours.
    """
    text = context.header("host")
    if text is None:
        raise BadRequest("is missing", where="Host")
    host, _port = authority(text)
    if host not in known and host != plain_host(context.local):
        raise WrongHost(where="Host")


def check_origin(context: RequestContext) -> None:
    """Refuse a state-changing request that a page of another origin caused; raises NotAllowed."""
    if context.method in SAFE_METHODS:
        return
    site = context.header("sec-fetch-site")
    if site is not None and site.strip().lower() not in OWN_SITES:
        raise NotAllowed(where="Sec-Fetch-Site")
    origin = context.header("origin")
    if origin is not None and not same_origin(origin, context.header("host") or ""):
        raise NotAllowed(where="Origin")


def same_origin(origin: str, host: str) -> bool:
    """Tell whether an Origin names the very host and port that the request was sent to.

    The scheme is not compared: a proxy may have taken TLS away.
    """
    try:
        parts = urlsplit(origin.strip())
        theirs, their_port = authority(parts.netloc)
        ours, our_port = authority(host)
    except (BadRequest, ValueError):
        return False
    usual = DEFAULT_PORTS.get(parts.scheme)
    return usual is not None and (theirs, their_port or usual) == (ours, our_port or usual)


@lru_cache(KEPT_HEADS)
def with_security_headers(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return an answer's header fields with the fixed ones; of these only Cache-Control can be another."""
    fixed = {name.lower() for name, _ in SECURITY_HEADERS}
    own = tuple(pair for pair in headers if pair[0].lower() not in fixed)
    named = {name.lower() for name, _ in own}
    return (*own, *(pair for pair in DEFAULT_HEADERS if pair[0].lower() not in named), *SECURITY_HEADERS)
