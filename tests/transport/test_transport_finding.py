"""Looking for printers, on a machine of which everything is the test's own."""

from __future__ import annotations

import errno
import os
import pty
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event

import pytest
import usb.core

from printserver.dialogue import LinkLost
from printserver.driver.claiming import Claimants
from printserver.emulation.usb import Label, UsbPrinter
from printserver.errors import BadRequest
from printserver.model.discovery import FoundDevice, Looking
from printserver.plugins import load_plugins
from printserver.transport import finding
from printserver.transport.address import TcpAddress
from printserver.transport.finding import Announced, Finder, Surroundings
from printserver.transport.line_census import PlaceUnread, Port
from tests.transport.usb_kit import Echo, host_of, printer_of

DEVICE_ID = b"MFG:Evolis;MDL:Primacy;CMD:ESC;"
EVOLIS = Label(0x0F49, 0x0A00, "P100", "Evolis", "Card Printer")
MAGICARD = Label(0x0C1F, 0x2800, "", "Magicard", "Rio Pro")
KEYBOARD = Label(0x046D, 0xC31C, "K1", "Somebody", "Keyboard", interface_class=3)


class Printer(Echo):
    """A printer that answers for its device id, as its bytes say."""

    def __init__(self, answer: bytes = DEVICE_ID) -> None:
        super().__init__()
        self.answer = answer

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        self.asked.append((request_type, request, value, index))
        head = (len(self.answer) + 2).to_bytes(2, "big")
        return (head + self.answer)[:length] if (request_type, request) == (0xA1, 0) else None


@dataclass
class Line:
    """A serial line as pyserial tells of it."""

    device: str
    description: str = ""
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    manufacturer: str | None = None
    product: str | None = None


@cache
def claimants() -> Claimants:
    return Claimants(load_plugins(safe=True).manager)


class Place:
    """A machine and what hangs at it."""

    def __init__(self, folder: Path, *printers: UsbPrinter) -> None:
        self.folder, self.lines = folder, list[Port]()
        self.heard: list[Announced] | Exception = []
        self.connected: list[TcpAddress] = []
        self.asked: list[str] = []
        around = Surroundings(host_of(folder, *printers), lambda: self.lines, self._browse, self._connect, self._told)
        self.finder = Finder(claimants(), around)

    def _browse(self) -> Sequence[Announced]:
        if isinstance(self.heard, Exception):
            raise self.heard
        return self.heard

    def _told(self, host: str) -> dict[str, str]:
        self.asked.append(host)
        return {"mfg": "Evolis", "mdl": "Primacy"}

    def _connect(self, address: TcpAddress) -> None:
        self.connected.append(address)
        if address.port == 9:
            raise LinkLost(0, "connection refused")

    def look(self, *, network: bool = False, everything: bool = False, **printers: str) -> list[FoundDevice]:
        found = self.finder.look(Looking(network=network, everything=everything), printers)
        assert found.not_looked == ()
        return list(found.devices)

    def show(self, path: str, text: str = "") -> Path:
        """Put a file where the kernel would."""
        made = self.folder / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text)
        return made


def test_a_printer_is_told_with_its_driver_and_why(tmp_path: Path) -> None:
    device = Printer()
    [found] = Place(tmp_path, printer_of(EVOLIS, device)).look()
    assert (found.device, found.transport, found.title) == ("usb:P100", "usb", "Evolis Primacy")
    assert found.ids == {
        "vid": "0f49", "pid": "0a00", "serial": "P100", "maker": "Evolis", "name": "Card Printer",
        "mfg": "Evolis", "mdl": "Primacy", "cmd": "ESC",
    }  # fmt: skip
    assert found.claim is not None
    assert (found.claim.driver, found.claim.model, found.claim.serial) == ("evolis", "primacy", "P100")
    assert [ground.id for ground in found.claim.grounds] == ["vid", "mfg"]
    assert found.trouble is None
    assert device.asked == [(0xA1, 0, 0, 0)]


def test_it_is_let_go_again(tmp_path: Path) -> None:
    printer = printer_of(EVOLIS, Printer())
    Place(tmp_path, printer).look()
    assert printer.owner is None


