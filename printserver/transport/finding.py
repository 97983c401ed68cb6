"""Looking for printers: what is plugged in, what the network tells of, and which driver knows each of it.

Laws kept here:

1. A device that a configured printer has is told with that printer's name, and is not touched.
2. No address is ever guessed: only what the kernel shows, what announces itself, or the one address that a person
   named is looked at.
3. Nothing that is found becomes a printer by itself, and where two drivers know a device nobody chooses.
4. A place that cannot be looked at is named with the reason; the others are looked at all the same.
5. All calls here block, for some seconds; they belong into a thread.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from printserver.dialogue import LinkLost, TimedOut
from printserver.driver.claiming import Claimants
from printserver.errors import BadRequest, ConfigurationError, PrintServerError
from printserver.model.discovery import Findings, FoundDevice, Looking, NotLooked, Trouble
from printserver.transport.address import TcpAddress, UsbAddress, parse_address
from printserver.transport.bounded import within
from printserver.transport.file_rights import PRINTER_FILE, SERIAL_LINE, Kind, forbidden
from printserver.transport.line_census import Comports, DeviceFile, PlaceUnread, printer_files, serial_lines
from printserver.transport.link import words_of
from printserver.transport.owners import Owners
from printserver.transport.snmp import network_ids
from printserver.transport.usb import UsbHost
from printserver.transport.usb_asking import Asked, ask, ids_of
from printserver.transport.usb_census import Plugged, UsbDevice, fits, plugged

ASK_SECONDS, CENSUS_SECONDS, CONNECT_SECONDS = 4.0, 10.0, 3.0
USB, USBLP, SERIAL, TCP, IPP = "usb", "usblp", "serial", "tcp", "ipp"


@dataclass(frozen=True, slots=True)
class Announced:
    """A printer that announces itself: `port` takes its own language, 0 = none; `address` is where it is otherwise."""

    name: str
    hosts: tuple[str, ...]
    port: int = 0
    address: str = ""
    ids: dict[str, str] = field(default_factory=dict)


class Browse(Protocol):
    """What listens for printers that announce themselves; it blocks, and raises PlaceUnread where it cannot."""

    def __call__(self) -> Iterable[Announced]:
        """Return those that were heard."""
        ...


def connect(address: TcpAddress) -> None:
    """Open a connection and close it again without a byte; raises LinkLost."""
    try:
        socket.create_connection((address.host, address.port), CONNECT_SECONDS).close()
    except (OSError, UnicodeError) as error:
        raise LinkLost(0, f"{address.host}, port {address.port}: {words_of(error)}") from error


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a machine has: its USB, its serial lines, and its network, `browse` None = it cannot listen there.

    `connect` tries a port, `network_ids` asks a host what it is.
    """

    usb: UsbHost
    comports: Comports
    browse: Browse | None = None
    connect: Callable[[TcpAddress], None] = connect
    network_ids: Callable[[str], dict[str, str]] = network_ids


class Finder:
    """Looks for printers in the surroundings of this process."""

    def __init__(self, claimants: Claimants, around: Surroundings) -> None:
        """Ask the drivers of `claimants` about what is found."""
        self._claimants, self._around = claimants, around

    def look(self, looking: Looking, devices: Mapping[str, str]) -> Findings:
        """Return what is found; `devices` are the addresses of configured printers by their names.

        Raises BadRequest for an address that cannot be looked at.
        """
        search = _Search(self._claimants, self._around, looking, Owners(devices))
        return search.one(looking.at) if looking.at else search.all()


