"""Who may use the server, and for what: roles, accounts of people, tokens of programs."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What somebody may do; each role includes those before it."""

    SUBMIT = "submit"
    OPERATE = "operate"
    ADMINISTER = "administer"

    def includes(self, other: Role) -> bool:
        """Tell whether this role may do what another may."""
        order = tuple(Role)
        return order.index(self) >= order.index(other)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person; `secret` is the password's Argon2 hash in its own notation."""

    name: str
    role: Role
    secret: str
    created: float = 0.0


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A program's access; `digest` is the token's SHA-256 in hexadecimal: a token is random and needs no slow hash."""

    name: str
    role: Role
    digest: str
    created: float = 0.0
