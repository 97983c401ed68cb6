"""A connection's last request, and what is sent when it comes again: without parsing it, without making an answer.

Programs that watch a printer ask the same question on one connection for as long as they run. Reading its head anew
costs more than all the rest.

Laws kept here:

1. Only a request that came in one piece and alone is kept, so that the same bytes are the same request.
2. Its head must be the same byte for byte, on the same connection: then client, host, credentials and media type are,
   and what was decided by them holds.
3. What the body asks, and whether the answer is still true, its handler says each time (`Response.again`).
4. One small request is kept for a connection, and nothing of one that is larger.
"""

from __future__ import annotations

from dataclasses import dataclass

from .message import Again, Response
from .wire import head_bytes

LARGEST = 4096
"""In bytes, head and body."""
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Kept:
    """A request's head and whole length, and the answer's head with the length of the body behind it.

    `date` is the answer's; with another one its head would be another.
    """

    head: bytes
    length: int
    date: str
    answer: bytes
    body: int
    again: Again

    def answer_to(self, data: bytes, date: str) -> bytes | None:
        """Return all bytes of the answer to what a client sent, None when that must be read as any request."""
        if date != self.date or len(data) != self.length or not data.startswith(self.head):
            return None
        body = self.again(data[len(self.head) :])
        return self.answer + body if body is not None and len(body) == self.body else None


def kept(
    data: bytes, length: int, response: Response, headers: tuple[tuple[str, str], ...], date: str
) -> Kept | None:
    """Return what is kept of a request and its answer, None when that is not one that may be given again.

    `data` are the bytes that came first, `length` is the length of the request's body; `headers` are the answer's.
    """
    end = data.find(_END) + len(_END)
    if response.again is None or not isinstance(response.body, bytes) or end + length != len(data):
        return None
    body = len(response.body)
    answer = head_bytes(response, (*headers, ("Content-Length", str(body))))
    return Kept(data[:end], len(data), date, answer, body, response.again)
