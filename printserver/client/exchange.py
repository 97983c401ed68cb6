"""One HTTP/1.1 request and its answer, without any input or output: bytes to send, bytes that came, values.

Laws kept here:

1. Both transports drive this and nothing else: what is sent, and what an answer means, is written once.
2. A connection that ends before the answer does raises AnswerLost; what is no HTTP raises AnswerUnreadable.
3. An answer has a limit, unless it is taken piece by piece.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import h11

from .address import Address
from .errors import AnswerLost, AnswerUnreadable

ANSWER_LIMIT: Final = 16 * 1024 * 1024
_START: Final = b"HTTP/"
_USUAL_PORTS: Final = {True: 443, False: 80}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; `path` is encoded and begins with a slash."""

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def with_headers(self, headers: Mapping[str, str]) -> Request:
        """Return the same request with further header fields; its own go before them."""
        return replace(self, headers={**headers, **self.headers})

    def below(self, prefix: str) -> Request:
        """Return the same request for a server that stands below a path."""
        return replace(self, path=prefix + self.path)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, media type without parameters, body."""

    status: int
    media_type: str
    body: bytes


class Exchange:
    """A request on its way and the answer that comes in; `to_send` is all that has to be written."""

    def __init__(self, address: Address, request: Request) -> None:
        """Nothing is known of the answer yet."""
        self._where = address.url("http", "")
        self._path = request.path
        self._http = h11.Connection(h11.CLIENT)
        self._pieces: list[bytes] = []
        self._size = 0
        self._over = False
        self._start = b""
        self.status = 0
        self.media_type = ""
        self.done = False
        self.streaming = False
        self.to_send = self._written(address, request)

    def _written(self, address: Address, request: Request) -> bytes:
        usual = address.port == _USUAL_PORTS[address.secure]
        host = address.authority.rpartition(":")[0] if usual else address.authority
        headers = {"Host": host, "Accept-Encoding": "identity", "Connection": "close", **request.headers}
        if request.body is not None or request.method == "POST":
            headers["Content-Length"] = str(len(request.body or b""))
        events: list[h11.Event] = [
            h11.Request(method=request.method, target=request.path, headers=list(headers.items())),
            *([h11.Data(data=request.body)] if request.body else []), h11.EndOfMessage(),
        ]  # fmt: skip
        return b"".join(self._http.send(event) or b"" for event in events)

    @property
    def begun(self) -> bool:
        """Tell whether the head of the answer is there."""
        return bool(self.status)

    def received(self, data: bytes) -> None:
        """Take what came, nothing = the connection has ended; raises AnswerLost, AnswerUnreadable."""
        self._over = not data
        self._start += data[: len(_START) - len(self._start)]
        try:
            self._http.receive_data(data)
            while not self.done and self._heard(self._http.next_event()):
                pass
        except h11.RemoteProtocolError as error:
            if self._over and _START.startswith(self._start):
                raise AnswerLost(f"no whole answer came: {error}", where=self._where) from None
            raise AnswerUnreadable(f"the answer is not HTTP: {error}", where=self._where) from None

    def _heard(self, event: object) -> bool:
        """Take one part of the answer; False when there is no further one yet."""
        match event:
            case h11.Response():
                self.status = event.status_code
                self.media_type = _media_type(event)
            case h11.Data():
                self._pieces.append(bytes(event.data))
                self._size += len(event.data)
            case h11.EndOfMessage():
                self.done = True
            case h11.ConnectionClosed():
                raise AnswerLost("no answer came: the connection was closed", where=self._where)
            case h11.InformationalResponse():
                pass
            case _:
                return False
        return True

    def check_size(self, limit: int) -> None:
        """Raise AnswerUnreadable when the answer is longer than any of a print server's."""
        if self._size > limit:
            raise AnswerUnreadable("the answer is too long", where=self._path, allowed=f"{limit} bytes")

    def take(self) -> bytes:
        """Return what has come of the body since it was taken last."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return data

    def head(self) -> Reply:
        """Return the answer's head; from here on its body is taken piece by piece, and a silence is no end."""
        self.streaming = True
        return Reply(self.status, self.media_type, b"")

    def reply(self) -> Reply:
        """Return the answer."""
        return Reply(self.status, self.media_type, self.take())


def _media_type(response: h11.Response) -> str:
    found = next((value for name, value in response.headers if name == b"content-type"), b"")
    return found.decode("latin-1").partition(";")[0].strip().lower()
