"""Accounts and tokens as the running server knows them: read once, changed through here alone.

Laws kept here:

1. What is not on disk is not known: a change counts when the store has it.
2. A token is shown once, when it is made; kept is its hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from printserver.errors import BadRequest
from printserver.model.account import Account, Role, Token

TOKEN_BYTES = 32
PREFIX = "pst_"
# A name stands in a path as one segment, and in HTTP's Basic log-in (RFC 7617); `.` and `..` are no segments.
NAME_PATTERN = r"^(?!\.{1,2}$)[^\x00-\x20\x7f:/\\]{1,63}$"


class AccountStore(Protocol):
    """The part of the store that knows accounts and tokens."""

    def accounts(self) -> Sequence[Account]:
        """Return all accounts."""
        ...

    def put_account(self, account: Account, by: str) -> None:
        """Add or change an account."""
        ...

    def drop_account(self, name: str, by: str) -> None:
        """Remove an account."""
        ...

    def tokens(self) -> Sequence[Token]:
        """Return all tokens."""
        ...

    def add_token(self, token: Token, by: str) -> None:
        """Add a token."""
        ...

    def drop_token(self, name: str, by: str) -> None:
        """Revoke a token."""
        ...


Run = Callable[[Callable[[], None]], Awaitable[None]]


class Register:
    """Accounts and tokens by name and by hash."""

    def __init__(self, store: AccountStore, run: Run) -> None:
        """Make the store's calls by `run`; nothing is known before `load`."""
        self._store, self._run = store, run
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}

    async def load(self) -> None:
        """Read all accounts and tokens."""
        await self._run(self._read)

    def _read(self) -> None:
        accounts = {account.name: account for account in self._store.accounts()}
        tokens = {token.digest: token for token in self._store.tokens()}
        self.accounts, self.tokens = accounts, tokens

    async def put(self, account: Account, by: str) -> None:
        """Add or change an account; raises BadRequest, NameTaken."""
        check_name(account.name)
        await self._change(lambda: self._store.put_account(account, by))

    async def remove(self, name: str, by: str) -> None:
        """Remove an account; raises UnknownAccount."""
        await self._change(lambda: self._store.drop_account(name, by))

    async def add_token(self, token: Token, by: str) -> None:
        """Add a token; raises BadRequest, NameTaken."""
        check_name(token.name)
        await self._change(lambda: self._store.add_token(token, by))

    async def revoke(self, name: str, by: str) -> None:
        """Revoke a token; raises UnknownAccount."""
        await self._change(lambda: self._store.drop_token(name, by))

    async def _change(self, change: Callable[[], None]) -> None:
        def changed() -> None:
            change()
            self._read()

        await self._run(changed)


def check_name(name: str) -> None:
    """Raise BadRequest for what cannot be a name."""
    if not re.search(NAME_PATTERN, name) or name.endswith("\n"):
        raise BadRequest("is no name", where="name", allowed="up to 63 characters, no blanks, no : / \\")


def new_token(name: str, role: Role, randomness: Callable[[int], bytes]) -> tuple[str, Token]:
    """Return a new token as it is shown once, and as it is kept; raises BadRequest."""
    check_name(name)
    shown = PREFIX + randomness(TOKEN_BYTES).hex()
    return shown, Token(name=name, role=role, digest=digest_of(shown))


def digest_of(token: str) -> str:
    """Return what a token is known by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
