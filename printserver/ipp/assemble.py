"""Items of an IPP message put together to attributes, collections and groups.

Laws:
1. Nesting is a list of open frames, never recursion: depth costs no stack and is limited.
2. An item without a name is one more value of the open attribute (RFC 8010 section 3.1.5); inside a collection every
   item is without a name and `memberAttrName` opens the member (section 3.1.6).
3. A member or attribute without a value, an item out of place and an unclosed collection are malformed.

|                  | in a group                     | in a collection                          |
|------------------|--------------------------------|------------------------------------------|
| named value      | opens an attribute             | malformed                                |
| nameless value   | one more value                 | a value of the open member               |
| memberAttrName   | malformed                      | opens a member                           |
| begCollection    | opens a frame                  | opens a frame                            |
| endCollection    | malformed                      | closes the frame, becomes a value outside |
"""
from __future__ import annotations

from dataclasses import dataclass, field

from .attributes import Attribute, Collection, String, Value
from .errors import CharsetNotSupported, MalformedMessage, MessageTooLarge
from .limits import Limits
from .message import Group
from .tags import FIRST_VALUE_TAG, STRUCTURAL, GroupTag, ValueTag
from .values import decode_text, decode_value

CHARSETS = frozenset({"utf-8", "us-ascii"})
_GROUP_TAGS = {int(tag): tag for tag in GroupTag}


@dataclass(slots=True)
class _Frame:
    """Attributes of a group, or members of a collection, while they arrive."""

    name: str = ""
    values: list[Value] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)

    def open(self, name: str) -> None:
        self.close()
        self.name = name

    def add(self, value: Value) -> None:
        self.values.append(value)

    def close(self) -> tuple[Attribute, ...]:
        if self.name and not self.values:
            raise MalformedMessage("the member has no value", where=self.name)
        if self.name:
            self.attributes.append(Attribute(self.name, tuple(self.values)))
        self.name, self.values = "", []
        return tuple(self.attributes)


class Assembler:
    """Takes the items of one message in their order; `groups` gives what came out of them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._groups: list[Group] = []
        self._group_tag: int | None = None
        self._frames: list[_Frame] = []
        self._attributes = 0
        self._values = 0

    def begin_group(self, tag: int) -> None:
        """Close the open group and begin another."""
        self._close_group()
        if tag == 0 or tag >= FIRST_VALUE_TAG:
            raise MalformedMessage(f"tag 0x{tag:02x} begins no group")
        self._group_tag = _GROUP_TAGS.get(tag, tag)
        self._frames = [_Frame()]

    def item(self, tag: int, name: bytes, data: bytes) -> None:
        """Take one value-tag, name and value; raises MalformedMessage, MessageTooLarge, CharsetNotSupported."""
        if not self._frames:
            raise MalformedMessage("a value stands before the first group")
        self._name(tag, decode_text(name))
        if tag in STRUCTURAL:
            self._shape(tag, data)
        else:
            self._add(self._decoded(tag, data))

    def groups(self) -> tuple[Group, ...]:
        """All groups of the message, after its end."""
        self._close_group()
        return tuple(self._groups)

    def _close_group(self) -> None:
        if len(self._frames) > 1:
            raise MalformedMessage("a collection is not closed before its group ends", where=self._frames[0].name)
        if self._group_tag is not None:
            self._groups.append(Group(self._group_tag, self._frames[0].close()))

    def _name(self, tag: int, name: str) -> None:
        if name and len(self._frames) > 1:
            raise MalformedMessage("a value inside a collection has a name of its own", where=name)
        if name:
            self._open(name)
        elif tag not in (ValueTag.MEMBER_NAME, ValueTag.END_COLLECTION) and not self._frames[-1].name:
            raise MalformedMessage("a value has no attribute that it belongs to")

    def _open(self, name: str) -> None:
        self._attributes += 1
        if self._attributes > self._limits.attributes:
            raise MessageTooLarge("the message has too many attributes", allowed=str(self._limits.attributes))
        self._frames[-1].open(name)

    def _shape(self, tag: int, data: bytes) -> None:
        if tag == ValueTag.BEGIN_COLLECTION:
            self._begin_collection(data)
        elif len(self._frames) == 1:
            raise MalformedMessage("a part of a collection stands outside of one", where=self._frames[0].name)
        elif tag == ValueTag.MEMBER_NAME:
            self._open_member(data)
        else:
            self._end_collection(data)

    def _begin_collection(self, data: bytes) -> None:
        if data:
            raise MalformedMessage("the begin of a collection carries bytes", where=self._frames[0].name)
        if len(self._frames) > self._limits.depth:
            raise MessageTooLarge("collections are nested too deep", where=self._frames[0].name,
                                  allowed=str(self._limits.depth))
        self._frames.append(_Frame())

    def _open_member(self, data: bytes) -> None:
        name = decode_text(data)
        if not name or len(data) > self._limits.name_length:
            raise MalformedMessage("a member's name is empty or too long", where=self._frames[0].name)
        self._open(name)

    def _end_collection(self, data: bytes) -> None:
        if data:
            raise MalformedMessage("the end of a collection carries bytes", where=self._frames[0].name)
        self._add(Collection(self._frames.pop().close()))

    def _decoded(self, tag: int, data: bytes) -> Value:
        try:
            value = decode_value(tag, data)
        except MalformedMessage as error:
            raise MalformedMessage(error.message, where=self._frames[0].name, allowed=error.allowed) from None
        self._require_charset(value)
        return value

    def _require_charset(self, value: Value) -> None:
        # Told at once, because text in another charset would only look like broken UTF-8.
        if self._frames[0].name != "attributes-charset" or self._group_tag != GroupTag.OPERATION:
            return
        if isinstance(value, String) and value.tag == ValueTag.CHARSET and value.text.lower() not in CHARSETS:
            raise CharsetNotSupported(f"the charset is {value.text!r}", where="attributes-charset",
                                      allowed=", ".join(sorted(CHARSETS)))

    def _add(self, value: Value) -> None:
        self._values += 1
        if self._values > self._limits.values:
            raise MessageTooLarge("the message has too many values", allowed=str(self._limits.values))
        self._frames[-1].add(value)
