"""What the OpenAPI document says of a route: its parameters, what it takes and answers, and how it may fail.

Laws kept here:

1. A parameter's schema is as strict as the code that reads it: what the schema allows is taken, what it forbids is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter or header field: its sentence, and the JSON Schema of its value."""

    sentence: str
    schema: Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route as the document tells of it; `takes` and `answers` are types that msgspec knows.

    `path` gives the schemas of segments that are narrower than any text, `query` and `headers` what may be sent
    beside, `gives` the header fields of the answer, `links` the operations that go on from it; `errors` are codes of
    errors that this route is known for beside those that every route may answer; `tag` is what it is listed under,
    `more` tells what the summary has no room for.
    `open_errors` = the route belongs to a plugin, and which errors it may answer is not known.
    """

    summary: str
    answers: Any = None
    takes: Any = None
    status: int = 200
    media_type: str = "application/json"
    path: Mapping[str, Schema] = field(default_factory=dict)
    query: Mapping[str, Parameter] = field(default_factory=dict)
    headers: Mapping[str, Parameter] = field(default_factory=dict)
    gives: Mapping[str, Parameter] = field(default_factory=dict)
    links: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    tag: str = ""
    more: str = ""
    open_errors: bool = False


def number(sentence: str, low: int, high: int, default: int | None = None) -> Parameter:
    """Return a parameter that is a whole number between two bounds."""
    given = {} if default is None else {"default": default}
    return Parameter(sentence, {"type": "integer", "minimum": low, "maximum": high, **given})


def words(sentence: str, kind: type[StrEnum]) -> Parameter:
    """Return a parameter that may be given several times, each time one of some words."""
    return Parameter(sentence, {"type": "array", "items": one_of(kind)})


def switch(sentence: str) -> Parameter:
    """Return a parameter that is 1 or 0."""
    return Parameter(sentence, {"type": "integer", "enum": [0, 1], "default": 0})


def one_of(kind: type[StrEnum]) -> Schema:
    """Return the schema of one of some words."""
    return {"type": "string", "enum": [str(word) for word in kind]}


# A segment of a path is never empty, `.` or `..`, and holds no slash, backslash or control character (see `router`).
SEGMENT: Schema = MappingProxyType(
    {"type": "string", "minLength": 1, "pattern": r"^[^/\\\x00-\x1f\x7f]+$", "not": {"enum": [".", ".."]}}
)
