"""The site: one factory for API, pages and IPP, with one order of checks for all of them.

Laws kept here:

1. Host, then origin, then route, then credentials, then size: each request passes all before its body is read; while
   a password is being checked, the body waits.
2. An error of the project is the client's answer and no log line; any other is one log line with an id, and the
   client is told the id and nothing else.
3. An address has only so many connections, and all bodies together only so much memory.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache
from traceback import extract_tb
from typing import Protocol

import structlog
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import ServerFactory

from printserver.errors import PrintServerError
from printserver.listeners.crowd import Crowd
from printserver.model.clock import Clock
from printserver.model.display import harmless

from .channel import Channel
from .errors import Unexpected
from .limits import Limits
from .message import RequestContext, Response
from .problems import problem_response
from .router import Match, Route, Router
from .security import check_host, check_origin, with_security_headers
from .turned_away import MOST_AT_ONCE, TurnedAway
from .wire import address_of

log = structlog.get_logger("printserver.http")


class Gate(Protocol):
    """Asks who sends a request."""

    def as_sent(self, context: RequestContext) -> RequestContext:
        """Return a request as its client sent it, before proxies."""
        ...

    def admit(self, context: RequestContext, route: Route) -> None:
        """Refuse by the head alone what cannot be answered; raises PrintServerError."""
        ...

    def ahead(self, context: RequestContext, route: Route) -> Awaitable[object] | None:
        """Return what a request's body has to wait for, None = for nothing; raises PrintServerError, also later."""
        ...

    async def enter(self, context: RequestContext, route: Route) -> None:
        """Let who sends a request be known to all that is done for it; raises PrintServerError."""
        ...

    def bound(self, response: Response) -> Response:
        """Return an answer of which all that follows later is made for who asked: a stream, or what is given again."""
        ...

    def refusal(self, error: PrintServerError, context: RequestContext) -> Response:
        """Return an error as an answer."""
        ...


class Site(ServerFactory):
    """Serves the routes of a router; `hosts` are the names it answers for, `now` tells the time of day."""

    noisy = False

    def __init__(
        self, router: Router, *, clock: Clock, now: Callable[[], float], hosts: frozenset[str],
        limits: Limits, error_id: Callable[[], str] = lambda: secrets.token_hex(6), gate: Gate | None = None,
        crowd: Crowd | None = None, refused: Callable[[str], None] = lambda code: None,
    ) -> None:  # fmt: skip
        """Deadlines are kept by `clock`; `gate` asks who sends a request, None = nobody is asked.

        `crowd` counts the connections, of other doors too; `refused` is told the code of each error that is answered.
        """
        self._crowd = crowd or Crowd()
        self._turned_away = 0
        self._refused = refused
        self._gate = gate
        self.clock = clock
        self.limits = limits
        self._router = router
        self._now = now
        self._hosts = hosts
        self._error_id = error_id
        self._bodies = 0

    def buildProtocol(self, addr: IAddress | None) -> Channel | TurnedAway | None:
        """Return the protocol of a new connection; one too many is told so, or closed (None)."""
        address = address_of(addr)
        if not self._crowd.enter(address):
            return self._turn_away()
        channel = Channel(self, lambda: self._crowd.leave(address))
        channel.factory = None  # Twisted's access log is not kept
        return channel

    def _turn_away(self) -> TurnedAway | None:
        if self._turned_away >= MOST_AT_ONCE:
            return None
        self._turned_away += 1
        return TurnedAway(self.clock, self._has_turned)

    def _has_turned(self) -> None:
        self._turned_away -= 1

    def as_sent(self, context: RequestContext) -> RequestContext:
        """Return a request as its client sent it, before the proxies that are believed."""
        return context if self._gate is None else self._gate.as_sent(context)

    def admit(self, context: RequestContext) -> Match:
        """Decide by a request's head alone; raises PrintServerError."""
        check_host(context, self._hosts)
        check_origin(context)
        match = self._router.match(context)
        if self._gate is not None:
            self._gate.admit(context, match.route)
        return match

    def ahead(self, match: Match, context: RequestContext) -> Awaitable[object] | None:
        """Return what a request's body has to wait for, None = for nothing; raises PrintServerError, also later."""
        return None if self._gate is None else self._gate.ahead(context, match.route)

    def make_room(self, count: int) -> bool:
        """Count bytes of a body, negative ones when they are let go; False when there is no room for them."""
        if count > 0 and self._bodies + count > self.limits.bodies:
            return False
        self._bodies += count
        return True

    def headers_for(self, response: Response) -> tuple[tuple[str, str], ...]:
        """Return all header fields of an answer but those of its length."""
        return (("Date", self.date()), *with_security_headers(response.headers))

    def date(self) -> str:
        """Return the time of day as header fields tell it (RFC 9110 section 5.6.7)."""
        return _date(int(self._now()))

    async def answer(self, match: Match, context: RequestContext) -> Response:
        """Run the handler; an error becomes an answer."""
        try:
            if self._gate is None:
                return await match.route.handler(context)
            await self._gate.enter(context, match.route)
            return self._gate.bound(await match.route.handler(context))
        except PrintServerError as error:
            return self.refusal(error, context)
        except Exception as error:  # a fault of ours must end neither the connection nor the daemon
            return problem_response(self.report(error, context))

    def refusal(self, error: PrintServerError, context: RequestContext | None) -> Response:
        """Return an error as an answer; `context` None = the request could not be read."""
        self._refused(error.code)
        return problem_response(error) if self._gate is None or context is None else self._gate.refusal(error, context)

    def report(self, error: BaseException, context: RequestContext | None = None) -> PrintServerError:
        """Log a fault of ours in one line and return what the client is told of it."""
        identity = self._error_id()
        self._refused(Unexpected.code)
        log.error(
            "unexpected-error", error_id=identity, error=type(error).__name__, message=harmless(str(error))[:200],
            at=_frames(error), method=context.method if context else "", path=context.path if context else "",
        )  # fmt: skip
        return Unexpected(f"the server's log tells more under {identity}", where=identity)


@lru_cache(1)
def _date(now: int) -> str:
    return formatdate(now, usegmt=True)


def _frames(error: BaseException) -> list[str]:
    """Name the last places an error passed, innermost last, without values."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)[-6:]]
