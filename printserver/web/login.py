"""Logging in on a page, and out: a name and a password once, then a session.

Laws kept here:

1. The password goes no further than the gate, which limits failed tries and hashes; it is in no page, log or address.
2. The cookie is for this site alone, no script reads it, and over TLS it is sent over TLS alone.
3. Off this machine the form is neither shown nor taken without TLS.
"""

from __future__ import annotations

from typing import Protocol

from printserver.errors import LoginNeeded, PrintServerError, TlsNeeded, TooManyTries
from printserver.listeners.access.door import SESSION_COOKIE
from printserver.listeners.access.table import Identity
from printserver.listeners.http.message import FORM, RequestContext, Response
from printserver.listeners.http.problems import status_of
from printserver.listeners.http.router import Route
from printserver.model.clients import is_loopback

from .reasons import of_error
from .rendering import Renderer
from .visit import back_of
from .words import N_, Words

LARGEST_FORM = 4096
WRONG = Words(N_("Name or password is wrong"))


class LoginGate(Protocol):
    """The part of the gate that the login page needs."""

    async def by_password(self, context: RequestContext, name: str, password: str) -> Identity:
        """Return whose name and password these are; raises LoginNeeded, TooManyTries, ServerBusy."""
        ...

    def begin_session(self, name: str) -> str:
        """Open a session; returns the cookie's word."""
        ...

    def end_session(self, context: RequestContext) -> None:
        """Close the session of a request."""
        ...


class LoginPage:
    """Answers at `/login` and `/logout`."""

    def __init__(self, gate: LoginGate, renderer: Renderer) -> None:
        """Have names and passwords checked by `gate`."""
        self._gate, self._renderer = gate, renderer

    def routes(self) -> list[Route]:
        """Return the routes; nobody is asked for a name before they are answered."""
        guarded = self._renderer.guarded
        return [
            Route("GET", "/login", guarded(self.show), role=None),
            Route("POST", "/login", guarded(self.enter), (FORM,), LARGEST_FORM, role=None),
            Route("POST", "/logout", guarded(self.leave), (FORM,), LARGEST_FORM, role=None),
        ]

    async def show(self, context: RequestContext) -> Response:
        """Show the form."""
        _check_way(context)
        return self._page(context, back_of(context.asked("back")), None)

    async def enter(self, context: RequestContext) -> Response:
        """Take name and password; the form again when they are wrong."""
        _check_way(context)
        form = context.form()
        name, password = (form.get(field, ("",))[0] for field in ("name", "password"))
        back = back_of(form.get("back", ("",))[0])
        try:
            identity = await self._gate.by_password(context, name.strip(), password)
        except (LoginNeeded, TooManyTries) as error:
            return self._page(context, back, error)
        word = self._gate.begin_session(identity.name)
        return Response(303, (("Location", back), _cookie(context, word)))

    async def leave(self, context: RequestContext) -> Response:
        """End the session."""
        self._gate.end_session(context)
        return Response(303, (("Location", "/login"), _cookie(context, "")))

    def _page(self, context: RequestContext, back: str, error: PrintServerError | None) -> Response:
        told = WRONG if isinstance(error, LoginNeeded) else None if error is None else of_error(type(error))
        status = 200 if error is None else status_of(error)
        return self._renderer.page(context, "login.html", status, back=back, told=told)


def _check_way(context: RequestContext) -> None:
    if not (context.secure or is_loopback(context.client)):
        raise TlsNeeded()


def _cookie(context: RequestContext, word: str) -> tuple[str, str]:
    """Return the field that sets the session's cookie, an empty word takes it away."""
    secure = "; Secure" if context.secure else ""
    ends = "" if word else "; Max-Age=0"
    return ("Set-Cookie", f"{SESSION_COOKIE}={word}; Path=/; SameSite=Strict; HttpOnly{secure}{ends}")
