# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Connections are counted over all doors: of each address, and of all."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock

from printserver.listeners.crowd import Crowd
from printserver.listeners.lpd import LpdFactory
from printserver.listeners.raw import RawFactory
from tests.listeners.fake_service import NOW, FakeService
from tests.listeners.http_kit import CLIENT, connect, held_site

STRANGER: Any = IPv4Address("TCP", "192.0.2.1", 1)


def test_each_address_and_all_have_their_limit() -> None:
    crowd = Crowd(most=3, most_of_one=2)
    assert [crowd.enter("a") for _ in range(3)] == [True, True, False]
    assert [crowd.enter("b"), crowd.enter("c")] == [True, False]
    crowd.leave("a")
    assert [crowd.enter("c"), crowd.enter("a")] == [True, False]
    assert crowd.connected == 3


def test_an_address_is_forgotten_when_it_has_left() -> None:
    crowd = Crowd()
    for number in range(100):
        assert crowd.enter(str(number))
    for number in range(100):
        crowd.leave(str(number))
    assert (crowd.connected, len(crowd._of)) == (0, 0)


def test_the_doors_count_together() -> None:
    crowd, service, clock = Crowd(most=5, most_of_one=3), FakeService(), Clock()
    held = held_site(crowd=crowd)
    raw = RawFactory(service, "card", clock, crowd=crowd)
    lpd = LpdFactory(service, clock, lambda: NOW, crowd=crowd)
    assert raw.buildProtocol(CLIENT) is not None
    assert lpd.buildProtocol(CLIENT) is not None
    assert raw.buildProtocol(CLIENT) is None
    assert lpd.buildProtocol(CLIENT) is None
    assert lpd.buildProtocol(STRANGER) is not None
    assert raw.buildProtocol(STRANGER) is not None
    assert raw.buildProtocol(STRANGER) is None
    held.transport.leave()
    assert raw.buildProtocol(CLIENT) is not None
    assert b"503" in bytes(connect(held.site).value()[:12])
