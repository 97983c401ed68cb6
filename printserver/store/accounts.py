"""Accounts and tokens: who may use the server.

Laws kept here:

1. A name stands for one: no account and token share it, and so no two own the same jobs.
2. Each change is told in the journal with the name and role, never with what a secret could be guessed from.
"""

from __future__ import annotations

from sqlalchemy import Table, delete, insert, select, update

from printserver.errors import NameTaken, UnknownAccount
from printserver.model.account import Account, Role, Token
from printserver.store.tables import accounts, tokens
from printserver.store.work import Work


def all_accounts(work: Work) -> list[Account]:
    """Return all accounts by name."""
    rows = work.connection.execute(select(accounts).order_by(accounts.c.name))
    return [Account(name=row.name, role=Role(row.role), secret=row.secret, created=row.created) for row in rows]


def all_tokens(work: Work) -> list[Token]:
    """Return all tokens by name."""
    rows = work.connection.execute(select(tokens).order_by(tokens.c.name))
    return [Token(name=row.name, role=Role(row.role), digest=row.digest, created=row.created) for row in rows]


def put_account(work: Work, account: Account, by: str) -> None:
    """Add or change an account."""
    _free(work, tokens, account.name)
    changed = {"role": account.role, "secret": account.secret}
    here = accounts.c.name == account.name
    known = work.connection.execute(update(accounts).where(here).values(changed)).rowcount
    if not known:
        work.connection.execute(insert(accounts).values(name=account.name, created=work.now, **changed))
    work.tell("user", account.name, "changed" if known else "added", {"role": account.role, "by": by})


def add_token(work: Work, token: Token, by: str) -> None:
    """Add a token."""
    for table in (accounts, tokens):
        _free(work, table, token.name)
    row = {"name": token.name, "role": token.role, "digest": token.digest, "created": work.now}
    work.connection.execute(insert(tokens).values(row))
    work.tell("token", token.name, "added", {"role": token.role, "by": by})


def drop_account(work: Work, name: str, by: str) -> None:
    """Remove an account."""
    _drop(work, accounts, name)
    work.tell("user", name, "removed", {"by": by})


def drop_token(work: Work, name: str, by: str) -> None:
    """Revoke a token."""
    _drop(work, tokens, name)
    work.tell("token", name, "revoked", {"by": by})


def _free(work: Work, table: Table, name: str) -> None:
    if work.connection.execute(select(table.c.name).where(table.c.name == name)).first() is not None:
        kind = "an account" if table is accounts else "a token"
        raise NameTaken(f"{name} is the name of {kind}", where="name")


def _drop(work: Work, table: Table, name: str) -> None:
    if not work.connection.execute(delete(table).where(table.c.name == name)).rowcount:
        raise UnknownAccount(where=name)