def test_two_without_a_serial_number_are_told_by_their_ports(tmp_path: Path) -> None:
    found = Place(tmp_path, printer_of(MAGICARD), printer_of(MAGICARD)).look()
    assert [each.device for each in found] == ["usb:@1-1.1", "usb:@1-1.2"]


@pytest.mark.parametrize("serial", ["P100", "@1-1.2", "0f49:0a00"])
def test_a_serial_number_that_means_something_else_is_no_address(tmp_path: Path, serial: str) -> None:
    twins = [printer_of(Label(0x0F49, 0x0A00, serial), Printer()) for _ in range(2)]
    assert [each.device for each in Place(tmp_path, *twins).look()] == ["usb:@1-1.1", "usb:@1-1.2"]


def test_what_is_no_printer_is_told_only_when_it_is_asked_for(tmp_path: Path) -> None:
    keyboard = Printer()
    place = Place(tmp_path, printer_of(KEYBOARD, keyboard))
    assert place.look() == []
    [found] = place.look(everything=True)
    assert (found.device, found.claims) == ("usb:K1", ())
    assert keyboard.asked == []  # it has no printer's interface to ask


def test_a_driver_knows_a_device_that_does_not_say_it_is_a_printer(tmp_path: Path) -> None:
    own = Label(0x0F49, 0x0A00, "P100", interface_class=0xFF)
    device = Printer()
    [found] = Place(tmp_path, printer_of(own, device)).look()
    assert [claim.driver for claim in found.claims] == ["evolis"]
    assert device.asked == []


@pytest.mark.parametrize("address", ["usb:P100", "usb:@1-1.1", "usb:0f49:0a00", "usblp:/dev/usb/lp0"])
def test_one_that_a_printer_has_is_told_with_its_name_and_left_alone(tmp_path: Path, address: str) -> None:
    device = Printer()
    printer = printer_of(EVOLIS, device)
    place = Place(tmp_path, printer)
    file = place.show("dev/usb/lp0")
    place.show("sys/bus/usb/devices/1-1.1/1-1.1:1.0/usbmisc/lp0")
    address = address.replace("/dev/usb/lp0", str(file))
    [found] = place.look(spare="tcp:192.0.2.1:9100", gone="emulated", desk=address)
    assert (found.printer, found.trouble) == ("desk", None)
    assert found.others == (f"usblp:{file}",)
    assert (device.asked, device.hosts) == ([], 0)


def test_one_that_may_not_be_opened_is_told_with_the_rule_that_permits_it(tmp_path: Path) -> None:
    printer = printer_of(EVOLIS, Printer())
    printer.refuses = errno.EACCES
    [found] = Place(tmp_path, printer).look()
    assert [claim.driver for claim in found.claims] == ["evolis"]
    assert found.trouble is not None
    assert found.trouble.code == "device-forbidden"
    assert 'ATTR{idVendor}=="0f49", ATTR{idProduct}=="0a00", GROUP="lp", MODE="0660"' in found.trouble.detail
    assert "71-printserver-usb.rules" in found.trouble.detail


def test_one_that_another_program_works_with_is_told_so(tmp_path: Path) -> None:
    printer = printer_of(EVOLIS, Printer())
    place = Place(tmp_path, printer)
    printer.owner = owner = object()
    [found] = place.look()
    assert found.trouble is not None
    assert found.trouble.code == "device-held"
    assert printer.owner is owner


def test_what_the_kernel_shows_is_read_and_the_device_is_not_asked(tmp_path: Path) -> None:
    device = Printer()
    place = Place(tmp_path, printer_of(EVOLIS, device))
    place.show("sys/bus/usb/devices/1-1.1:1.0/ieee1284_id", "MFG:Evolis;MDL:Zenius;\n")
    [found] = place.look()
    assert found.claim is not None
    assert found.claim.model == "zenius"
    assert device.asked == []


