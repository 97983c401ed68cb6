"""Between Twisted's bytes and our values: a context out of a request's head, an answer as the bytes of its head."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from twisted.web.http_headers import Headers

from printserver.errors import BadRequest

from .message import RequestContext, Response, Values, fields


def header_values(headers: Headers) -> Values:
    """Return header fields by lower-case name, all values of each."""
    return {
        name.decode("latin-1").lower(): tuple(value.decode("latin-1") for value in values)
        for name, values in headers.getAllRawHeaders()
    }


def context_of(
    method: bytes, target: bytes, headers: Headers, *, length: int | None, client: str, local: str, secure: bool
) -> RequestContext:
    """Return the context that a request's head gives; raises BadRequest.

    A target in absolute form (RFC 9112 section 3.2.2) overrides Host.
    """
    found = dict(header_values(headers))
    path, query = target.decode("latin-1"), ""
    if not path.startswith("/"):
        path, found["host"] = _absolute(path, found.get("host", ()))
    path, _, query = path.partition("?")
    return RequestContext(
        method=method.decode("latin-1"), path=path, query=fields(query), headers=found, length=length,
        client=client, local=local, secure=secure,
    )  # fmt: skip


def _absolute(target: str, host: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return path and host of a target that does not start with a slash; `*` stays as it is."""
    if target == "*":
        return target, host
    try:
        parts = urlsplit(target)
    except ValueError:
        raise BadRequest("the request's target is not an address") from None
    if parts.scheme.lower() not in ("http", "https", "ipp", "ipps") or not parts.netloc:
        raise BadRequest("the request's target is not an address")
    return f"{parts.path or '/'}?{parts.query}", (parts.netloc,)


def phrase(status: int) -> str:
    """Return the words that follow a status on the status line."""
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


def head_bytes(response: Response, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return status line and header fields, with the empty line that ends them."""
    lines = [f"HTTP/1.1 {response.status} {phrase(response.status)}"]
    lines += [f"{name}: {_one_line(value)}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _one_line(value: str) -> str:
    return " ".join(value.split())


def address_of(address: object) -> str:
    """Return the host of a Twisted address, empty for one without (a Unix socket, a test's)."""
    host = getattr(address, "host", "")
    return host if isinstance(host, str) else ""
