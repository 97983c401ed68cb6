# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Many clients that send a byte a second: others are answered as if they were not there, and each has its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from printserver.listeners.crowd import Crowd
from printserver.listeners.http import Limits
from tests.listeners.http_kit import Held, HeldTransport, connect, held_site

LIMITS = Limits(idle=75.0, head_time=10.0, body_grace=20.0, body_rate=1000.0, linger=5.0)
SLOW = 50
QUESTION = b"GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD = b"GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nA: " + b"a" * 1000
BODY = (
    b"POST /api/v1/jobs/1/hold HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 5000\r\n\r\n"
)


@pytest.fixture
def held() -> Iterator[Held]:
    found = held_site(LIMITS, crowd=Crowd(most=2 * SLOW, most_of_one=SLOW))
    yield found
    found.leave()


def crowd(held: Held, first: bytes) -> list[HeldTransport]:
    """Open slow connections of one address, and send the same beginning on each."""
    slow = [connect(held.site, "192.0.2.1") for _ in range(SLOW)]
    held.opened.extend(slow)
    for each in slow:
        if first:
            give(each, first)
    return slow


def give(transport: HeldTransport, data: bytes) -> None:
    if transport.connected:
        protocol: Any = transport.protocol
        protocol.dataReceived(data)


def answered(held: Held) -> bool:
    """Ask from another address, on a connection of its own."""
    transport = connect(held.site, "192.0.2.2")
    give(transport, QUESTION)
    answer = bytes(transport.value())
    transport.leave()
    return answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(("first", "rest", "seconds"), [(b"", HEAD, 10), (BODY, b"x" * 5000, 21)])
def test_slow_clients_hold_nobody_up_and_are_ended(held: Held, first: bytes, rest: bytes, seconds: int) -> None:
    slow = crowd(held, first)
    for second in range(seconds):
        for each in slow:
            give(each, rest[second : second + 1])
        assert answered(held)  # in the same turn: nothing waits for a slow one
        held.clock.advance(1.0)
        ended = sum(bytes(each.value()).startswith(b"HTTP/1.1 408 ") for each in slow)
        assert ended == (SLOW if second == seconds - 1 else 0), second
    held.clock.advance(LIMITS.linger)  # they go on sending, and are not read any more
    assert not any(each.connected for each in slow)


def test_slow_clients_fill_their_own_address_and_make_room_when_they_are_ended(held: Held) -> None:
    crowd(held, b"G")
    refused = connect(held.site, "192.0.2.1")
    give(refused, QUESTION)
    assert bytes(refused.value()).startswith(b"HTTP/1.1 503 ")
    assert answered(held)
    held.clock.advance(LIMITS.head_time)
    held.clock.advance(LIMITS.linger)
    welcome = connect(held.site, "192.0.2.1")
    give(welcome, QUESTION)
    assert bytes(welcome.value()).startswith(b"HTTP/1.1 200 ")
    held.opened.extend((refused, welcome))
