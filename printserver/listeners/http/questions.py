"""Query fields checked once: a value, its default, or BadRequest that names what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar, overload

from printserver.errors import BadRequest

from .message import RequestContext

E = TypeVar("E", bound=StrEnum)
MAX_DIGITS = 18


def known_fields(context: RequestContext, allowed: Iterable[str]) -> None:
    """Refuse a query field that means nothing here: it is most likely mistyped. Raises BadRequest."""
    for name in context.query:
        if name not in allowed:
            raise BadRequest("there is no such query field", where=name[:100], allowed=", ".join(allowed))


@overload
def whole_number(context: RequestContext, name: str, default: int, low: int, high: int) -> int: ...
@overload
def whole_number(context: RequestContext, name: str, default: None, low: int, high: int) -> int | None: ...
def whole_number(context: RequestContext, name: str, default: int | None, low: int, high: int) -> int | None:
    """Return a query field as a whole number between two bounds, or the default when it is not there."""
    text = context.asked(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and low <= int(text) <= high):
        raise BadRequest("is not a number in its bounds", where=name, allowed=f"{low} to {high}")
    return int(text)


def choices(context: RequestContext, name: str, kind: type[E]) -> frozenset[E]:
    """Return the words of a query field, given several times or separated by commas."""
    words = [word for value in context.query.get(name, ()) for word in value.split(",") if word]
    unknown = [word for word in words if word not in tuple(kind)]
    if unknown:
        raise BadRequest("is no such state", where=f"{name}={unknown[0][:100]}", allowed=", ".join(kind))
    return frozenset(kind(word) for word in words)


def flag(context: RequestContext, name: str) -> bool:
    """Return a query field that is 1 or 0."""
    text = context.asked(name)
    if text not in (None, "0", "1"):
        raise BadRequest("is neither on nor off", where=name, allowed="1, 0")
    return text == "1"
