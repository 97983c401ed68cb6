"""Who sends a request: its token, its name and password, or its session; asked for before anything is done.

Laws kept here:

1. Without credentials a request is refused by its head alone, before its body is asked for.
2. Credentials come over TLS, or from this machine; from elsewhere nothing is answered in the clear.
3. An answer that goes on ends when who asked for it may no longer, or not as before.
4. Before a body is taken in its sender is known: a token, session or name that is none is refused by the head alone,
   and while a password is being checked the body waits.
5. A forwarded address counts only when a proxy says so that the configuration names.

Source: RFC 7617 (Basic), RFC 6750 section 2.1 (Bearer), RFC 7239's forerunner X-Forwarded-For.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import quote

from printserver.errors import LoginNeeded, NotPermitted, PrintServerError, TlsNeeded
from printserver.listeners.http.message import Again, RequestContext, Response
from printserver.listeners.http.problems import problem_response
from printserver.listeners.http.router import Route
from printserver.model.account import Account
from printserver.model.clients import admits, is_loopback

from .passwords import Passwords
from .register import Register, digest_of
from .sessions import Sessions
from .table import NOBODY, Identity, asked_by, asking, now_asks
from .tries import Tries

SESSION_COOKIE = "printserver-session"
MOST_PROXIES = 20


def behind_proxy(context: RequestContext, proxies: Sequence[str]) -> RequestContext:
    """Return a request as its client sent it, where a believed proxy tells of the client."""
    if not proxies or not admits(proxies, context.client):
        return context
    sent = ",".join(context.headers.get("x-forwarded-for", ()))
    named = [part.strip() for part in sent.split(",") if part.strip()][-MOST_PROXIES:]
    client = next((each for each in reversed(named) if not admits(proxies, each)), context.client)
    protocols = [part.strip().lower() for part in ",".join(context.headers.get("x-forwarded-proto", ())).split(",")]
    return replace(context, client=client, secure=protocols[-1] == "https")


@dataclass(frozen=True, slots=True)
class Gate:
    """Asks every request for who sends it."""

    register: Register
    passwords: Passwords
    sessions: Sessions
    tries: Tries
    proxies: Sequence[str] = ()

    def as_sent(self, context: RequestContext) -> RequestContext:
        """Return a request as its client sent it, where a believed proxy tells of the client."""
        return behind_proxy(context, self.proxies)

    async def enter(self, context: RequestContext, route: Route) -> None:
        """Let who sends a request be known to all that is done for it; raises what `identify` raises."""
        now_asks(NOBODY)
        now_asks(await self.identify(context, route))

    def admit(self, context: RequestContext, route: Route) -> None:
        """Refuse by the head alone what cannot be answered; raises TlsNeeded, LoginNeeded."""
        if route.role is None:
            return
        if not (context.secure or (is_loopback(context.client))):
            raise TlsNeeded()
        if context.header("authorization") is None and not session_word(context) and not _opens_page(context):
            raise LoginNeeded()
        if not _only_reads(context):
            self._at_once(context)

    def ahead(self, context: RequestContext, route: Route) -> Awaitable[object] | None:
        """Return what a request's body has to wait for, which raises what `identify` raises; None = for nothing.

        A password that is good is remembered then, and costs nothing when the whole request is here.
        """
        if route.role is None or not context.has_body or _only_reads(context) or self._at_once(context) is not None:
            return None
        name, password = _basic(context)
        account = self.register.accounts.get(name)
        if account is not None and self.passwords.remembered(name, account.secret, password):
            return None
        return self.identify(context, route)

    async def identify(self, context: RequestContext, route: Route) -> Identity:
        """Return who sends a request; raises LoginNeeded, TooManyTries, NotPermitted."""
        if route.role is None:
            return await self._if_known(context)
        identity = await self._identified(context)
        if identity.role is None or not identity.role.includes(route.role):
            raise NotPermitted(allowed=f"role {route.role}")
        return identity

    async def _if_known(self, context: RequestContext) -> Identity:
        """Return whose session a request to a public page belongs to."""
        return self._by_session(context) or NOBODY

    async def _identified(self, context: RequestContext) -> Identity:
        found = self._at_once(context)
        return await self.by_password(context, *_basic(context)) if found is None else found

    def _at_once(self, context: RequestContext) -> Identity | None:
        """Return who sends a request by its token or session, None where a password has to be checked first."""
        scheme, value = _credentials(context)
        match scheme:
            case "bearer":
                return self._by_token(context, value)
            case "basic":
                _basic(context)
                return None
            case "":
                found = self._by_session(context)
                if found is None:
                    raise LoginNeeded()
                return found
            case _:
                raise LoginNeeded("this way to log in is not known", allowed="Basic, Bearer")

    def _by_token(self, context: RequestContext, word: str) -> Identity:
        token = self.register.tokens.get(digest_of(word))
        if token is None:
            self.tries.begin(context.client, "")
            raise LoginNeeded("there is no such token")
        return Identity(token.name, token.role, token.digest)

    def _by_session(self, context: RequestContext) -> Identity | None:
        session = self.sessions.find(session_word(context)) if session_word(context) else None
        account = None if session is None else self.register.accounts.get(session.name)
        if session is None or account is None or account.secret != session.secret:
            return None
        return Identity(account.name, account.role, account.secret, session.digest)

    async def by_password(self, context: RequestContext, name: str, password: str) -> Identity:
        """Return whose name and password these are; raises LoginNeeded, TooManyTries, ServerBusy."""
        account = self.register.accounts.get(name)
        secret = None if account is None else account.secret
        if account is None or not self.passwords.remembered(name, account.secret, password):
            take_back = self.tries.begin(context.client, name)
            if not await self.passwords.good(name, secret, password) or account is None:
                raise LoginNeeded("name or password is wrong")
            take_back()
        return Identity(account.name, account.role, account.secret)

    def end_session(self, context: RequestContext) -> None:
        """Close the session of a request."""
        self.sessions.end(session_word(context))

    def bound(self, response: Response) -> Response:
        """Return an answer of which all that follows later is made for who asked: a stream, or what is given again."""
        if isinstance(response.body, bytes):
            return response if response.again is None else replace(
                response, again=partial(_again_for, asking(), response.again, self._stands)
            )  # fmt: skip
        return Response(response.status, response.headers, _asked_by(asking(), response.body, self._stands))

    def _stands(self, identity: Identity | None) -> bool:
        """Tell whether somebody is still known by the same proof, with the same role."""
        if identity is None or identity.role is None:
            return True
        if identity.session and not self.sessions.lasts(identity.session):
            return False
        token = self.register.tokens.get(identity.proof)
        if token is not None:
            return (token.name, token.role) == (identity.name, identity.role)
        account = self.register.accounts.get(identity.name)
        return account is not None and (account.secret, account.role) == (identity.proof, identity.role)

    def refusal(self, error: PrintServerError, context: RequestContext) -> Response:
        """Return an error as an answer: who opens a page without a name is led to the form.

        A program in a page is told of no way to log in by which the browser would ask by itself.
        """
        if not isinstance(error, LoginNeeded):
            return problem_response(error)
        if _opens_page(context):
            back = context.path if context.path != "/" else ""
            return Response(303, (("Location", f"/login?back={quote(back)}" if back else "/login"),))
        response = problem_response(error)
        if context.header("sec-fetch-site") is None:
            return response
        headers = tuple(pair for pair in response.headers if not pair[1].startswith("Basic"))
        return Response(response.status, headers, response.body)

    def begin_session(self, name: str) -> str:
        """Open a session for an account that has just shown its password; returns the cookie's word."""
        account: Account = self.register.accounts[name]
        return self.sessions.begin(name, account.secret)


