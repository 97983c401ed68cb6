"""One IPP request in HTTP/1.1 and its reply (RFC 8010 section 4, RFC 9112), as bytes and as a framer.

Laws kept here:

1. One request a connection (`Connection: close`): no late reply to an older question can pass for an answer, and a
   printer that ends kept connections at its own time breaks nothing.
2. The body's length is told before it (Content-Length), so that a document that was cut is never taken for a whole one.
3. A reply is hostile until parsed: bounded in size, status 200, `application/ipp`, and nothing after it is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import h11

from printserver.dialogue import Framed
from printserver.errors import DeviceReplyUnknown, Fault, PrintServerError

IPP = "application/ipp"
REPLY_LIMIT = 262_144
OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, UPGRADE_REQUIRED = 200, 401, 403, 404, 426


class DeviceRefuses(PrintServerError):
    """The printer answers over HTTP, and does not let this server in."""

    code = "device-refuses"
    fault = Fault.OPERATOR
    remedy = "Correct the printer's path, or let this server print there without a password and without TLS."


_REFUSALS = {
    UNAUTHORIZED: "the printer wants a password, which this driver has not",
    FORBIDDEN: "the printer does not let this server in",
    NOT_FOUND: "the printer has nothing at this path",
    UPGRADE_REQUIRED: "the printer wants TLS, which this driver does not speak",
}


@dataclass(slots=True)
class _Heard:
    """What was read of a reply so far."""

    status: int = 0
    media_type: str = ""
    pieces: list[bytes] = field(default_factory=list)


def request_head(path: str, host: str, length: int) -> bytes:
    """Return the head of a POST of `length` bytes; `path` begins with a slash and is plain ASCII."""
    http = h11.Connection(h11.CLIENT)
    fields = [
        ("Host", host), ("Content-Type", IPP), ("Content-Length", str(length)), ("Accept", IPP),
        ("Accept-Encoding", "identity"), ("Connection", "close"),
    ]  # fmt: skip
    return http.send(h11.Request(method="POST", target=path, headers=fields)) or b""


def reply_frame(data: bytes, ended: bool) -> Framed | None:
    """Frame one whole HTTP reply; what is no HTTP, or is too long, is a message as it came."""
    if len(data) >= REPLY_LIMIT:
        return Framed(data, len(data))
    try:
        whole = _read(data, ended) is not None
    except h11.RemoteProtocolError:
        return Framed(data, len(data)) if data else None
    return Framed(data, len(data)) if whole or (ended and data) else None


def reply_body(message: bytes) -> bytes:
    """Return the IPP bytes of a framed reply; raises DeviceRefuses, DeviceReplyUnknown."""
    if len(message) >= REPLY_LIMIT:
        raise DeviceReplyUnknown("the printer's answer is too long", allowed=f"{REPLY_LIMIT} bytes")
    try:
        heard = _read(message, ended=True)
    except h11.RemoteProtocolError as error:
        raise DeviceReplyUnknown(f"the printer's answer is no HTTP: {error}") from None
    if heard is None:
        raise DeviceReplyUnknown("the printer's answer stops before its end")
    if heard.status != OK:
        if heard.status in _REFUSALS:
            raise DeviceRefuses(_REFUSALS[heard.status], where=f"HTTP status {heard.status}")
        raise DeviceReplyUnknown(f"the printer answers with HTTP status {heard.status}")
    if heard.media_type != IPP:
        raise DeviceReplyUnknown(f"the printer's answer is {heard.media_type[:60] or 'without a type'}", allowed=IPP)
    return b"".join(heard.pieces)


def _read(data: bytes, ended: bool) -> _Heard | None:
    """Return what a reply says, None while it is not whole; raises h11.RemoteProtocolError."""
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="POST", target="/", headers=[("Host", "x"), ("Content-Length", "0")]))
    http.send(h11.EndOfMessage())
    http.receive_data(data)
    if ended and data:
        http.receive_data(b"")
    heard = _Heard()
    while True:
        match http.next_event():
            case h11.Response() as head:
                heard.status = head.status_code
                heard.media_type = _media_type(head)
            case h11.Data() as piece:
                heard.pieces.append(bytes(piece.data))
            case h11.EndOfMessage():
                return heard
            case h11.InformationalResponse():
                continue
            case _:
                return None


def _media_type(head: h11.Response) -> str:
    told = (value for name, value in head.headers if name == b"content-type")
    return next(told, b"").partition(b";")[0].strip().lower().decode("ascii", "replace")
