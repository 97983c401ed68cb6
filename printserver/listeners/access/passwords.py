"""Passwords: hashed slowly (Argon2id), in a thread, and good answers remembered for a few minutes.

Laws kept here:

1. No password is kept: what is remembered is a hash keyed by a random key of this process.
2. A password that was changed is forgotten with the hash that it was checked against.
3. A name that nobody has costs as much time as a wrong password.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from twisted.internet.defer import DeferredSemaphore

from printserver.errors import BadRequest, ServerBusy

REMEMBERED_SECONDS = 300.0
MOST_REMEMBERED = 1_000
AT_ONCE = 2
MOST_WAITING = 50
SHORTEST, LONGEST = 8, 256
KEY_BYTES = 32

InThread = Callable[[Callable[[], bool]], Awaitable[bool]]


class Hasher(Protocol):
    """What makes and checks slow hashes."""

    def hash(self, password: str) -> str:
        """Return a password's hash, with its salt and parameters."""
        ...

    def verify(self, hash: str, password: str) -> bool:
        """Return True; raises VerificationError or InvalidHashError."""
        ...


def check_password(password: str) -> None:
    """Raise BadRequest for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequest("cannot be used", where="password", allowed=f"{SHORTEST} to {LONGEST} characters")


def hashed(password: str, hasher: Hasher | None = None) -> str:
    """Return a password's hash; slow. Raises BadRequest for one that is too short or too long."""
    check_password(password)
    return (hasher or PasswordHasher()).hash(password)


class Passwords:
    """Checks passwords."""

    def __init__(
        self, in_thread: InThread, clock: Callable[[], float], randomness: Callable[[int], bytes],
        hasher: Hasher | None = None,
    ) -> None:  # fmt: skip
        """Hash by `in_thread`; `clock` tells seconds."""
        self._hasher = hasher or PasswordHasher()
        self._in_thread, self._clock = in_thread, clock
        self._key = randomness(KEY_BYTES)
        self._nobody = self._hasher.hash(randomness(KEY_BYTES).hex())
        self._turns = DeferredSemaphore(AT_ONCE)
        self._good: OrderedDict[bytes, float] = OrderedDict()

    def remembered(self, name: str, secret: str, password: str) -> bool:
        """Tell whether this password was good against this hash a few minutes ago."""
        until = self._good.get(self._keyed(name, secret, password))
        return until is not None and self._clock() < until

    async def good(self, name: str, secret: str | None, password: str) -> bool:
        """Check a password against a hash; None = there is no such name. Slow; raises ServerBusy."""
        if len(self._turns.waiting) >= MOST_WAITING:
            raise ServerBusy("too many passwords wait to be checked")
        await self._turns.acquire()
        try:
            good = await self._in_thread(lambda: self._verify(secret or self._nobody, password[:LONGEST]))
        finally:
            self._turns.release()
        if not good or secret is None:
            return False
        self._remember(self._keyed(name, secret, password))
        return True

    def _verify(self, secret: str, password: str) -> bool:
        try:
            return self._hasher.verify(secret, password)
        except (VerificationError, InvalidHashError):
            return False

    def _remember(self, keyed: bytes) -> None:
        self._good[keyed] = self._clock() + REMEMBERED_SECONDS
        self._good.move_to_end(keyed)
        while len(self._good) > MOST_REMEMBERED:
            self._good.popitem(last=False)

    def _keyed(self, name: str, secret: str, password: str) -> bytes:
        parts = b"\0".join(part.encode("utf-8", "surrogatepass") for part in (name, secret, password))
        return hmac.digest(self._key, parts, hashlib.sha256)
