"""What may be fetched: every odd way to name an address leads to the address, and that is what is judged."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import ConfigurationError, DocumentNotFetched, UriSchemeUnsupported
from printserver.model.fetching import Place, Rules, carried, check_rules, is_public

OPEN = Rules(("http", "https"), ("*",))
NAMED = Rules(("https",), ("pictures.example",))
PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07::1")
NOT_PUBLIC = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.251", "240.0.0.1",
    "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd12::1", "ff02::fb", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2002:a00:1::1", "2001:0:7f00:1::",
)  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_not_reached_by_a_name(address: str) -> None:
    for rules in (OPEN, NAMED):
        place = rules.place("https://pictures.example/card.png")
        with pytest.raises(DocumentNotFetched):
            rules.admits(place, [address])
        with pytest.raises(DocumentNotFetched):  # one bad address among good ones is enough
            rules.admits(place, [*PUBLIC, address])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is(address: str) -> None:
    assert NAMED.admits(NAMED.place("https://PICTURES.example./a?b=c"), [address]) == (address,)


@pytest.mark.parametrize("host", [
    "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "localhost.", "LOCALHOST", "[::1]", "[::ffff:7f00:1]",
    "[::]", "0", "0.0.0.0", "017700000001", "127.0.0.1.nip.example",
])  # fmt: skip
def test_whatever_a_host_is_called_its_address_is_judged(host: str) -> None:
    place = OPEN.place(f"http://{host}/card.png")
    resolved = place.host if ":" in place.host else "127.0.0.1"  # as a resolver understands all of them
    with pytest.raises(DocumentNotFetched):
        OPEN.admits(place, [resolved])


@pytest.mark.parametrize("uri", [
    "http://alice@pictures.example/", "http://pictures.example@127.0.0.1/", "http://alice:secret@pictures.example/",
    "http://pictures.example\\@127.0.0.1/", "http://pictures.example /", "http:///card.png", "http:card.png",
    "http://pictures.example:0/", "http://pictures.example:99999/", "http://pictures.example:x/", "http://[::1/",
    "http://pictures.example%00/", "http://pictures..example%2f/", "http://exa\u0301mple/", "http://a\nb/", "http://",
    "http://[fe80::1%25eth0]/", "http://-x-/", "http://pictures.example:8080/",
])  # fmt: skip
def test_an_address_that_is_none_or_hides_something_is_refused(uri: str) -> None:
    with pytest.raises(DocumentNotFetched):
        OPEN.place(uri)


@pytest.mark.parametrize("uri", ["ftp://pictures.example/a", "file:///etc/passwd", "gopher://x/", "//x/", "a.png", ""])
def test_other_schemes_are_not_fetched(uri: str) -> None:
    with pytest.raises((UriSchemeUnsupported, DocumentNotFetched)):
        OPEN.place(uri)
    with pytest.raises(UriSchemeUnsupported):
        NAMED.place("http://pictures.example/a")


def test_only_listed_hosts_are_fetched_from() -> None:
    for uri in ("https://other.example/", "https://pictures.example.evil.example/", "https://93.184.215.14/"):
        with pytest.raises(DocumentNotFetched):
            NAMED.place(uri)
    assert NAMED.place("https://pictures.example:8443/").port == 8443


def test_a_private_address_is_reached_only_where_it_is_listed() -> None:
    rules = Rules(("http",), ("127.0.0.1", "10.1.0.0/16"))
    assert rules.admits(rules.place("http://127.0.0.1:8080/a"), ["127.0.0.1"]) == ("127.0.0.1",)
    assert rules.admits(rules.place("http://intranet.example/a"), ["10.1.2.3"]) == ("10.1.2.3",)
    for addresses in (["10.2.0.1"], ["10.1.2.3", "10.2.0.1"], ["93.184.215.14"], ["::ffff:127.0.0.1"], []):
        with pytest.raises(DocumentNotFetched):
            rules.admits(rules.place("http://intranet.example/a"), addresses)
    with pytest.raises(DocumentNotFetched):
        rules.place("http://127.0.0.2/a")


def test_an_address_with_a_zone_is_not_used() -> None:
    with pytest.raises(DocumentNotFetched):
        OPEN.admits(OPEN.place("http://a.example/"), ["fe80::1%lo"])


def test_a_place_is_asked_for_as_it_was_named_without_the_rest() -> None:
    assert OPEN.place("HTTPS://Pictures.Example/a%20b?c=d#e") == Place("https", "pictures.example", 443, "/a%20b?c=d")
    assert OPEN.place("http://a.example").uri == "http://a.example/"
    assert Rules(("http",), ("::1",)).place("http://[::1]:81/x").uri == "http://[::1]:81/x"


@given(st.integers(0, 2**32 - 1), st.sampled_from(["::ffff:0:0", "64:ff9b::", "2002::", "::"]))
def test_what_an_address_carries_is_judged_too(number: int, prefix: str) -> None:
    shift = 80 if prefix == "2002::" else 0
    outer = IPv6Address(int(IPv6Address(prefix)) | number << shift)
    inner = IPv4Address(number)
    if outer not in (ip_address("::"), ip_address("::1")):
        assert inner in carried(outer)
    if not is_public(inner):
        assert not is_public(outer)


@given(st.text(max_size=80))
def test_any_text_is_a_place_or_a_typed_error(text: str) -> None:
    for uri in (text, f"http://{text}", f"http://pictures.example/{text}"):
        try:
            place = OPEN.place(uri)
        except (DocumentNotFetched, UriSchemeUnsupported):
            continue
        assert place.uri.isascii()
        assert OPEN.place(place.uri) == place


@pytest.mark.parametrize(("schemes", "hosts", "key"), [
    (("ftp",), ("a.example",), "fetch_schemes"), (("http",), (), "fetch_hosts"), (("http",), ("a b",), "fetch_hosts"),
    ((), ("http://a.example",), "fetch_hosts"), ((), ("10.0.0.1/8",), "fetch_hosts"),
])  # fmt: skip
def test_rules_that_cannot_be_are_named(schemes: tuple[str, ...], hosts: tuple[str, ...], key: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        check_rules(schemes, hosts, "a.toml")
    assert told.value.where == f"a.toml: server.{key}"
    check_rules(("http", "https"), ("*", "a.example", "10.0.0.0/8", "::1"), "a.toml")
