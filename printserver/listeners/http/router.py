"""Which handler answers which request: a table of routes and one way to look it up.

Laws kept here:

1. A pattern is literal segments, `{name}` for one segment, `{name:int}` for a number, `{name:path}` for all the rest.
2. Segments are decoded one by one after the path is split: an encoded slash, a backslash, `..` or a control
   character never becomes part of a name.
3. What fails says how: no such path PageUnknown, other method MethodNotAllowed, other body MediaTypeUnsupported.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import unquote

from printserver.model.account import Role

from .errors import MediaTypeUnsupported, MethodNotAllowed, PageUnknown
from .message import RequestContext, Response
from .operation import Operation

Handler: TypeAlias = Callable[[RequestContext], Awaitable[Response]]

_KINDS = {"": r"[^/]+", "int": r"[0-9]{1,18}", "path": r".+"}
_HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
# Clients ask for the same few paths again and again; looking one up costs a try of every pattern.
PATHS_KEPT = 512
_HOSTILE = re.compile(r"[/\\\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that the site answers; `consumes` are the media types it takes (None = any), `limit` its body's cap.

    A GET route answers HEAD too. `role` is what whoever asks needs at least, None = nobody is asked for a name.
    """

    method: str
    pattern: str
    handler: Handler
    consumes: tuple[str, ...] | None = None
    limit: int | None = None
    operation: Operation | None = None
    role: Role | None = Role.SUBMIT

    def takes(self, context: RequestContext) -> bool:
        """Tell whether the route takes the request's kind of body; no body at all fits every route."""
        return self.consumes is None or not context.has_body or context.media_type in self.consumes


@dataclass(frozen=True, slots=True)
class Match:
    """A route that was found, and the parameters of its pattern."""

    route: Route
    parameters: Mapping[str, str]


class Router:
    """The table of routes; the first that fits answers."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """Read the patterns once."""
        self._routes = [(_compiled(route.pattern), route) for route in routes]
        self._found = lru_cache(PATHS_KEPT)(self._find)

    def match(self, context: RequestContext) -> Match:
        """Return the route for a request; raises PageUnknown, MethodNotAllowed or MediaTypeUnsupported."""
        found = self._found(context.path)
        method = "GET" if context.method == "HEAD" else context.method
        fitting = [match for match in found if match.route.method == method]
        if not fitting:
            raise MethodNotAllowed(allowed=", ".join(methods_of(found)))
        for match in fitting:
            if match.route.takes(context):
                return match
        raise MediaTypeUnsupported(where="Content-Type", allowed=", ".join(_kinds_of(fitting)))


    def _find(self, path: str) -> Sequence[Match]:
        """Return all routes of a path; raises PageUnknown where there is none."""
        plain = decoded(path)
        found = [Match(route, hit.groupdict()) for pattern, route in self._routes if (hit := pattern.fullmatch(plain))]
        if not found:
            raise PageUnknown()
        return found


def methods_of(found: Sequence[Match]) -> list[str]:
    """Return the methods of some routes, HEAD beside GET, in order and each once."""
    methods = {match.route.method for match in found}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def decoded(path: str) -> str:
    """Decode a path segment by segment; raises PageUnknown for a segment that could be taken for something else."""
    return "/".join(_segment(part) for part in path.split("/"))


def _segment(part: str) -> str:
    try:
        text = unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise PageUnknown() from None
    if text in (".", "..") or _HOSTILE.search(text):
        raise PageUnknown()
    return text


def _compiled(pattern: str) -> re.Pattern[str]:
    text, last = "", 0
    for hole in _HOLE.finditer(pattern):
        text += re.escape(pattern[last : hole.start()]) + f"(?P<{hole[1]}>{_KINDS[hole[2] or '']})"
        last = hole.end()
    return re.compile(text + re.escape(pattern[last:]))


def _kinds_of(found: Sequence[Match]) -> list[str]:
    return sorted({kind for match in found for kind in match.route.consumes or ()})
