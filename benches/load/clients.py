"""Clients that ask as fast as they are answered: bare HTTP and IPP over loopback sockets.

Laws kept here:

1. Only loopback is reached, and each run has an end: a number of requests, and a time for each of them.
2. What is not answered with success counts as a failure, with its reason; nothing is tried again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter

from printserver.ipp import Operation, build, encode

LONGEST = 60.0
SUCCESS = 0x00FF  # the last status of success: RFC 8011 section 4.1.6


@dataclass(frozen=True, slots=True)
class Target:
    """A queue of a server on loopback; `pid` is its process."""

    name: str
    port: int
    path: str
    pid: int

    @property
    def uri(self) -> str:
        """Return the queue's IPP address."""
        return f"ipp://127.0.0.1:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked: `count` requests by `clients` at once, each with a document unless it is empty."""

    title: str
    operation: Operation
    count: int
    clients: int
    document: bytes = field(default=b"", repr=False)
    new_connections: bool = False


@dataclass(slots=True)
class Result:
    """What came of a load: seconds of each success in order, failures by their reason, and the whole time."""

    seconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        """Return successes a second."""
        return len(self.seconds) / self.elapsed if self.elapsed else 0.0

    def quantile(self, part: float) -> float:
        """Return in how many seconds this part of the requests was answered; infinity when none was."""
        return self.seconds[min(len(self.seconds) - 1, int(part * len(self.seconds)))] if self.seconds else float("inf")


def run(target: Target, load: Load) -> Result:
    """Put a load on a server."""
    return asyncio.run(_run(target, load))


async def _run(target: Target, load: Load) -> Result:
    result, numbers = Result(), iter(range(1, load.count + 1))
    began = perf_counter()
    await asyncio.gather(*(_client(target, load, numbers, result) for _ in range(load.clients)))
    result.elapsed = perf_counter() - began
    result.seconds.sort()
    return result


async def _client(target: Target, load: Load, numbers: Iterator[int], result: Result) -> None:
    line: _Line | None = None
    for number in numbers:
        began = perf_counter()
        try:
            line = line or await _Line.to(target.port)
            status = await asyncio.wait_for(line.ask(request_of(target, load, number)), LONGEST)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            result.failures[type(error).__name__] += 1
            line = _close(line)
            continue
        if status > SUCCESS:
            result.failures[f"IPP status 0x{status:04x}"] += 1
        else:
            result.seconds.append(perf_counter() - began)
        if load.new_connections:
            line = _close(line)
    _close(line)


def request_of(target: Target, load: Load, number: int) -> bytes:
    """Return the bytes of one HTTP request."""
    attributes = [build.name("job-name", f"card {number}")] if load.document else []
    message = encode(build.request(load.operation, target.uri, *attributes, user="bench", request_id=number))
    length = len(message) + len(load.document)
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
        f"Content-Type: application/ipp\r\nContent-Length: {length}\r\n\r\n"
    )
    return head.encode() + message + load.document


class _Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> _Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> int:
        """Send a request and return the IPP status of its answer; raises OSError, EOFError, ValueError."""
        self._writer.write(request)
        await self._writer.drain()
        head = b"HTTP/1.1 100"
        while head.startswith(b"HTTP/1.1 100"):
            head = await self._reader.readuntil(b"\r\n\r\n")
        body = await self._reader.readexactly(_length(head)) if b"chunked" not in head.lower() else await self._chunks()
        if not head.startswith(b"HTTP/1.1 200"):
            raise ValueError(head[:40])
        return int.from_bytes(body[2:4], "big")

    async def _chunks(self) -> bytes:
        found = b""
        while size := int((await self._reader.readline()).split(b";")[0], 16):
            found += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()
        return found

    def close(self) -> None:
        self._writer.close()


def _close(line: _Line | None) -> _Line | None:
    """Close a connection, where there is one; returns the one to go on with, which is none."""
    if line is not None:
        line.close()
    return None


def _length(head: bytes) -> int:
    for field_line in head.lower().split(b"\r\n"):
        if field_line.startswith(b"content-length:"):
            return int(field_line.partition(b":")[2])
    raise ValueError("the answer has no length")
