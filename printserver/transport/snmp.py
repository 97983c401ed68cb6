"""Asking a network printer what it is, by SNMP: one question a datagram, which no printer takes for something to print.

Laws kept here:

1. Only for reading, and only for two values: the IEEE 1284 device id, and where that is not told the device's own
   description.
2. What answers is hostile: an answer ends in a value, or in none.
3. A printer that does not answer is not asked a third time. All calls here block, two seconds at the longest.

Sources: RFC 1157 section 4.1 (messages), ITU-T X.690 section 8 (basic encoding rules); PWG 5107.1,
`ppmPrinterIEEE1284DeviceId`; RFC 2790, `hrDeviceDescr`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from printserver.model.display import harmless
from printserver.transport.device_id import LONGEST, parse_device_id, parse_words

PORT = 161
SECONDS = 1.0
TRIES = 2
MOST_BYTES = 2048
COMMUNITY = b"public"
DEVICE_ID = (1, 3, 6, 1, 4, 1, 2699, 1, 2, 1, 2, 1, 1, 3, 1)
DESCRIPTION = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 3, 1)

INTEGER, OCTETS, NULL, OBJECT, SEQUENCE, GET, ANSWER = 0x02, 0x04, 0x05, 0x06, 0x30, 0xA0, 0xA2
LONG, LENGTH_BYTES = 0x80, 2


def network_ids(
    host: str, *, port: int = PORT, seconds: float = SECONDS, randomness: Callable[[int], bytes] = os.urandom
) -> dict[str, str]:
    """Return what a host tells of the printer in it, by the keys of ids; nothing where it tells nothing."""
    number = int.from_bytes(randomness(3), "big") + 1
    value = _asked(host, port, DEVICE_ID, number, seconds)
    if value is None:
        return {}
    words = parse_words(value.decode(errors="replace")) or parse_device_id(value)
    if words:
        return words
    described = harmless((_asked(host, port, DESCRIPTION, number + 1, seconds) or b"").decode(errors="replace"))
    return {"des": shown} if (shown := described[:LONGEST].strip()) else {}


def _asked(host: str, port: int, what: tuple[int, ...], number: int, seconds: float) -> bytes | None:
    """Return the value, empty where the host has none, None where nothing answers."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as line:
            line.settimeout(seconds)
            line.connect(address)  # so that nobody else's datagrams come here
            for _ in range(TRIES):
                line.send(question(what, number))
                try:
                    return answer(line.recv(MOST_BYTES), what, number) or b""
                except TimeoutError:
                    continue
    except (OSError, UnicodeError):
        return None
    return None


def question(what: tuple[int, ...], number: int) -> bytes:
    """Return the message that asks for one value; `number` is told again in the answer."""
    pair = _element(SEQUENCE, _object(what) + _element(NULL, b""))
    request = _integer(number) + _integer(0) + _integer(0) + _element(SEQUENCE, pair)
    return _element(SEQUENCE, _integer(0) + _element(OCTETS, COMMUNITY) + _element(GET, request))


def answer(message: bytes, what: tuple[int, ...], number: int) -> bytes | None:
    """Return the text that a message answers to the question of this number; None where it is no such answer."""
    try:
        whole, _ = _read(message, SEQUENCE)
        _, rest = _read(whole, INTEGER)
        _, rest = _read(rest, OCTETS)
        told, _ = _read(rest, ANSWER)
        asked, rest = _read(told, INTEGER)
        fault, rest = _read(rest, INTEGER)
        _, rest = _read(rest, INTEGER)
        pairs, _ = _read(rest, SEQUENCE)
        pair, _ = _read(pairs, SEQUENCE)
        named, rest = _read(pair, OBJECT)
        value, _ = _read(rest, OCTETS)
    except ValueError:
        return None
    fits = int.from_bytes(asked, "big") == number and not any(fault) and _element(OBJECT, named) == _object(what)
    return value if fits else None


def _read(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the content of the first element, and what stands after it; raises ValueError for another tag."""
    if len(data) < 2 or data[0] != tag:
        raise ValueError("another element is here")
    length, start = data[1], 2
    if length & LONG:
        size = length & ~LONG
        if not 1 <= size <= LENGTH_BYTES:
            raise ValueError("no such length is sent here")
        start += size
        length = int.from_bytes(data[2:start], "big")
    if len(data) < start + length:
        raise ValueError("the element is cut off")
    return data[start : start + length], data[start + length :]


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < LONG else bytes([LONG | LENGTH_BYTES]) + size.to_bytes(LENGTH_BYTES, "big")
    return bytes([tag]) + length + content


def _integer(value: int) -> bytes:
    return _element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _object(numbers: tuple[int, ...]) -> bytes:
    first, second, *others = numbers
    return _element(OBJECT, bytes([40 * first + second]) + b"".join(map(_base_128, others)))


def _base_128(number: int) -> bytes:
    """Return a number in groups of seven bits, each but the last with its high bit set (X.690 section 8.19)."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))
