"""JSON from outside into our values, or an error that names the key and what it may be."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from printserver.errors import PrintServerError
from printserver.model.complaint import complaint

T = TypeVar("T", bound=msgspec.Struct)


def decode(data: bytes, kind: type[T], error: type[PrintServerError]) -> T:
    """Return the value that the JSON text describes; raises `error` naming the key and what is allowed there."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as reason:
        with suppress(msgspec.DecodeError, RecursionError):
            return msgspec.convert(_whole(msgspec.json.decode(data)), type=kind)
        raise complaint(str(reason), kind, error) from None
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
