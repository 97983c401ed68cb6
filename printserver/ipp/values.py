"""The bytes of one value, both ways (RFC 8010 section 3.9, table 7).

Laws:
1. `decode_value` ends in a value or in `MalformedMessage`; `encode_value` in bytes or in `NotEncodable`.
2. What decodes, encodes to the same bytes. The one exception is the 61st second of a minute, which Python's datetime
   cannot hold: it reads as second 59.
3. Text is UTF-8, of which US-ASCII is a part; no other charset is read or written.

Collections have no bytes of their own: `parse.py` and `encode.py` walk through their members.
"""
from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Final

from .attributes import (
    Boolean,
    Collection,
    DateTime,
    Enum,
    Integer,
    LocalizedString,
    OctetString,
    Opaque,
    OutOfBand,
    Range,
    Resolution,
    String,
    Value,
)
from .errors import MalformedMessage, NotEncodable
from .tags import OUT_OF_BAND, STRINGS, WITH_LANGUAGE, ValueTag

INTEGER: Final = struct.Struct(">i")
RANGE: Final = struct.Struct(">ii")
RESOLUTION: Final = struct.Struct(">iib")
DATE_TIME: Final = struct.Struct(">HBBBBBBcBB")
"""RFC 2579 DateAndTime: year, month, day, hour, minute, second, deciseconds, sign, hours and minutes from UTC."""
MAXIMUM_LENGTH: Final = 0x7FFF
"""Names and values have a SIGNED-SHORT length (RFC 8010 section 3.2)."""


def decode_text(data: bytes) -> str:
    """Read UTF-8 text; raises MalformedMessage."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedMessage(f"text is not UTF-8 from byte {error.start} on") from None


def encode_text(text: str) -> bytes:
    """Write UTF-8 text; raises NotEncodable on a lone surrogate."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise NotEncodable("text holds half a surrogate pair, which UTF-8 has no bytes for") from None


def decode_value(tag: int, data: bytes) -> Value:
    """Read one value that is no collection; raises MalformedMessage when length or content do not fit the tag."""
    if tag in STRINGS:
        return String(ValueTag(tag), decode_text(data))
    if tag in WITH_LANGUAGE:
        return _decode_localized(ValueTag(tag), data)
    if tag in OUT_OF_BAND:
        _require_length(data, 0, "an out-of-band value")
        return OutOfBand(ValueTag(tag))
    decoder = _DECODERS.get(tag)
    return decoder(data) if decoder else Opaque(tag, data)


def encode_value(value: Value) -> bytes:
    """Write one value that is no collection, without tag and length; raises NotEncodable."""
    try:
        return _encode(value)
    except struct.error:
        raise NotEncodable(f"a number in {value!r} is out of range") from None


def _encode(value: Value) -> bytes:
    match value:
        case Integer(number) | Enum(number):
            return INTEGER.pack(number)
        case Boolean(truth):
            return b"\x01" if truth else b"\x00"
        case String(_, text):
            return encode_text(text)
        case LocalizedString(_, language, text):
            return _with_length(encode_text(language)) + _with_length(encode_text(text))
        case OctetString(data) | Opaque(_, data):
            return data
        case DateTime(moment):
            return _encode_moment(moment)
        case Resolution(cross_feed, feed, units):
            return RESOLUTION.pack(cross_feed, feed, units)
        case Range(lower, upper):
            return RANGE.pack(lower, upper)
        case OutOfBand():
            return b""
        case Collection():
            raise NotEncodable("a collection has no bytes of its own")


def _with_length(data: bytes) -> bytes:
    if len(data) > MAXIMUM_LENGTH:
        raise NotEncodable(f"{len(data)} bytes do not fit a length of two bytes", allowed=f"up to {MAXIMUM_LENGTH}")
    return struct.pack(">h", len(data)) + data


def _require_length(data: bytes, length: int, what: str) -> None:
    if len(data) != length:
        raise MalformedMessage(f"{what} has {len(data)} bytes", allowed=str(length))


def _decode_integer(data: bytes) -> Integer:
    _require_length(data, INTEGER.size, "an integer")
    return Integer(*INTEGER.unpack(data))


def _decode_enum(data: bytes) -> Enum:
    _require_length(data, INTEGER.size, "an enum")
    return Enum(*INTEGER.unpack(data))


def _decode_boolean(data: bytes) -> Boolean:
    if data not in (b"\x00", b"\x01"):
        raise MalformedMessage("a boolean is neither 0 nor 1")
    return Boolean(data == b"\x01")


def _decode_range(data: bytes) -> Range:
    _require_length(data, RANGE.size, "a rangeOfInteger")
    return Range(*RANGE.unpack(data))


def _decode_resolution(data: bytes) -> Resolution:
    _require_length(data, RESOLUTION.size, "a resolution")
    return Resolution(*RESOLUTION.unpack(data))


def _decode_extension(data: bytes) -> Opaque:
    # The first four bytes are the real tag (RFC 8010 section 3.5.2); it stays with the bytes.
    if len(data) < 4:
        raise MalformedMessage("an extension value is too short for its tag", allowed="4 bytes or more")
    return Opaque(ValueTag.EXTENSION, data)


def _decode_localized(tag: ValueTag, data: bytes) -> LocalizedString:
    language, rest = _split_field(data)
    text, surplus = _split_field(rest)
    if surplus:
        raise MalformedMessage(f"{len(surplus)} bytes follow a text with language")
    return LocalizedString(tag, decode_text(language), decode_text(text))


def _split_field(data: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(data[:2], "big")
    end = 2 + length
    if len(data) < end or length > MAXIMUM_LENGTH:
        raise MalformedMessage("a text with language is shorter than it says")
    return data[2:end], data[end:]


def _decode_moment(data: bytes) -> DateTime:
    _require_length(data, DATE_TIME.size, "a dateTime")
    year, month, day, hour, minute, second, tenths, sign, offset_hours, offset_minutes = DATE_TIME.unpack(data)
    if sign not in b"+-" or offset_hours > 14 or offset_minutes > 59 or tenths > 9 or second > 60:
        raise MalformedMessage("a dateTime is out of range")
    offset = timedelta(hours=offset_hours, minutes=offset_minutes) * (1 if sign == b"+" else -1)
    try:
        return DateTime(datetime(year, month, day, hour, minute, min(second, 59), tenths * 100_000, timezone(offset)))
    except ValueError as error:
        raise MalformedMessage(f"a dateTime is out of range: {error}") from None


def _encode_moment(moment: datetime) -> bytes:
    offset = moment.utcoffset()
    if offset is None:
        raise NotEncodable("a dateTime needs its offset from UTC")
    minutes, remainder = divmod(abs(offset), timedelta(minutes=1))
    if remainder or minutes >= 15 * 60:
        raise NotEncodable(f"an offset of {offset} from UTC has no bytes", allowed="whole minutes up to 14:59")
    sign = b"-" if offset < timedelta(0) else b"+"
    return DATE_TIME.pack(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second,
                          moment.microsecond // 100_000, sign, *divmod(minutes, 60))


_DECODERS: Final[dict[int, Callable[[bytes], Value]]] = {
    ValueTag.INTEGER: _decode_integer,
    ValueTag.ENUM: _decode_enum,
    ValueTag.BOOLEAN: _decode_boolean,
    ValueTag.OCTET_STRING: OctetString,
    ValueTag.DATE_TIME: _decode_moment,
    ValueTag.RESOLUTION: _decode_resolution,
    ValueTag.RANGE_OF_INTEGER: _decode_range,
    ValueTag.EXTENSION: _decode_extension,
}
