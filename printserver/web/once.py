"""Forms that must not count twice: a second press of the button, the back key, a page loaded anew.

Laws kept here:

1. A form carries a token that is good for one success; a form that failed may be sent again.
2. Tokens that were used are remembered in memory, the newest few thousand; after a restart an old form counts anew,
   unless what it asks for is known by its token to the store too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from printserver.errors import BadRequest, NotPossibleNow

T = TypeVar("T")
KEPT = 4096
TOKEN_BYTES = 16


class Once:
    """Gives out tokens and takes each one once."""

    def __init__(self, randomness: Callable[[int], bytes]) -> None:
        """Make tokens of `randomness`."""
        self._randomness = randomness
        self._used: OrderedDict[str, None] = OrderedDict()

    def token(self) -> str:
        """Return a new token."""
        return self._randomness(TOKEN_BYTES).hex()

    async def run(self, token: str, deed: Callable[[], Awaitable[T]]) -> T:
        """Do what a form asks for; raises NotPossibleNow when this very form has been done or is being done."""
        if len(token) != 2 * TOKEN_BYTES:
            raise BadRequest("the form has no token", where="token")
        if token in self._used:
            raise NotPossibleNow("this form has been sent before, and is not done twice")
        self._used[token] = None
        while len(self._used) > KEPT:
            self._used.popitem(last=False)
        try:
            return await deed()
        except BaseException:
            self._used.pop(token, None)
            raise
