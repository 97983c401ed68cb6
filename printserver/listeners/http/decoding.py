"""JSON from outside into our values, or an error that names the key and what it may be."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import EnumMeta
from typing import Any, TypeVar

import msgspec

from printserver.errors import PrintServerError

T = TypeVar("T", bound=msgspec.Struct)

_PLACE = re.compile(r"(?P<what>.*?) - at `\$\.?(?P<place>[^`]*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)


def decode(data: bytes, kind: type[T], error: type[PrintServerError]) -> T:
    """Return the value that the JSON text describes; raises `error` naming the key and what is allowed there."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as reason:
        with suppress(msgspec.DecodeError, RecursionError):
            return msgspec.convert(_whole(msgspec.json.decode(data)), type=kind)
        raise _explained(str(reason), kind, error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as reason:
        raise error(f"is not JSON: {reason}") from None


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON in which 2.0 is 2: they are one number (RFC 8259 section 6), and JavaScript writes either."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _whole(item) for name, item in value.items()}
        case list():
            return [_whole(item) for item in value]
        case _:
            return value


def _explained(reason: str, kind: type[T], error: type[PrintServerError]) -> PrintServerError:
    placed = _PLACE.fullmatch(reason)
    what, place = (placed["what"], placed["place"]) if placed else (reason, "")
    unknown = _UNKNOWN.fullmatch(what)
    if unknown:
        return error("there is no such key", where=unknown["name"][:100], allowed=", ".join(names_of(kind)))
    return error(what[:200], where=place, allowed=allowed_at(kind, place))


def names_of(kind: type[msgspec.Struct]) -> list[str]:
    """Return the keys of a Struct as JSON has them."""
    return [field.encode_name for field in msgspec.structs.fields(kind)]


def allowed_at(kind: type[msgspec.Struct], place: str) -> str:
    """Return the words that a key may have, empty when they cannot be listed."""
    found = next((field.type for field in msgspec.structs.fields(kind) if field.encode_name == place), None)
    for choice in (found, *getattr(found, "__args__", ())):
        if isinstance(choice, EnumMeta):
            return ", ".join(str(member.value) for member in choice)  # type: ignore[var-annotated]  # any Enum
    return ""
