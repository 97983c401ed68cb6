"""Sessions of people who logged in on a page: a random word in a cookie, and on this side only its hash.

Laws kept here:

1. A session names an account, not a role: a role that is changed, or an account that is removed, counts at once.
2. Sessions end with the server, when they are not used for some hours, and when somebody logs out.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

IDLE_SECONDS = 8 * 3600.0
MOST_SESSIONS = 10_000
WORD_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """Who logged in, against which hash of a password, until when it is good, and the digest of its word."""

    name: str
    secret: str
    until: float
    digest: bytes


class Sessions:
    """The sessions that are open; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float], randomness: Callable[[int], bytes]) -> None:
        """Begin with none."""
        self._clock, self._randomness = clock, randomness
        self._open: OrderedDict[bytes, Session] = OrderedDict()

    def begin(self, name: str, secret: str) -> str:
        """Open a session; returns the word for the cookie."""
        word = self._randomness(WORD_BYTES).hex()
        self._keep(_digest(word), name, secret)
        return word

    def find(self, word: str) -> Session | None:
        """Return the session of a cookie's word, kept open by being used; None when there is none."""
        digest = _digest(word)
        session = self._open.get(digest)
        if session is None or session.until <= self._clock():
            self._open.pop(digest, None)
            return None
        self._keep(digest, session.name, session.secret)
        return session

    def lasts(self, digest: bytes) -> bool:
        """Tell whether a session is open still; that keeps it open no longer."""
        session = self._open.get(digest)
        return session is not None and self._clock() < session.until

    def end(self, word: str) -> None:
        """Close a session."""
        self._open.pop(_digest(word), None)

    def _keep(self, digest: bytes, name: str, secret: str) -> None:
        self._open[digest] = Session(name, secret, self._clock() + IDLE_SECONDS, digest)
        self._open.move_to_end(digest)
        while len(self._open) > MOST_SESSIONS:
            self._open.popitem(last=False)


def _digest(word: str) -> bytes:
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
