"""Accounts and tokens through the JSON API, for administrators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec

from printserver.errors import BadRequest, NameTaken, UnknownAccount
from printserver.listeners.http.decoding import decode
from printserver.listeners.http.message import JSON, RequestContext, Response, json_response
from printserver.listeners.http.operation import Operation
from printserver.listeners.http.router import Route
from printserver.listeners.http.rows import Moment, moment
from printserver.model.account import Account, Role, Token
from printserver.queue.views import By

from .guard import asker
from .passwords import LONGEST, SHORTEST, hashed
from .register import NAME_PATTERN, Register, check_name, new_token
from .table import check

USERS, TOKENS = "/api/v1/users", "/api/v1/tokens"
SMALL = 8192

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=63, pattern=NAME_PATTERN)]
Password = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]
Slow = Callable[[Callable[[], str]], Awaitable[str]]


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account or a token, without its secret."""

    name: str
    role: Role
    created: Moment


class UserList(msgspec.Struct, frozen=True):
    """All accounts by name."""

    users: list[AccountRow]


class TokenList(msgspec.Struct, frozen=True):
    """All tokens by name."""

    tokens: list[AccountRow]


class NewUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new account."""

    name: Name
    role: Role = Role.SUBMIT
    password: Password
    by: str = "anonymous"


class UserChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes different of an account; what is left out stays."""

    role: Role | None = None
    password: Password | None = None
    by: str = "anonymous"


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token that is wanted."""

    name: Name
    role: Role = Role.SUBMIT
    by: str = "anonymous"


class MadeToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token: `token` is told this once."""

    name: str
    role: Role
    token: str


class Done(msgspec.Struct, frozen=True):
    """What was removed."""

    removed: str


class AccountsApi:
    """Translates requests about accounts and tokens into changes of the register."""

    def __init__(self, register: Register, slow: Slow, randomness: Callable[[int], bytes]) -> None:
        """Hash passwords by `slow`, in a thread."""
        self._register, self._slow, self._randomness = register, slow, randomness

    def routes(self) -> list[Route]:
        """Return the routes, in the order of the document."""
        return [
            _route("GET", USERS, self.users, "List accounts", UserList),
            _route("POST", USERS, self.add, "Add an account", AccountRow, NewUser, 201),
            _route("POST", USERS + "/{name}", self.change, "Change an account's role or password", AccountRow,
                   UserChange),
            _route("DELETE", USERS + "/{name}", self.remove, "Remove an account", Done),
            _route("GET", TOKENS, self.tokens, "List tokens", TokenList),
            _route("POST", TOKENS, self.add_token, "Make a token; it is told once", MadeToken, NewToken, 201),
            _route("DELETE", TOKENS + "/{name}", self.revoke, "Revoke a token", Done),
        ]  # fmt: skip

    async def users(self, context: RequestContext) -> Response:
        """List accounts."""
        check("accounts")
        return json_response(UserList([_row(each) for each in self._register.accounts.values()]))

    async def add(self, context: RequestContext) -> Response:
        """Add an account."""
        check("change_accounts")
        wanted = decode(context.body or b"{}", NewUser, BadRequest)
        check_name(wanted.name)
        if wanted.name in self._register.accounts:
            raise NameTaken(where=wanted.name)
        secret = await self._slow(lambda: hashed(wanted.password))
        await self._register.put(Account(name=wanted.name, role=wanted.role, secret=secret), _by(wanted.by))
        return json_response(_row(self._register.accounts[wanted.name]), 201)

    async def change(self, context: RequestContext) -> Response:
        """Change an account."""
        check("change_accounts")
        wanted = decode(context.body or b"{}", UserChange, BadRequest)
        name, password = context.parameters["name"], wanted.password
        former = self._register.accounts.get(name)
        if former is None:
            raise UnknownAccount(where=name)
        secret = former.secret if password is None else await self._slow(lambda: hashed(password or ""))
        changed = msgspec.structs.replace(former, role=wanted.role or former.role, secret=secret)
        await self._register.put(changed, _by(wanted.by))
        return json_response(_row(self._register.accounts[name]))

    async def remove(self, context: RequestContext) -> Response:
        """Remove an account."""
        check("change_accounts")
        await self._register.remove(context.parameters["name"], _by("anonymous"))
        return json_response(Done(context.parameters["name"]))

    async def tokens(self, context: RequestContext) -> Response:
        """List tokens."""
        check("accounts")
        return json_response(TokenList([_row(each) for each in self._register.tokens.values()]))

    async def add_token(self, context: RequestContext) -> Response:
        """Make a token."""
        check("change_accounts")
        wanted = decode(context.body or b"{}", NewToken, BadRequest)
        shown, token = new_token(wanted.name, wanted.role, self._randomness)
        await self._register.add_token(token, _by(wanted.by))
        return json_response(MadeToken(name=token.name, role=token.role, token=shown), 201)

    async def revoke(self, context: RequestContext) -> Response:
        """Revoke a token."""
        check("change_accounts")
        await self._register.revoke(context.parameters["name"], _by("anonymous"))
        return json_response(Done(context.parameters["name"]))


def _route(
    method: str, pattern: str, handler: Callable[[RequestContext], Awaitable[Response]], summary: str,
    answers: type, takes: type | None = None, status: int = 200,
) -> Route:  # fmt: skip
    errors = ("bad-request", "unknown-account", "name-taken", "store-busy") if method != "GET" else ()
    operation = Operation(summary=summary, takes=takes, answers=answers, status=status, errors=errors)
    consumes = (JSON,) if takes is not None else None
    return Route(method, pattern, handler, consumes, SMALL, operation, role=Role.ADMINISTER)


def _row(found: Account | Token) -> AccountRow:
    return AccountRow(name=found.name, role=found.role, created=moment(found.created))


def _by(said: str) -> str:
    return asker(By(said)).name
