"""Access control put together: the accounts that are known, and the gate that asks for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from .door import Gate
from .passwords import Passwords
from .register import AccountStore, Register
from .sessions import Sessions
from .tries import Tries

# Runs any call in a thread of its own.
Elsewhere = Callable[..., Awaitable[Any]]


async def open_access(
    store: AccountStore, write: Elsewhere, in_thread: Elsewhere, *,
    wall: Callable[[], float], randomness: Callable[[int], bytes], asks: bool, proxies: Sequence[str],
) -> tuple[Register, Gate | None]:  # fmt: skip
    """Return the accounts and tokens, and what asks each request for its sender, None where nobody is asked.

    `write` runs a call of the store, `in_thread` one that is slow; `wall` tells seconds; `proxies` are believed.
    """
    register = Register(store, write)
    await register.load()
    if not asks:
        return register, None
    if not register.accounts and not register.tokens:
        structlog.get_logger("access").warning("nobody can log in: there is no account and no token")
    passwords: Passwords = await in_thread(Passwords, in_thread, wall, randomness)
    return register, Gate(register, passwords, Sessions(wall, randomness), Tries(wall), proxies)
