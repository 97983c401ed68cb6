"""Requests and responses as values: what handlers are given and what they return.

Laws kept here:

1. A handler never touches a socket: it takes a RequestContext and returns a Response.
2. Header names are lower case; a field sent several times keeps all its values.
3. A body is bytes and complete, or (in a response) an asynchronous iterator that is closed when the client is gone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qsl

import msgspec

from printserver.errors import BadRequest

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MAX_QUERY_FIELDS = 50

# DEL and C1 controls, bidirectional marks, embeddings and isolates (UAX 9), line and paragraph separators, BOM.
_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

Values: TypeAlias = Mapping[str, tuple[str, ...]]
Body: TypeAlias = bytes | AsyncGenerator[bytes, None]
Again: TypeAlias = Callable[[bytes], bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """One request; `body` is empty until all of it has come.

    `path` is still percent-encoded; `parameters` are the route's, decoded. `length` is the declared length of the
    body in bytes, None for a chunked one. `client` and `local` are the two addresses of the connection.
    """

    method: str
    path: str
    query: Values = field(default_factory=dict)
    headers: Values = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    length: int | None = 0
    client: str = ""
    local: str = ""
    secure: bool = False

    @property
    def has_body(self) -> bool:
        """Tell whether a body comes, or has come, with the request."""
        return self.length != 0

    @property
    def media_type(self) -> str:
        """Return the body's media type in lower case without parameters, empty when none is named."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def header(self, name: str) -> str | None:
        """Return a header field's only value; raises BadRequest when it was sent several times."""
        return _single(self.headers.get(name.lower(), ()), name)

    def asked(self, name: str) -> str | None:
        """Return a query field's only value; raises BadRequest when it was sent several times."""
        return _single(self.query.get(name, ()), name)

    def number(self, name: str) -> int:
        """Return a parameter of the route that its pattern declares as a number."""
        return int(self.parameters[name])

    def form(self) -> Values:
        """Return the fields of a URL-encoded form; raises BadRequest."""
        try:
            return fields(self.body.decode("utf-8"))
        except UnicodeDecodeError:
            raise BadRequest("the form is not UTF-8") from None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `headers` are pairs, and those that the site adds by itself may be left out.

    `again` is given the body of a request whose head is the same and which the same client sends on the same
    connection; it returns the body of the same answer to it, or None when the request must be answered as any other.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = field(default=b"", repr=False)
    again: Again | None = field(default=None, repr=False, compare=False)


def json_response(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Return a value as JSON."""
    return Response(status, (("Content-Type", JSON), *headers), as_json(value))


def as_json(value: object) -> bytes:
    """Return a value as JSON in which characters that steer a display stand escaped: the same text, harmless to see."""
    text = msgspec.json.encode(value).decode()
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def fields(text: str) -> Values:
    """Take a query or URL-encoded form apart; raises BadRequest when it is not one or has too many fields."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS)
    except ValueError:
        raise BadRequest("the query or form cannot be read", allowed=f"{MAX_QUERY_FIELDS} fields in UTF-8") from None
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


def _single(values: tuple[str, ...], name: str) -> str | None:
    if len(values) > 1:
        raise BadRequest("is given more than once", where=name)
    return values[0] if values else None
