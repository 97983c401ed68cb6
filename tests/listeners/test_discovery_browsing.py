"""What printers announce, made into devices; heard on the wire of the loopback address too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.listeners.discovery.browsing import LONGEST, LPD, Heard, printers_of
from printserver.listeners.discovery.listening import listen
from printserver.listeners.discovery.records import IPP, IPPS, RAW, Announced, Sign
from printserver.listeners.discovery.responder import ZeroconfResponder
from printserver.model.display import harmless
from printserver.transport.line_census import PlaceUnread

TXT = {b"txtvers": b"1", b"USB_mfg": b"Evolis", b"usb_MDL": b"Primacy", b"ty": b"Evolis Primacy",
       b"product": b"(Primacy)", b"rp": b"ipp/print", b"note": b"Front desk"}  # fmt: skip
RAW_DOOR = Heard(RAW, "Badges", "badges.local.", ("192.0.2.7",), 9100, TXT)
IPP_DOOR = replace(RAW_DOOR, kind=IPP, port=631)


def test_services_of_one_printer_are_one_printer() -> None:
    lpd = replace(RAW_DOOR, kind=LPD, port=0)  # a flagship name is taken and not served (Bonjour Printing, section 9.1)
    other = replace(RAW_DOOR, name="Other", host="other.local.")
    first, second = printers_of([lpd, IPP_DOOR, RAW_DOOR, other])
    assert (first.name, first.hosts, first.port) == ("Badges", ("192.0.2.7", "badges.local"), 9100)
    assert first.address == "ipp://badges.local:631/ipp/print"
    assert first.ids == {
        "mfg": "Evolis", "mdl": "Primacy", "ty": "Evolis Primacy", "product": "Primacy", "note": "Front desk",
        "host": "badges.local", "service": "_ipp._tcp _pdl-datastream._tcp",
    }  # fmt: skip
    assert (second.name, second.address) == ("Other", "")


def test_one_that_takes_documents_alone_has_no_port_of_its_own() -> None:
    [found] = printers_of([IPP_DOOR, replace(IPP_DOOR, kind=IPPS, port=443)])
    assert (found.port, found.address) == (0, "ipps://badges.local:443/ipp/print")


def test_this_server_is_not_its_own_printer() -> None:
    assert printers_of([RAW_DOOR, IPP_DOOR], own="Badges.local") == []


def test_addresses_that_no_printer_has_are_left_out() -> None:
    heard = replace(RAW_DOOR, addresses=("fe80::1", "224.0.0.251", "0.0.0.0", "nonsense", "2001:db8::7", "192.0.2.7"))
    [found] = printers_of([heard])
    assert found.hosts == ("192.0.2.7", "2001:db8::7", "badges.local")


def test_keys_without_a_value_and_the_same_key_twice() -> None:
    [found] = printers_of([replace(RAW_DOOR, txt={b"usb_MFG": b"Evolis", b"USB_MFG": b"Other", b"usb_MDL": None})])
    assert "mdl" not in found.ids
    assert found.ids["mfg"] == "Evolis"


@given(
    st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=20), max_size=3), st.integers(0, 65_535),
    st.dictionaries(st.sampled_from([*TXT, b"\xff"]), st.none() | st.binary(max_size=255)),
)  # fmt: skip
def test_whatever_is_announced_is_short_and_harmless(
    name: str, host: str, addresses: list[str], port: int, txt: dict[bytes, bytes | None]
) -> None:
    heard = Heard(IPP, name, host, tuple(addresses), port, txt)
    for found in printers_of([heard, replace(heard, kind=RAW)]):
        assert all(text == harmless(text) for text in (found.name, found.address, *found.hosts, *found.ids.values()))
        assert all(len(text) <= LONGEST for text in (found.name, *found.ids.values()))


def test_a_printer_that_announces_itself_is_heard() -> None:
    responder = ZeroconfResponder(("127.0.0.1",), "badges-test.local")
    try:
        keys = (("usb_MFG", "Evolis"), ("usb_MDL", "Primacy"))
        name = responder.announce(Sign("Heard test", (Announced(RAW, 9100, keys), Announced(IPP, 631, ()))))
        for seconds in (1.0, 5.0, 20.0):  # a slow machine is listened to for longer
            found = {each.name: each for each in listen(("127.0.0.1",), seconds)}
            if name in found and found[name].port and found[name].address:
                break
        assert found[name].hosts == ("127.0.0.1", "badges-test.local")
        assert found[name].port == 9100
        assert found[name].ids["mfg"] == "Evolis"
        assert name not in {each.name for each in listen(("127.0.0.1",), 1.0, own="badges-test.local")}
    finally:
        responder.close()


def test_a_machine_without_a_network_says_so() -> None:
    with pytest.raises(PlaceUnread, match="no address"):
        listen(())
    with pytest.raises(PlaceUnread):
        listen(("192.0.2.1",))