@pytest.mark.parametrize("answer", [
    b"", b"\x00" * 1022, b"MFG:\x1b]0;owned\x07;" * 90, b"MFG:Evolis;" + b"\xff\xfe" * 500, b";" * 1022,
    "MFG:‮silovE;MDL:Primacy;".encode(),
])  # fmt: skip
def test_a_hostile_device_id_harms_nobody(tmp_path: Path, answer: bytes) -> None:
    [found] = Place(tmp_path, printer_of(EVOLIS, Printer(answer))).look()
    assert [claim.driver for claim in found.claims] == ["evolis"]
    assert all(text.isprintable() for text in (*found.ids.values(), found.title))


def test_one_that_is_pulled_out_meanwhile_is_no_fault(tmp_path: Path) -> None:
    printer = printer_of(EVOLIS, Printer())

    class Going(Printer):
        def control(self, *asked: object) -> bytes | None:
            raise usb.core.USBError("gone", None, errno.ENODEV)

    [found] = Place(tmp_path, printer_of(EVOLIS, Going())).look()
    assert found.trouble is None
    printer.refuses = errno.ENODEV
    [found] = Place(tmp_path, printer).look()
    assert found.trouble is not None
    assert "is gone" in found.trouble.detail


def test_one_that_does_not_answer_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulled = Event()

    class Hanging(Printer):
        def control(self, *asked: object) -> bytes | None:
            pulled.wait(30)
            return None

    monkeypatch.setattr(finding, "ASK_SECONDS", 0.2)
    other = Label(0x0F49, 0x0A00, "P200")
    hanging, well = Place(tmp_path, printer_of(EVOLIS, Hanging()), printer_of(other, Printer())).look()
    pulled.set()
    assert hanging.trouble is not None
    assert "does not answer" in hanging.trouble.detail
    assert (well.ids["mdl"], well.trouble) == ("Primacy", None)


def test_a_machine_without_libusb_still_tells_of_the_kernels_printers(tmp_path: Path) -> None:
    place = Place(tmp_path)
    around = Surroundings(host_of(tmp_path), list)
    object.__setattr__(around.usb, "backend", NoLibrary())
    finder = Finder(claimants(), around)
    found = finder.look(Looking(), {})
    assert [each.what for each in found.not_looked] == ["usb"]
    assert found.not_looked[0].remedy == "apt-get install libusb-1.0-0"
    lp0 = place.show("dev/usb/lp0")
    interface = place.show("sys/devices/1-1/1-1:1.0/ieee1284_id", "MFG:Magicard;MDL:Rio Pro;").parent
    place.show("sys/devices/1-1/idVendor", "0c1f\n")
    shown = tmp_path / "sys/class/usbmisc/lp0/device"
    shown.parent.mkdir(parents=True)
    shown.symlink_to(interface)
    found = finder.look(Looking(), {})
    [device] = found.devices
    assert (device.device, device.transport) == (f"usblp:{lp0}", "usblp")
    assert device.claim is not None
    assert (device.claim.driver, device.claim.model) == ("magicard", "riopro")
    assert [each.what for each in found.not_looked] == ["usb"]


class NoLibrary:
    """A backend that is not there."""

    def enumerate_devices(self) -> Iterator[object]:
        raise usb.core.NoBackendError("No backend available")


