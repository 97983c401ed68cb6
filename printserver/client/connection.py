"""One HTTP request and its answer, over the standard library's client.

Laws:
1. Nothing is sent twice here: a request that was on its way when the link broke ends in AnswerLost, not in a new try.
2. `ServerUnreachable` means that nothing was sent.
3. An answer has a limit; what is longer is not a print server's.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import Final
from urllib.parse import urlsplit

from printserver.errors import ConfigurationError, ServerUnreachable

from .errors import AnswerLost, AnswerUnreadable

ANSWER_LIMIT: Final = 16 * 1024 * 1024
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ipp": 631, "ipps": 631}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is: `path` begins with a slash, or is empty."""

    secure: bool
    host: str
    port: int
    path: str = ""

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, scheme: str, path: str | None = None) -> str:
        """The address in another scheme (`http` or `ipp`, with the s that it needs) and with another path."""
        return f"{scheme}{'s' if self.secure else ''}://{self.authority}{self.path if path is None else path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, media type without parameters, body."""

    status: int
    media_type: str
    body: bytes


def read_address(url: str) -> Address:
    """Read http, https, ipp and ipps URLs; raises ConfigurationError."""
    allowed = "http://HOST:PORT, https://HOST:PORT, ipp://HOST:PORT/PATH or ipps://HOST:PORT/PATH"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"this is no address: {error}", where=url, allowed=allowed) from None
    if parts.scheme not in _DEFAULT_PORTS or not host or not (url.isascii() and url.isprintable()) or " " in url:
        raise ConfigurationError("this is no address of a print server", where=url, allowed=allowed)
    return Address(parts.scheme in ("https", "ipps"), host, port or _DEFAULT_PORTS[parts.scheme],
                   parts.path.rstrip("/"))


class Link:
    """Requests to one server; each opens its own connection. `timeout` in seconds counts for each wait on the net."""

    def __init__(self, address: Address, *, timeout: float = 30.0, tls: ssl.SSLContext | None = None,
                 token: str = "") -> None:
        self.address = address
        self._timeout = timeout
        self._tls = tls
        self._own = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, *, body: bytes | None = None,
            headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request; raises ServerUnreachable, AnswerLost or AnswerUnreadable."""
        connection = self._connection()
        try:
            self._connect(connection)
            return self._exchange(connection, method, path, body, {**self._own, **(headers or {})})
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        address = self.address
        if address.secure:
            context = self._tls or ssl.create_default_context()
            return HTTPSConnection(address.host, address.port, timeout=self._timeout, context=context)
        return HTTPConnection(address.host, address.port, timeout=self._timeout)

    def _connect(self, connection: HTTPConnection) -> None:
        try:
            connection.connect()
        except OSError as error:
            raise ServerUnreachable(f"the print server cannot be reached: {error.strerror or error}",
                                    where=self.address.url("http", "")) from None

    def _exchange(self, connection: HTTPConnection, method: str, path: str, body: bytes | None,
                  headers: Mapping[str, str]) -> Reply:
        try:
            self._send(connection, method, path, body, headers)
            response = connection.getresponse()
            content = _read(response)
        except (OSError, IncompleteRead) as error:
            raise AnswerLost(f"no whole answer came: {error!s}", where=self.address.url("http", "")) from None
        except HTTPException as error:
            raise AnswerUnreadable(f"the answer is not HTTP: {error!s}", where=self.address.url("http", "")) from None
        if len(content) > ANSWER_LIMIT:
            raise AnswerUnreadable("the answer is too long", where=path, allowed=f"{ANSWER_LIMIT} bytes")
        return Reply(response.status, _media_type(response), content)

    def _send(self, connection: HTTPConnection, method: str, path: str, body: bytes | None,
              headers: Mapping[str, str]) -> None:
        try:
            connection.request(method, path, body, dict(headers))
        except (BrokenPipeError, ConnectionResetError):
            # A server that refuses a request may answer and stop reading before all of it was sent.
            return


def _read(response: HTTPResponse) -> bytes:
    content = response.read(ANSWER_LIMIT + 1)
    # With a number of bytes asked for, http.client does not mind that fewer came than were declared.
    if response.length and len(content) <= ANSWER_LIMIT:
        raise IncompleteRead(content, response.length)
    return content


def _media_type(response: HTTPResponse) -> str:
    return (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
