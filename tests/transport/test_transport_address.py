"""Device addresses: what is read, what is refused, and what the refusal says."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import MemoryReactorClock

from printserver.errors import ConfigurationError
from printserver.transport.address import (
    Address,
    ExecAddress,
    LoopAddress,
    PcscAddress,
    SerialAddress,
    TcpAddress,
    UnixAddress,
    UsbAddress,
    UsblpAddress,
    parse_address,
)
from printserver.transport.opening import open_link


class Still(MemoryReactorClock):
    """A reactor that keeps what it is asked to connect to."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted's test double has no types

    def callFromThread(self, callable: Callable[..., object], *args: object, **kwargs: object) -> None:
        raise AssertionError("no thread was started")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("tcp:printer.example:9100", TcpAddress("printer.example", 9100)),
        ("tcp:192.0.2.7:1", TcpAddress("192.0.2.7", 1)),
        ("tcp:[::1]:65535", TcpAddress("::1", 65535)),
        ("  unix:/run/device ", UnixAddress("/run/device")),
        ("unix:/run/a:b", UnixAddress("/run/a:b")),
        ("serial:/dev/ttyUSB0", SerialAddress("/dev/ttyUSB0", 9600)),
        ("serial:/dev/ttyUSB0?baud=19200", SerialAddress("/dev/ttyUSB0", 19200)),
        ("serial:socket://encoder:4001?logging=debug", SerialAddress("socket://encoder:4001?logging=debug")),
        ("usblp:/dev/usb/lp0", UsblpAddress("/dev/usb/lp0")),
        ("usb:0123ABC", UsbAddress("0123ABC")),
        ("usb:A1:2@3", UsbAddress("A1:2@3")),
        ("usb:@1-1.2", UsbAddress(port="1-1.2")),
        ("usb:@12-4", UsbAddress(port="12-4")),
        ("usb:0C1F:2800", UsbAddress(ids="0c1f:2800")),
        ("usb:0C1F:2800/SN/1", UsbAddress("SN/1", ids="0c1f:2800")),
        ("usb:0c1f:28000/SN1", UsbAddress("0c1f:28000/SN1")),
        ("pcsc:ACS ACR39U", PcscAddress("ACS ACR39U")),
        ("exec:/usr/bin/bridge --fast", ExecAddress("/usr/bin/bridge --fast")),
        ("loop:", LoopAddress()),
    ],
)
def test_addresses_that_are_understood(text: str, meaning: Address) -> None:
    assert parse_address(text) == meaning


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", "tcp:HOST:PORT"),
        ("printer", "usblp:PATH"),
        ("ftp:printer", "tcp:HOST:PORT"),
        ("emulated", "tcp:HOST:PORT"),
        ("loop:x", "loop:"),
        ("tcp:printer", "tcp:HOST:PORT"),
        ("tcp::9100", "tcp:HOST:PORT"),
        ("tcp:::1:9100", "[ADDRESS]"),
        ("tcp:printer:0", "1 to 65535"),
        ("tcp:printer:65536", "1 to 65535"),
        ("tcp:printer:+9100", "1 to 65535"),
        ("tcp:printer:٩١٠٠", "1 to 65535"),
        ("tcp:printer:" + "9" * 10_000, "1 to 65535"),
        ("unix:relative", "unix:PATH"),
        ("usblp:lp0", "usblp:PATH"),
        ("unix:/nul\0byte", "unix:PATH"),
        ("serial:", "serial:URL"),
        ("serial:/dev/ttyS0?speed=9600", "baud"),
        ("serial:/dev/ttyS0?baud=9601", "9600"),
        ("usb:", "usb:SERIAL"),
        ("usb:0c1f:2800/", "usb:VVVV:PPPP/SERIAL"),
        ("usb:@", "usb:@1-1.2"),
        ("usb:@1", "usb:@1-1.2"),
        ("usb:@1-1.2.", "usb:@1-1.2"),
        ("usb:@1-1:1.0", "usb:@1-1.2"),
        ("usb:@1-٢", "usb:@1-1.2"),
    ],
)
def test_addresses_that_are_refused_say_what_is_allowed(text: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse_address(text)
    assert allowed in refusal.value.allowed
    assert refusal.value.where.startswith("device = ")


@given(st.text() | st.builds("{}:{}".format, st.sampled_from(["tcp", "serial", "usblp", "usb", "unix"]), st.text()))
def test_any_text_is_an_address_or_a_refusal(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        assert parse_address(text) == parse_address(text.strip())


@pytest.mark.parametrize(
    ("text", "kind"),
    [("tcp:h:1", "tcp"), ("unix:/s", "unix"), ("serial:/dev/ttyS0", "serial"), ("usblp:/dev/usb/lp0", "usblp"),
     ("usb:X", "usb")],
)
def test_making_a_link_opens_nothing(text: str, kind: str) -> None:
    reactor = Still()
    link = open_link(text, reactor)
    assert link.info.kind == kind
    assert link.traffic.ended
    assert (reactor.tcpClients, reactor.unixClients, reactor.readers) == ([], [], set())


@pytest.mark.parametrize("text", ["pcsc:reader"])
def test_a_link_that_is_not_built_says_so_plainly_and_names_what_is(text: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be reached by this version") as refusal:
        open_link(text, Still())
    assert "tcp:HOST:PORT" in refusal.value.allowed
    assert "usb:SERIAL" in refusal.value.allowed


def test_loop_needs_a_device() -> None:
    with pytest.raises(ConfigurationError, match="outside of tests"):
        open_link("loop:", Still())