def test_a_serial_line_is_told_and_not_opened(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    place = Place(tmp_path)
    place.lines = [Line(path), Line("/dev/ttyS9")]
    os.close(slave)  # from here on a master that is read fails until somebody opens the line
    os.set_blocking(master, False)
    found = place.look(desk="serial:/dev/ttyS9?baud=19200")
    assert {each.device: each.printer for each in found} == {f"serial:{path}": "", "serial:/dev/ttyS9": "desk"}
    with pytest.raises(OSError, match="Input/output error"):
        os.read(master, 1)
    os.close(master)


def test_an_adapter_with_a_serial_number_is_told_by_the_name_that_stays(tmp_path: Path) -> None:
    place = Place(tmp_path)
    line = place.show("dev/ttyUSB0")
    link = tmp_path / "dev/serial/by-id/usb-Evolis_77-if00"
    link.parent.mkdir(parents=True)
    link.symlink_to(line)
    place.lines = [Line(str(line), vid=0x0F49, pid=0xA, serial_number="77", manufacturer="Evo\x1blis")]
    [found] = place.look()
    assert (found.device, found.others) == (f"serial:{link}", (f"serial:{line}",))
    assert found.ids == {"vid": "0f49", "pid": "000a", "serial": "77", "maker": "Evolis"}
    assert [claim.driver for claim in found.claims] == ["evolis"]
    place.lines = [Line(str(line))]
    [found] = place.look(desk=f"serial:{link}")
    assert (found.device, found.printer) == (f"serial:{line}", "desk")


def test_serial_lines_that_cannot_be_listed_hide_nothing_else(tmp_path: Path) -> None:
    place = Place(tmp_path, printer_of(EVOLIS, Printer()))
    place.lines = [Line(None)]  # type: ignore[arg-type]  # what pyserial gives of an adapter that is just pulled out
    place.lines *= 2
    found = place.finder.look(Looking(), {})
    assert [each.device for each in found.devices] == ["usb:P100"]
    assert [each.what for each in found.not_looked] == ["serial"]


ANNOUNCED = Announced("Badges", ("192.0.2.7", "badges.local"), 9100, "ipp://badges.local:631/ipp/print",
                      {"mfg": "Evolis", "mdl": "Primacy", "ty": "Evolis Primacy"})  # fmt: skip


def test_the_network_is_listened_to_only_when_it_is_asked_for(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.heard = [ANNOUNCED, Announced("Office", ("192.0.2.8",), address="ipp://office.local:631/ipp/print")]
    assert place.look() == []
    badges, office = place.look(network=True)
    assert (badges.device, badges.transport, badges.title) == ("tcp:192.0.2.7:9100", "tcp", "Badges")
    assert badges.claim is not None
    assert (badges.claim.driver, badges.claim.model) == ("evolis", "primacy")
    assert (office.device, office.transport, office.claims) == ("ipp://office.local:631/ipp/print", "ipp", ())
    assert place.connected == []


def test_an_announced_one_that_a_printer_has_is_told_with_its_name(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.heard = [ANNOUNCED]
    [found] = place.look(network=True, desk="tcp:Badges.local:9100")
    assert found.printer == "desk"
    [found] = place.look(network=True, desk="tcp:badges.local:9101")
    assert found.printer == ""


def test_a_network_that_cannot_be_heard_hides_nothing_else(tmp_path: Path) -> None:
    place = Place(tmp_path, printer_of(EVOLIS, Printer()))
    place.heard = PlaceUnread("network is down")
    found = place.finder.look(Looking(network=True), {})
    assert [each.device for each in found.devices] == ["usb:P100"]
    assert [(each.what, each.why) for each in found.not_looked] == [("network", "network is down")]
    deaf = Finder(claimants(), Surroundings(host_of(tmp_path), list))
    [missing] = deaf.look(Looking(network=True), {}).not_looked
    assert "zeroconf" in missing.why


def test_one_address_is_looked_at_and_nothing_else(tmp_path: Path) -> None:
    device = Printer()
    place = Place(tmp_path, printer_of(EVOLIS, device))
    [found] = place.finder.look(Looking(at="tcp:192.0.2.7:9100", network=True), {}).devices
    assert (found.device, found.title, found.trouble) == ("tcp:192.0.2.7:9100", "Evolis Primacy", None)
    assert found.claim is not None
    assert (found.claim.driver, found.claim.model) == ("evolis", "primacy")
    [found] = place.finder.look(Looking(at="tcp:192.0.2.7:9"), {}).devices
    assert found.trouble is not None
    assert found.trouble.detail == "connection refused"
    assert place.connected == [TcpAddress("192.0.2.7", 9100), TcpAddress("192.0.2.7", 9)]
    [found] = place.finder.look(Looking(at="tcp:192.0.2.7:9100"), {"desk": "tcp:192.0.2.7:9100"}).devices
    assert found.printer == "desk"
    assert len(place.connected) == 2
    assert place.asked == ["192.0.2.7"]
    assert device.asked == []


@pytest.mark.parametrize("at", ["192.0.2.0/24", "tcp:192.0.2.7", "tcp::9100", "usb:P100", "loop:", "unix:/run/x"])
def test_what_is_no_port_of_a_host_is_refused(tmp_path: Path, at: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Place(tmp_path).finder.look(Looking(at=at), {})
    assert refused.value.where == "at"
