"""Values as plain Python objects, for those who read answers and do not care about tags."""
from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from .attributes import (
    Attribute,
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
from .message import Group

Plain: TypeAlias = "int | bool | str | bytes | datetime | range | Resolution | dict[str, list[Plain]] | None"


def plain(value: Value) -> Plain:
    """A value without its tag: collections become dicts of lists, out-of-band values become None."""
    match value:
        case Integer(content) | Enum(content) | Boolean(content) | OctetString(content) | DateTime(content):
            return content
        case String(_, text) | LocalizedString(_, _, text):
            return text
        case Range(lower, upper):
            return range(lower, upper + 1)
        case Resolution():
            return value
        case OutOfBand():
            return None
        case Opaque(_, data):
            return data
        case Collection(members):
            return plain_attributes(members)


def plain_attributes(attributes: tuple[Attribute, ...] | Group) -> dict[str, list[Plain]]:
    """Attributes by name, each with the list of its values."""
    items = attributes.attributes if isinstance(attributes, Group) else attributes
    return {attribute.name: [plain(value) for value in attribute.values] for attribute in items}
