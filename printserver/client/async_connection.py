"""Requests over asyncio's streams: the same exchange, and the same laws, as over a blocking socket."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from printserver.errors import ServerUnreachable

from .address import Address
from .connection import PIECE, SEND_BUFFER
from .errors import AnswerLost
from .exchange import ANSWER_LIMIT, Exchange, Reply, Request
from .trust import Trust, as_trust


class AsyncLink:
    """Requests to one server; each opens its own connection. `timeout`, in seconds, is how long nothing may move."""

    def __init__(self, address: Address, *, timeout: float = 30.0, tls: ssl.SSLContext | Trust | None = None,
                 token: str = "") -> None:
        self.address = address
        self._timeout = timeout
        self._trust = as_trust(tls) if address.secure else None
        self._own = {"Authorization": f"Bearer {token}"} if token else {}

    async def ask(self, request: Request) -> Reply:
        """Send one request; raises ServerUnreachable, AnswerLost or AnswerUnreadable."""
        async with self.open(request) as stream:
            return await stream.whole()

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[AsyncStream]:
        """Send a request whose answer is read piece by piece; raises what `ask` raises."""
        exchange = Exchange(self.address, request.with_headers(self._own))
        reader, writer = await self._connected()
        stream = AsyncStream(reader, exchange, self._timeout, self.address.url("http", ""))
        # What is sent is written beside the reading: a server that refuses a request may answer before its end.
        sending = asyncio.ensure_future(_send(writer, exchange.to_send, stream.moved_on))
        try:
            yield stream
        finally:
            sending.cancel()
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await sending
            with suppress(OSError):
                await writer.wait_closed()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        where = self.address.url("http", "")
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(
                    self.address.host, self.address.port, ssl=self._trust.context if self._trust else None,
                    server_hostname=self.address.host if self._trust else None)
        except (OSError, ssl.CertificateError) as error:
            reason = "timed out" if isinstance(error, TimeoutError) else error.strerror or error
            raise ServerUnreachable(f"the print server cannot be reached: {reason}", where=where) from None
        if self._trust is not None:
            try:
                self._trust.check(writer.get_extra_info("ssl_object").getpeercert(binary_form=True), where)
            except ServerUnreachable:
                writer.close()
                raise
        return reader, writer


async def _send(writer: asyncio.StreamWriter, data: bytes, moved_on: Callable[[], None]) -> None:
    """Write piece by piece, and tell of each that has left."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    writer.transport.set_write_buffer_limits(PIECE)
    for start in range(0, len(data), PIECE):
        writer.write(data[start : start + PIECE])
        await writer.drain()
        moved_on()


class AsyncStream:
    """An answer that is coming in."""

    def __init__(self, reader: asyncio.StreamReader, exchange: Exchange, timeout: float, where: str) -> None:
        """`where` names the server in errors."""
        self.exchange = exchange
        self._reader = reader
        self._timeout = timeout
        self._where = where
        self._waiting: asyncio.Timeout | None = None

    def moved_on(self) -> None:
        """Wait anew, since a piece of the request has left."""
        if self._waiting is not None and not self._waiting.expired() and not self.exchange.streaming:
            self._waiting.reschedule(asyncio.get_running_loop().time() + self._timeout)

    async def whole(self) -> Reply:
        """Read to the end; raises AnswerLost, AnswerUnreadable."""
        while not self.exchange.done:
            self.exchange.check_size(ANSWER_LIMIT)
            await self._more(self._timeout)
        self.exchange.check_size(ANSWER_LIMIT)
        return self.exchange.reply()

    async def begin(self) -> Reply:
        """Read the head, and where it is no stream the rest as well; raises AnswerLost, AnswerUnreadable."""
        while not self.exchange.begun:
            await self._more(self._timeout)
        return self.exchange.head() if self.exchange.status == 200 else await self.whole()

    async def piece(self, seconds: float) -> bytes:
        """Wait for a piece, none = the end; raises TimeoutError, AnswerLost, AnswerUnreadable."""
        while not (found := self.exchange.take()) and not self.exchange.done:
            await self._more(seconds)
        return found

    async def _more(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds) as self._waiting:
                data = await self._reader.read(PIECE)
        except TimeoutError:
            if self.exchange.streaming:
                raise
            raise AnswerLost("no whole answer came: timed out", where=self._where) from None
        except OSError as error:
            raise AnswerLost(f"no whole answer came: {error!s}", where=self._where) from None
        finally:
            self._waiting = None
        self.exchange.received(data)
