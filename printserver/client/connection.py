"""Requests over a blocking socket.

Laws kept here:

1. Nothing is sent twice here: a request that was on its way when the link broke ends in AnswerLost, not in a new try.
2. `ServerUnreachable` means that nothing was sent.
3. Only standing still takes too long: a large document over a slow link may take as long as it moves on.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from printserver.errors import ServerUnreachable

from .address import Address
from .errors import AnswerLost
from .exchange import ANSWER_LIMIT, Exchange, Reply, Request
from .trust import Trust, as_trust

PIECE = 65536
# What the system has taken counts as sent, so it takes little at a time: the wait for the answer begins when that is on
# its way too, and not when megabytes of it still lie here. In bytes; Linux doubles it.
SEND_BUFFER = 128 * 1024


class Link:
    """Requests to one server; each opens its own connection. `timeout`, in seconds, is how long nothing may move."""

    def __init__(self, address: Address, *, timeout: float = 30.0, tls: ssl.SSLContext | Trust | None = None,
                 token: str = "") -> None:
        self.address = address
        self._timeout = timeout
        self._trust = as_trust(tls) if address.secure else None
        self._own = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, request: Request) -> Reply:
        """Send one request; raises ServerUnreachable, AnswerLost or AnswerUnreadable."""
        with self.open(request) as stream:
            return stream.whole()

    @contextmanager
    def open(self, request: Request) -> Iterator[Stream]:
        """Send a request whose answer is read piece by piece; raises what `ask` raises."""
        exchange = Exchange(self.address, request.with_headers(self._own))
        connection = self._connected()
        try:
            self._send(connection, exchange.to_send)
            yield Stream(connection, exchange, self.address.url("http", ""))
        finally:
            connection.close()

    def _connected(self) -> socket.socket:
        where = self.address.url("http", "")
        try:
            plain = socket.create_connection((self.address.host, self.address.port), timeout=self._timeout)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            if self._trust is None:
                return plain
            return _secured(plain, self.address.host, self._trust, where)
        except (OSError, ssl.CertificateError) as error:
            raise ServerUnreachable(f"the print server cannot be reached: {error.strerror or error}",
                                    where=where) from None

    def _send(self, connection: socket.socket, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:  # a time-out of `sendall` would be one of the whole
                rest = rest[connection.send(rest[:PIECE]) :]
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            # A server that refuses a request may answer and stop reading before all of it was sent.
            return
        except OSError as error:
            raise AnswerLost(f"no whole answer came: {error!s}", where=self.address.url("http", "")) from None


def _secured(plain: socket.socket, host: str, trust: Trust, where: str) -> socket.socket:
    try:
        secured = trust.context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    try:
        trust.check(secured.getpeercert(binary_form=True), where)
    except ServerUnreachable:
        secured.close()
        raise
    return secured


class Stream:
    """An answer that is coming in."""

    def __init__(self, connection: socket.socket, exchange: Exchange, where: str) -> None:
        """`where` names the server in errors."""
        self.exchange = exchange
        self._connection = connection
        self._where = where

    def whole(self) -> Reply:
        """Read to the end; raises AnswerLost, AnswerUnreadable."""
        while not self.exchange.done:
            self.exchange.check_size(ANSWER_LIMIT)
            self._more()
        self.exchange.check_size(ANSWER_LIMIT)
        return self.exchange.reply()

    def begin(self) -> Reply:
        """Read the head, and where it is no stream the rest as well; raises AnswerLost, AnswerUnreadable."""
        while not self.exchange.begun:
            self._more()
        return self.exchange.head() if self.exchange.status == 200 else self.whole()

    def piece(self, seconds: float) -> bytes:
        """Wait for a piece, none = the end; raises TimeoutError, AnswerLost, AnswerUnreadable."""
        self._connection.settimeout(seconds)
        while not (found := self.exchange.take()) and not self.exchange.done:
            self._more()
        return found

    def _more(self) -> None:
        try:
            data = self._connection.recv(PIECE)
        except TimeoutError:
            if self.exchange.streaming:
                raise
            raise AnswerLost("no whole answer came: timed out", where=self._where) from None
        except OSError as error:
            raise AnswerLost(f"no whole answer came: {error!s}", where=self._where) from None
        self.exchange.received(data)
