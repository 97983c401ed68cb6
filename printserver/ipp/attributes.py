"""Values and attributes of an IPP message, as frozen data.

Laws:
1. Every value keeps its tag, so that what was parsed can be encoded again to the same bytes.
2. A value of an unknown tag is kept as bytes (`Opaque`), never guessed at.
3. Nothing here checks ranges: `values.py` does when bytes are made, `syntax.py` when a request is judged.

| class            | tags                                                       | RFC 8011 |
|------------------|------------------------------------------------------------|----------|
| Integer, Enum    | integer, enum                                              | 5.1.5, 5.1.6 |
| Boolean          | boolean                                                    | 5.1.21   |
| String           | text, name, keyword, uri, uriScheme, charset, ...          | 5.1.2 - 5.1.10 |
| LocalizedString  | textWithLanguage, nameWithLanguage                         | 5.1.2, 5.1.3 |
| OctetString      | octetString                                                | 5.1.11   |
| DateTime         | dateTime                                                   | 5.1.15   |
| Resolution       | resolution                                                 | 5.1.16   |
| Range            | rangeOfInteger                                             | 5.1.14   |
| Collection       | begCollection ... endCollection                            | 5.1.18   |
| OutOfBand        | unsupported, unknown, no-value, not-settable, ...          | 5.1.1    |
| Opaque           | any other                                                  | -        |
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from .tags import ValueTag


@dataclass(frozen=True, slots=True)
class Integer:
    """A signed 32-bit number."""

    value: int
    tag: ClassVar[ValueTag] = ValueTag.INTEGER


@dataclass(frozen=True, slots=True)
class Enum:
    """A number that stands for a word of a registered list."""

    value: int
    tag: ClassVar[ValueTag] = ValueTag.ENUM


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false."""

    value: bool
    tag: ClassVar[ValueTag] = ValueTag.BOOLEAN


@dataclass(frozen=True, slots=True)
class OctetString:
    """Bytes without meaning to IPP."""

    value: bytes
    tag: ClassVar[ValueTag] = ValueTag.OCTET_STRING


@dataclass(frozen=True, slots=True)
class DateTime:
    """A moment with its offset from UTC, to a tenth of a second (RFC 2579 DateAndTime)."""

    value: datetime
    tag: ClassVar[ValueTag] = ValueTag.DATE_TIME


@dataclass(frozen=True, slots=True)
class Resolution:
    """Dots across and along the feed direction, per unit (3 = inch, 4 = centimetre)."""

    cross_feed: int
    feed: int
    units: int = 3
    tag: ClassVar[ValueTag] = ValueTag.RESOLUTION


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from `lower` to `upper`, both included."""

    lower: int
    upper: int
    tag: ClassVar[ValueTag] = ValueTag.RANGE_OF_INTEGER


@dataclass(frozen=True, slots=True)
class String:
    """A text, name, keyword, URI, scheme, charset, language or media type; `tag` says which."""

    tag: ValueTag
    text: str


@dataclass(frozen=True, slots=True)
class LocalizedString:
    """A text or name with the natural language it is written in."""

    tag: ValueTag
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class OutOfBand:
    """A statement in place of a value, such as no-value or unsupported."""

    tag: ValueTag


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value of a tag that this codec does not know."""

    tag: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Collection:
    """A value made of member attributes."""

    members: tuple[Attribute, ...] = ()
    tag: ClassVar[ValueTag] = ValueTag.BEGIN_COLLECTION

    def get(self, name: str) -> Attribute | None:
        """The first member of that name, or None."""
        return find(self.members, name)


Value: TypeAlias = (
    Integer | Enum | Boolean | OctetString | DateTime | Resolution | Range | String | LocalizedString
    | OutOfBand | Opaque | Collection
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name with one or more values ("1setOf"); IPP has no attribute without a value."""

    name: str
    values: tuple[Value, ...]

    @property
    def value(self) -> Value:
        """The first value."""
        return self.values[0]

    def __iter__(self) -> Iterator[Value]:
        return iter(self.values)


def find(attributes: tuple[Attribute, ...], name: str) -> Attribute | None:
    """The first attribute of that name, or None."""
    return next((attribute for attribute in attributes if attribute.name == name), None)
