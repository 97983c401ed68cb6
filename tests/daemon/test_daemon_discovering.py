"""From the plug to the card: a printer at USB is found, added as the finding says, and prints."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from printserver.client import ApiClient
from printserver.config import parse_configuration
from printserver.daemon import Daemon, Setting
from printserver.design.sample import sample_front
from printserver.driver import EmulatedPrinter
from printserver.emulation import FAST, CardMachine, CardShelf, FaultBook
from printserver.emulation.usb import Label, UsbPrinter
from printserver.model.job import JobState
from printserver.model.printer import Identity
from printserver.plugins import load_plugins
from printserver.transport.usb import UsbHost
from tests.daemon.test_daemon_life import ANY_PORT, DOORS, DaemonTestCase, printed, service_of
from tests.transport.usb_kit import Echo, host_of, printer_of

LABEL = Label(0x0F49, 0x0A00, "P100", "Evolis", "Card Printer")
DEVICE_ID = b"MFG:Evolis;MDL:Primacy;CMD:ESC;"


@dataclass
class Telling:
    """An emulated printer that tells its IEEE 1284 device id when it is asked over the control pipe."""

    behind: EmulatedPrinter

    def connected(self) -> None:
        self.behind.connected()

    def disconnected(self) -> None:
        self.behind.disconnected()

    def receive(self, data: bytes) -> bytes:
        return self.behind.receive(data)

    def due(self) -> float | None:
        return self.behind.due()

    def tick(self) -> bytes:
        return self.behind.tick()

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        whole = (len(DEVICE_ID) + 2).to_bytes(2, "big") + DEVICE_ID
        return whole[:length] if (request_type, request) == (0xA1, 0) else None


def primacy(cards: Path) -> UsbPrinter:
    """Return an emulated printer at USB that lays its cards into a folder."""
    shelf, faults = load_plugins(safe=True).shelf(), FaultBook()
    geometry = shelf.open("evolis", "primacy", {}).capabilities(Identity(family="evolis", model="primacy")).geometry
    machine = CardMachine(
        now=time.monotonic, geometry=geometry, shelf=CardShelf(cards), faults=faults, pace=FAST, serial="P100"
    )
    printer = Telling(shelf.emulator("evolis").build("primacy", machine))
    return UsbPrinter(LABEL, printer, time.monotonic, faults)


class DiscoveringTest(DaemonTestCase):
    def plugged(self, usb: UsbHost) -> Daemon:
        configuration = parse_configuration(DOORS, "test.toml")
        server = replace(configuration.server, port=ANY_PORT)
        daemon = Daemon(Setting(
            configuration=replace(configuration, server=server), place=self.place, reactor=reactor, wall=time.time,
            plugins=load_plugins(safe=True), usb=usb,
        ))  # fmt: skip
        self.addCleanup(lambda: Deferred.fromCoroutine(daemon.stop()))
        return daemon

    async def at_usb(self, api: ApiClient) -> list[dict[str, Any]]:
        found: Any = await deferToThread(api.discover)
        return [each for each in found["devices"] if each["transport"] == "usb"]

    async def test_it_is_found_added_and_prints(self) -> None:
        cards = self.folder / "cards"
        cards.mkdir()
        keyboard = printer_of(Label(0x046D, 0xC31C, "K1", interface_class=3), Echo())
        daemon = self.plugged(host_of(self.folder, primacy(cards), keyboard))
        await daemon.start()
        api = ApiClient(f"http://127.0.0.1:{daemon.http_port()}")
        [found] = await self.at_usb(api)
        [claim] = found["claims"]
        assert (found["device"], found["printer"]) == ("usb:P100", "")
        assert (claim["driver"], claim["model"]) == ("evolis", "primacy")
        # as the emulator wants it: it answers only after its work
        fields = {"name": "desk", "driver": claim["driver"], "model": claim["model"], "device": found["device"],
                  "ribbon": "YMCKO", "options": {"settle": "1"}}  # fmt: skip
        await deferToThread(api.add_printer, fields, by="anna")
        await deferToThread(api.add_queue, "card", ["desk"], {}, by="anna")
        job = await printed(service_of(daemon), sample_front())
        assert job.state == JobState.COMPLETED
        assert len(list(cards.glob("*-front.png"))) == 1
        [found] = await self.at_usb(api)
        assert (found["printer"], found["trouble"]) == ("desk", None)
        # it was not disturbed: the next card comes out as well
        job = await printed(service_of(daemon), sample_front())
        assert job.state == JobState.COMPLETED
        assert len(list(cards.glob("*-front.png"))) == 2