class _Search:
    """One look round."""

    def __init__(self, claimants: Claimants, around: Surroundings, looking: Looking, owners: Owners) -> None:
        self._claimants, self._around, self._looking, self._owners = claimants, around, looking, owners
        self._faults: dict[str, str] = {}
        self._missing: list[NotLooked] = []

    def one(self, address: str) -> Findings:
        """Look at one address."""
        try:
            found = parse_address(address)
        except ConfigurationError as error:
            raise BadRequest(error.message, where="at", allowed="tcp:HOST:PORT") from error
        if not isinstance(found, TcpAddress):
            raise BadRequest("only a port of a host is looked at by itself", where="at", allowed="tcp:HOST:PORT")
        printer = self._owners.of_tcp([found.host], found.port)
        trouble = None if printer else _trouble_in(partial(self._around.connect, found))
        ids = {} if printer or trouble else self._around.network_ids(found.host)
        device = self._told(address, TCP, ids, printer=printer, trouble=trouble)
        return Findings(devices=(device,), not_looked=self._not_asked())

    def all(self) -> Findings:
        """Look everywhere."""
        devices: list[FoundDevice] = []
        for what, look in (("usb", self._usb), ("serial", self._serial), ("network", self._network)):
            try:
                devices += look()
            except PlaceUnread as error:
                self._missing.append(NotLooked(what=what, why=str(error), remedy="Look again."))
            except PrintServerError as error:
                self._miss(what, error)
        return Findings(devices=tuple(devices), not_looked=(*self._missing, *self._not_asked()))

    def _miss(self, what: str, error: PrintServerError) -> None:
        self._missing.append(NotLooked(what=what, why=error.message, remedy=error.allowed or error.remedy))

    def _not_asked(self) -> tuple[NotLooked, ...]:
        return tuple(
            NotLooked(what=f"driver {name}", why=why, remedy="Tell whoever made this driver.")
            for name, why in sorted(self._faults.items())
        )

    # USB

    def _usb(self) -> list[FoundDevice]:
        files = printer_files(self._around.usb.places)
        try:
            found = within(CENSUS_SECONDS, partial(plugged, self._around.usb.backend, self._around.usb.places))
        except ConfigurationError as error:
            if not files:
                raise
            self._miss(USB, error)
            found = []
        everyone = [each.device for each in found]
        at_usb = {path for device in everyone for path in self._files_of(device)}
        devices = [told for each in found if (told := self._usb_device(each, everyone)) is not None]
        return devices + [self._file(each, USBLP, PRINTER_FILE) for each in files if each.path not in at_usb]

    def _files_of(self, device: UsbDevice) -> list[Path]:
        return self._around.usb.places.printer_files(device.port)

    def _usb_device(self, each: Plugged, everyone: list[UsbDevice]) -> FoundDevice | None:
        device, files = each.device, self._files_of(each.device)
        ids, address = ids_of(device), address_of(device, everyone)
        printer = self._owners.of_usb(device, files)
        known = self._claimants.of(USB, address, ids).claims
        if not (device.printer or known or printer or self._looking.everything):
            return None
        asked = Asked() if printer else self._asked(each)
        return self._told(
            address, USB, ids | asked.words, printer=printer, trouble=asked.trouble,
            others=[f"usblp:{path}" for path in files],
        )  # fmt: skip

    def _asked(self, each: Plugged) -> Asked:
        try:
            return within(ASK_SECONDS, partial(ask, each, self._around.usb.places))
        except TimedOut:
            return Asked(trouble=LinkLost(0, f"{each.device.ids} does not answer"))

    # files

    def _serial(self) -> list[FoundDevice]:
        found = serial_lines(self._around.comports, self._around.usb.places)
        return [self._file(each, SERIAL, SERIAL_LINE) for each in found]

    def _file(self, file: DeviceFile, transport: str, kind: Kind) -> FoundDevice:
        printer = self._owners.of_files([file.path])
        # a name that the adapter's own serial number is part of still means it when it is plugged in elsewhere
        named = [*file.names, file.path] if file.ids.get("serial") else [file.path, *file.names]
        first, *others = [f"{transport}:{path}" for path in named]
        trouble = None if printer else forbidden(file.path, kind)
        return self._told(first, transport, file.ids, printer=printer, trouble=trouble, others=others)

    # network

    def _network(self) -> list[FoundDevice]:
        if not self._looking.network:
            return []
        if self._around.browse is None:
            raise ConfigurationError(
                "the package zeroconf is not installed, which looking on the network takes",
                allowed="install printserver[discovery]",
            )
        return [self._announced(each) for each in self._around.browse()]

    def _announced(self, each: Announced) -> FoundDevice:
        if not each.port or not each.hosts:
            return self._told(each.address, IPP, each.ids, title=each.name)
        host = f"[{each.hosts[0]}]" if ":" in each.hosts[0] else each.hosts[0]
        printer = self._owners.of_tcp(each.hosts, each.port)
        others = [each.address] if each.address else []
        return self._told(f"tcp:{host}:{each.port}", TCP, each.ids, printer=printer, others=others, title=each.name)

    # what is told

    def _told(
        self, address: str, transport: str, ids: dict[str, str], *, printer: str = "",
        trouble: LinkLost | None = None, others: Iterable[str] = (), title: str = "",
    ) -> FoundDevice:  # fmt: skip
        claims = self._claimants.of(transport, address, ids)
        self._faults.update(claims.faults)
        return FoundDevice(
            device=address, transport=transport, title=title or title_of(ids), ids=ids, claims=claims.claims,
            others=tuple(others), printer=printer, trouble=_trouble(trouble),
        )  # fmt: skip


def title_of(ids: Mapping[str, str]) -> str:
    """Return what a device calls itself, empty where it tells nothing."""
    maker, name = ids.get("mfg") or ids.get("maker", ""), ids.get("mdl") or ids.get("name", "")
    return name if name.lower().startswith(maker.lower()) else f"{maker} {name}".strip()


def address_of(device: UsbDevice, everyone: Iterable[UsbDevice]) -> str:
    """Return the address that means this device and no other: its serial number, else its port."""
    for text in (f"usb:{device.serial}", f"usb:@{device.port}"):
        try:
            address = parse_address(text)
        except ConfigurationError:
            continue
        if isinstance(address, UsbAddress) and [each for each in everyone if fits(address, each)] == [device]:
            return text
    return ""


def _trouble_in(call: Callable[[], None]) -> LinkLost | None:
    try:
        call()
    except LinkLost as error:
        return error
    return None


def _trouble(error: LinkLost | None) -> Trouble | None:
    if error is None:
        return None
    # nothing broke here: there was no connection before
    detail = error.message.removeprefix(f"{LinkLost().message}: ")
    return Trouble(code=error.code, detail=detail, remedy=error.remedy)
