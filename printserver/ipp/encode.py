"""Writing an IPP message as bytes (RFC 8010 section 3.1); its document data, if any, follows them."""
from __future__ import annotations

import struct

from .attributes import Attribute, Collection, Value
from .errors import NotEncodable
from .message import Group, Message
from .tags import END_OF_ATTRIBUTES, FIRST_VALUE_TAG, STRUCTURAL, ValueTag
from .values import MAXIMUM_LENGTH, encode_text, encode_value

MAXIMUM_DEPTH = 64
"""Far deeper than any registered attribute; a guard for messages that a program builds wrongly."""


def encode(message: Message) -> bytes:
    """The bytes of a message up to and with its end-of-attributes tag; raises NotEncodable."""
    out = bytearray(_header(message))
    for group in message.groups:
        _write_group(out, group)
    out.append(END_OF_ATTRIBUTES)
    return bytes(out)


def _header(message: Message) -> bytes:
    try:
        return struct.pack(">BBHi", *message.version, message.code, message.request_id)
    except struct.error as error:
        raise NotEncodable(f"the header is out of range: {error}") from None


def _write_group(out: bytearray, group: Group) -> None:
    if not 0 < group.tag < FIRST_VALUE_TAG or group.tag == END_OF_ATTRIBUTES:
        raise NotEncodable(f"0x{group.tag:02x} is no tag of a group")
    out.append(group.tag)
    for attribute in group.attributes:
        _write_attribute(out, attribute)


def _write_attribute(out: bytearray, attribute: Attribute) -> None:
    if not attribute.name or not attribute.values:
        raise NotEncodable("an attribute needs a name and a value", where=attribute.name)
    name = encode_text(attribute.name)
    for value in attribute.values:
        _write_value(out, name, value, depth=0)
        name = b""


def _write_value(out: bytearray, name: bytes, value: Value, depth: int) -> None:
    if isinstance(value, Collection):
        _write_item(out, ValueTag.BEGIN_COLLECTION, name, b"")
        _write_members(out, value, depth + 1)
        _write_item(out, ValueTag.END_COLLECTION, b"", b"")
    elif value.tag in STRUCTURAL:
        raise NotEncodable(f"tag 0x{value.tag:02x} only shapes collections")
    else:
        _write_item(out, value.tag, name, encode_value(value))


def _write_members(out: bytearray, collection: Collection, depth: int) -> None:
    if depth > MAXIMUM_DEPTH:
        raise NotEncodable("collections are nested too deep", allowed=str(MAXIMUM_DEPTH))
    for member in collection.members:
        if not member.name or not member.values:
            raise NotEncodable("a member needs a name and a value", where=member.name)
        _write_item(out, ValueTag.MEMBER_NAME, b"", encode_text(member.name))
        for value in member.values:
            _write_value(out, b"", value, depth)


def _write_item(out: bytearray, tag: int, name: bytes, data: bytes) -> None:
    if not FIRST_VALUE_TAG <= tag <= 0xFF:
        raise NotEncodable(f"{tag} is no tag of a value")
    if max(len(name), len(data)) > MAXIMUM_LENGTH:
        raise NotEncodable("a name or value is too long", allowed=f"up to {MAXIMUM_LENGTH} bytes")
    out += struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(data)) + data
