"""What Avahi announces on behalf of a network printer is heard and told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from printserver.listeners.discovery.listening import listen
from printserver.transport.finding import Announced
from tests.interop.avahi_kit import PROGRAMS, Avahi, avahi, begin

NAME = "Badges.at the (front) desk"
TXT = ("txtvers=1", "usb_MFG=Evolis", "usb_MDL=Primacy", "ty=Evolis Primacy", "note=Front desk")


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Avahi]:
    with avahi(tmp_path) as running:
        yield running


def test_a_printer_that_avahi_announces_is_heard(around: Avahi, tmp_path: Path) -> None:
    publish = [str(PROGRAMS / "avahi-publish"), "-s", NAME, "_pdl-datastream._tcp", "9100", *TXT]
    publishing = begin(publish, tmp_path / "publish.log", around.environment)
    try:
        found: list[Announced] = []
        for seconds in (2.0, 6.0, 20.0):  # a slow machine is listened to for longer
            found = [each for each in listen(("127.0.0.1",), seconds) if each.name == NAME]
            if found:
                break
        [printer] = found
        assert printer.port == 9100
        assert printer.hosts[0] == "127.0.0.1"
        assert printer.ids["mfg"] == "Evolis"
        assert printer.ids["note"] == "Front desk"
        assert printer.ids["service"] == "_pdl-datastream._tcp"
    finally:
        publishing.terminate()
        publishing.wait()
