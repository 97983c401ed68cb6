"""Which addresses may come in where nothing else tells who a client is."""

from __future__ import annotations

import pytest

from printserver.errors import ConfigurationError
from printserver.model.clients import admits, check_clients, is_loopback

LISTED = ("192.0.2.7", "198.51.100.0/24", "2001:db8::/32")


INSIDE = ["192.0.2.7", "198.51.100.200", "2001:db8::1", "::ffff:192.0.2.7", "2001:db8::1%eth0"]


@pytest.mark.parametrize("address", INSIDE)
def test_a_listed_address_comes_in(address: str) -> None:
    assert admits(LISTED, address)


@pytest.mark.parametrize("address", ["192.0.2.8", "127.0.0.1", "::1", "2001:db9::1", "", "nobody", "::ffff:192.0.2.8"])
def test_no_other_does(address: str) -> None:
    assert not admits(LISTED, address)


def test_without_a_list_this_machine_alone_comes_in() -> None:
    assert [admits((), address) for address in ("127.0.0.1", "::1", "::ffff:127.0.0.9", "192.0.2.7", "x")] == [
        True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("client", ["192.0.2.7/24", "host.example", "", "192.0.2"])
def test_what_is_no_address_is_refused_with_its_key(client: str) -> None:
    check_clients(LISTED, "queue.card.clients")
    with pytest.raises(ConfigurationError, match=r"queue\.card\.clients: .*is no address"):
        check_clients((client,), "queue.card.clients")


@pytest.mark.parametrize(("bind", "local"), [
    ("127.0.0.1", True), ("127.0.0.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
    ("", False), ("192.0.2.7", False), ("server.example", False),
])  # fmt: skip
def test_a_door_is_local_or_not(bind: str, local: bool) -> None:
    assert is_loopback(bind) is local
