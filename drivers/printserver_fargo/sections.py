"""Sections: what a print stream says, written and read.

Laws kept here:

1. A section begins with the packet that it begins in; one reader serves the emulator, recorded jobs and the tests.
2. A panel ends where its header says: the bytes behind the header, and eight for each packet after the first.
3. Bytes may be hostile: reading ends in a token or in "more is needed"; it never raises.

| piece | bytes | source |
|---|---|---|
| job begins | packet `s` empty, packet `s` of eight zeros | others.md A2 |
| configuration | type 1, 48 bytes, for two sides 50 | A3 |
| panel | type 15, 30 bytes, then row records | A3 |
| job ends | type 99, 14 bytes | A3 |
| command | packet `g` of version 0, 32 bytes | A6 |
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TypeAlias

from printserver_fargo.packets import COMMAND, WRAPPING, Junk, Packet, PacketReader, count_of, packet, packets

CONFIGURATION, PANEL, END = 1, 15, 99
# Only ribbon and thickness are known by name; all else stands as it was recorded.
SINGLE = bytes.fromhex(
    "0100000028000000220001000000000000000000000000030100000000000000"
    "00000000000000001e00000000000000"
)
DUAL = bytes.fromhex(
    "010000002a000000240001000000000001000000000000030100000000000000"
    "00000000000000001e000000010000000000"
)
RIBBON_AT, THICKNESS_AT = 14, 40
END_SECTION = bytes.fromhex("6300000006000000000000000000")
START = packet("s") + packet("s", bytes(8))

SECTION = struct.Struct("<II")
PANEL_HEAD = struct.Struct("<IIHHHHHHHII")
PANEL_LENGTH, PANEL_INNER = 22, 16
ORDER = struct.Struct("<IIII16x")
ORDER_TYPE = 1
CALIBRATE_RIBBON, CALIBRATE_LAMINATION, CLEAN = 0x11, 0x13, 0x14

# Twice the lines of a card; what they take when every byte of them is told by two.
MOST_LINES = 2048
MOST_BYTES = MOST_LINES * (10 + 2 * 768) * 520 // 512
MOST_UNKNOWN = 65_536


@dataclass(frozen=True, slots=True)
class Configuration:
    """The job's ribbon by its id, whether it has two sides, the card's thickness in thousandths of an inch."""

    ribbon: int
    dual: bool = False
    thickness: int = 30


@dataclass(frozen=True, slots=True)
class PanelHead:
    """What a panel's header says: place among its side's panels, side 1 or 2, id, first line, count of lines."""

    index: int
    side: int
    panel: int
    first: int
    lines: int


@dataclass(frozen=True, slots=True)
class PanelSection:
    """One panel, whole; `data` are its row records."""

    head: PanelHead
    data: bytes


@dataclass(frozen=True, slots=True)
class JobStart:
    """A job begins."""


@dataclass(frozen=True, slots=True)
class JobEnd:
    """The job is whole."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command to the printer itself."""

    command: int
    argument: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A section or packet of a kind that is not known, whole; `what` names it."""

    what: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that is not what it should be; `what` names it."""

    what: str


Token: TypeAlias = Configuration | PanelSection | JobStart | JobEnd | Order | Unknown | Broken


def configuration(told: Configuration) -> bytes:
    """Return the section that begins a job."""
    section = bytearray(DUAL if told.dual else SINGLE)
    struct.pack_into("<H", section, RIBBON_AT, told.ribbon)
    struct.pack_into("<I", section, THICKNESS_AT, told.thickness)
    return bytes(section)


def panel_section(head: PanelHead, data: bytes) -> bytes:
    """Return a panel's section with its header."""
    later_packets = count_of(PANEL_HEAD.size + len(data)) - 1
    return PANEL_HEAD.pack(
        PANEL, PANEL_LENGTH, PANEL_INNER, head.index, head.side, head.panel, 0, head.first, head.lines,
        len(data) + WRAPPING * later_packets, 0,
    ) + data  # fmt: skip


def order(command: int, argument: int = 0) -> bytes:
    """Return the packet of a command."""
    return packet("g", ORDER.pack(ORDER_TYPE, 0, command, argument), COMMAND)


def sent(section: bytes) -> bytes:
    """Return a section as packets of a print stream."""
    return packets(section)


@dataclass(slots=True)
class _Open:
    """A section that goes on in the packets to come; `wanted` counts wire bytes behind the first packet's beginning."""

    head: PanelHead | None
    what: str
    wanted: int
    data: bytearray
    counted: int


