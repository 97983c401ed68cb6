"""What msgspec says of a value from outside, said as the project says it: which key, and what is allowed there.

Laws kept here:

1. A key that does not exist is named with those that do; a word that does not exist is named with those that do.
2. What was sent is cut to a length that fits on one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import EnumMeta
from typing import Any, TypeVar

import msgspec

from printserver.errors import PrintServerError

LONGEST = 200

E = TypeVar("E", bound=PrintServerError)

_PLACE = re.compile(r"(?P<what>.*?) - at `\$\.?(?P<place>[^`]*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)


def complaint(reason: str, kind: type[msgspec.Struct], error: type[E]) -> E:
    """Return the error of a value that is no `kind`, from msgspec's own words for it."""
    placed = _PLACE.fullmatch(reason)
    what, place = (placed["what"], placed["place"]) if placed else (reason, "")
    found = _type_at(kind, place)
    unknown = _UNKNOWN.fullmatch(what)
    if unknown:
        where = ".".join(filter(None, (place, unknown["name"][:100])))
        return error("there is no such key", where=where, allowed=", ".join(names_of(_struct_of(found) or kind)))
    return error(what[:LONGEST], where=place[:LONGEST], allowed=words_of(found) if place else "")


def names_of(kind: type[msgspec.Struct]) -> list[str]:
    """Return the keys of a Struct as JSON and TOML have them."""
    return [field.encode_name for field in msgspec.structs.fields(kind)]


def words_of(found: Any) -> str:  # noqa: ANN401 - the type of a field
    """Return the words that a value of a type may be, empty when they cannot be listed."""
    for choice in _choices(found):
        if isinstance(choice, EnumMeta):
            return ", ".join(str(member.value) for member in choice)  # type: ignore[var-annotated]  # any Enum
    return ""


def _choices(found: Any) -> Iterator[Any]:  # noqa: ANN401 - the type of a field
    """Yield a type, and all that stand within it: of a choice, of a list's items, below what narrows it."""
    yield found
    for each in getattr(found, "__args__", ()):
        yield from _choices(each)


def _type_at(kind: type[msgspec.Struct], place: str) -> Any:  # noqa: ANN401 - the type of a field
    found: Any = kind
    for step in filter(None, re.split(r"\.|(?:\[[^\]]*\])+\.?", place)):
        struct = _struct_of(found)
        if struct is None:
            return None
        found = next((each.type for each in msgspec.structs.fields(struct) if each.encode_name == step), None)
    return found


def _struct_of(found: Any) -> type[msgspec.Struct] | None:  # noqa: ANN401 - the type of a field
    for choice in _choices(found):
        if isinstance(choice, type) and issubclass(choice, msgspec.Struct):
            return choice
    return None