def _again_for(
    identity: Identity | None, again: Again, stands: Callable[[Identity | None], bool], body: bytes
) -> bytes | None:
    """Ask whether an answer may be given again, as who asked first; None when they are no longer known."""
    if not stands(identity):
        return None
    with asked_by(identity):
        return again(body)


async def _asked_by(
    identity: Identity | None, chunks: AsyncGenerator[bytes, None], stands: Callable[[Identity | None], bool]
) -> AsyncGenerator[bytes, None]:
    """Yield the pieces of a stream, each made while somebody asks; it ends when they no longer may."""
    try:
        now_asks(identity)
        async for chunk in chunks:
            if not stands(identity):
                return
            yield chunk
            now_asks(identity)
    finally:
        await chunks.aclose()


def _opens_page(context: RequestContext) -> bool:
    return _only_reads(context) and "text/html" in ",".join(context.headers.get("accept", ()))


def session_word(context: RequestContext) -> str:
    """Return the word of a request's session cookie, empty when there is none."""
    for field in context.headers.get("cookie", ()):
        for pair in field.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == SESSION_COOKIE and len(value) <= 128:
                return value
    return ""


def _only_reads(context: RequestContext) -> bool:
    """Tell whether a request changes nothing; the site takes in no large body with it."""
    return context.method in ("GET", "HEAD")


def _credentials(context: RequestContext) -> tuple[str, str]:
    """Return the way to log in, in lower case, and what stands behind it."""
    scheme, _, value = (context.header("authorization") or "").partition(" ")
    return scheme.lower(), value.strip()


def _basic(context: RequestContext) -> tuple[str, str]:
    """Return name and password; raises LoginNeeded for what is none."""
    _, value = _credentials(context)
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise LoginNeeded("the name and password cannot be read", where="Authorization") from None
    if not colon:
        raise LoginNeeded("the name and password cannot be read", where="Authorization")
    return name, password