class SectionReader:
    """Reads a host's bytes; `pending` counts those behind the last whole section."""

    def __init__(self) -> None:
        self._packets = PacketReader()
        self._open: _Open | None = None
        self._since = 0

    @property
    def pending(self) -> int:
        """Return the count of bytes that are no whole section yet."""
        return self._since + self._packets.held

    def feed(self, data: bytes) -> list[Token]:
        """Take bytes and return the tokens that are whole now."""
        found: list[Token] = []
        for one in self._packets.feed(data):
            match one:
                case Junk():
                    found += self._leave(Broken("bytes outside of a packet"))
                case Packet():
                    found += self._packet(one)
        return found

    def _leave(self, why: Broken) -> list[Token]:
        """Give up the section under way, if there is one."""
        cut = self._open
        self._open, self._since = None, 0
        return [why] if cut is None else [Broken(f"{cut.what} cut short"), why]

    def _packet(self, one: Packet) -> list[Token]:
        if one.kind == "g" and one.version != COMMAND:
            return self._continued(one) if self._open is not None else self._begun(one)
        cut: list[Token] = [] if self._open is None else [Broken(f"{self._open.what} cut short")]
        self._open, self._since = None, 0
        if one.kind == "g":
            return [*cut, _order_of(one.payload)]
        match one.payload:
            case b"":
                return [*cut, JobStart()]
            case payload if payload == bytes(8):
                return cut
            case payload:
                return [*cut, Unknown(f"packet Fs of {len(payload)} bytes")]

    def _begun(self, one: Packet) -> list[Token]:
        self._since = 0
        payload = one.payload
        if len(payload) < SECTION.size:
            return [Broken("section without length")]
        kind, length = SECTION.unpack_from(payload)
        whole = SECTION.size + length == len(payload)
        match kind:
            case 1 if whole and len(payload) in (len(SINGLE), len(DUAL)):
                return [_configuration_of(payload)]
            case 99 if whole:
                return [JobEnd()]
            case 15 if length == PANEL_LENGTH and len(payload) >= PANEL_HEAD.size:
                return self._panel_begun(one)
            case 1 | 99 | 15:
                return [Broken(f"section {kind} of {length} bytes")]
            case _ if length > MOST_UNKNOWN:
                return [Broken(f"section {kind} of {length} bytes")]
            case _:
                self._open = _Open(None, f"section {kind}", SECTION.size + length, bytearray(), len(payload))
                return self._ended(one)

    def _panel_begun(self, one: Packet) -> list[Token]:
        _, _, inner, index, side, number, _, first, lines, length, _ = PANEL_HEAD.unpack_from(one.payload)
        if inner != PANEL_INNER or lines > MOST_LINES or length > MOST_BYTES:
            return [Broken("panel header")]
        data = bytearray(one.payload[PANEL_HEAD.size :])
        head = PanelHead(index, side, number, first, lines)
        self._open = _Open(head, f"panel {number}", length, data, len(data))
        return self._ended(one)

    def _continued(self, one: Packet) -> list[Token]:
        assert self._open is not None
        self._open.data += one.payload
        # Behind an unknown section's own length nothing is known of wrapping.
        self._open.counted += len(one.payload) + (WRAPPING if self._open.head is not None else 0)
        return self._ended(one)

    def _ended(self, one: Packet) -> list[Token]:
        """Return the section under way if it is whole with this packet."""
        under_way = self._open
        assert under_way is not None
        if under_way.counted < under_way.wanted:
            self._since += one.size
            return []
        self._open, self._since = None, 0
        if under_way.head is None:
            return [Unknown(under_way.what)]
        if under_way.counted > under_way.wanted:
            return [Broken(f"{under_way.what} too long")]
        return [PanelSection(under_way.head, bytes(under_way.data))]


def _configuration_of(payload: bytes) -> Configuration:
    (ribbon,) = struct.unpack_from("<H", payload, RIBBON_AT)
    (thickness,) = struct.unpack_from("<I", payload, THICKNESS_AT)
    return Configuration(ribbon, len(payload) == len(DUAL), thickness)


def _order_of(payload: bytes) -> Token:
    if len(payload) != ORDER.size:
        return Unknown(f"command of {len(payload)} bytes")
    kind, _, command, argument = ORDER.unpack(payload)
    return Order(command, argument) if kind == ORDER_TYPE else Unknown(f"command type {kind}")
