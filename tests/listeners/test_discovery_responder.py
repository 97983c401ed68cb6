"""The responder on the wire of the loopback address: found by type and subtype, renamed, changed, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from zeroconf import IPVersion, ServiceBrowser, ServiceInfo, Zeroconf

from printserver.listeners.discovery.records import IPP, IPPS, Announced, Sign
from printserver.listeners.discovery.responder import ZeroconfResponder

HERE = ("127.0.0.1",)
WAIT = 20
SUBTYPE = f"_print._sub.{IPP}.local."


@pytest.fixture
def client() -> Iterator[Zeroconf]:
    found = Zeroconf(interfaces=list(HERE), ip_version=IPVersion.V4Only)
    yield found
    found.close()


@pytest.fixture
def responder() -> Iterator[ZeroconfResponder]:
    made = ZeroconfResponder(HERE, "printserver-test.local")
    yield made
    made.close()


def sign(name: str, **keys: str) -> Sign:
    return Sign(name, tuple(Announced(kind, 8631, tuple(keys.items()), ("_print",)) for kind in (IPP, IPPS)))


def info(client: Zeroconf, name: str, kind: str = IPP) -> ServiceInfo:
    found = client.get_service_info(f"{kind}.local.", f"{name}.{kind}.local.", timeout=WAIT * 1000)
    assert found is not None
    return found


class Seen:
    """What a browser sees of one instance."""

    def __init__(self, client: Zeroconf, kind: str, name: str) -> None:
        self.name, self.there, self.gone = name, Event(), Event()
        ServiceBrowser(client, kind, listener=self)  # type: ignore[arg-type]  # it asks for these three methods alone

    def add_service(self, client: Zeroconf, kind: str, name: str) -> None:
        if name.startswith(f"{self.name}."):
            self.there.set()

    def update_service(self, client: Zeroconf, kind: str, name: str) -> None: ...

    def remove_service(self, client: Zeroconf, kind: str, name: str) -> None:
        if name.startswith(f"{self.name}."):
            self.gone.set()


def test_it_is_found_with_its_keys_and_taken_back(client: Zeroconf, responder: ZeroconfResponder) -> None:
    name = "Kartu بطاقة @ ruang (1)"
    seen = Seen(client, SUBTYPE, name)
    assert responder.announce(sign(name, rp="ipp/print", Color="T")) == name
    assert seen.there.wait(WAIT)
    found = info(client, name)
    assert (found.port, found.server, found.parsed_addresses()) == (8631, "printserver-test.local.", list(HERE))
    assert found.properties == {b"rp": b"ipp/print", b"Color": b"T"}
    assert info(client, name, IPPS).port == 8631
    responder.withdraw(sign(name))
    assert seen.gone.wait(WAIT)


def test_a_changed_key_is_told(client: Zeroconf, responder: ZeroconfResponder) -> None:
    name = "changing @ loopback"
    responder.announce(sign(name, Color="T"))
    assert info(client, name).properties == {b"Color": b"T"}
    responder.update(sign(name, Color="F"))
    with Zeroconf(interfaces=list(HERE), ip_version=IPVersion.V4Only) as fresh:
        assert info(fresh, name).properties == {b"Color": b"F"}


def test_a_name_that_is_taken_is_left_to_its_holder(client: Zeroconf, responder: ZeroconfResponder) -> None:
    name = "taken @ loopback"
    other = ZeroconfResponder(HERE, "printserver-other.local")
    try:
        assert other.announce(sign(name, rp="theirs")) == name
        assert responder.announce(sign(name, rp="ours")) == f"{name} (2)"
        for kind in (IPP, IPPS):
            assert info(client, name, kind).properties == {b"rp": b"theirs"}
            assert info(client, f"{name} (2)", kind).properties == {b"rp": b"ours"}
    finally:
        other.close()


def test_what_was_taken_back_can_be_announced_again_under_its_name(responder: ZeroconfResponder) -> None:
    name = "again @ loopback"
    assert responder.announce(sign(name)) == name
    responder.withdraw(sign(name))
    assert responder.announce(sign(name)) == name


def test_at_the_end_everything_is_taken_back(client: Zeroconf) -> None:
    made = ZeroconfResponder(HERE, "printserver-end.local")
    names = ("first @ end", "second @ end")
    seen = [Seen(client, f"{IPPS}.local.", name) for name in names]
    for name in names:
        made.announce(sign(name))
    assert all(each.there.wait(WAIT) for each in seen)
    made.close()
    assert all(each.gone.wait(WAIT) for each in seen)
