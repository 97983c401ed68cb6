"""Requests that come again and again, word for word: read once, and where nothing has changed answered once.

Laws kept here:

1. What is kept of a request follows from its bytes alone; only its request id may be another.
2. An answer is given again only while the queue is the same in every value that it tells, and within the same second
   of the printer's time. Nothing has to be told that a queue has changed: it is looked at each time.
3. Kept is a question alone: what brings a document or makes something may hold what is to be forgotten.
4. Strangers choose what they send, so numbers and sizes of what is kept are limited; the oldest goes.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from printserver.ipp import Operation, Request, check_request, parse
from printserver.queue.views import QueueView

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")

MOST_REQUESTS = 256
MOST_ANSWERS = 64
LARGEST_REQUEST = 2048
"""In bytes."""
_QUESTIONS = frozenset(each for each in Operation if each.name.startswith(("GET_", "CUPS_GET_")))
_ID = slice(4, 8)  # request-id, RFC 8010 section 3.1.1


class Shelf(Generic[_K, _V]):
    """A few values by their key; the one that was put in first goes first."""

    def __init__(self, most: int) -> None:
        """Keep up to `most` values."""
        self._most = most
        self._kept: dict[_K, _V] = {}

    def get(self, key: _K) -> _V | None:
        """Return a kept value, None when there is none."""
        return self._kept.get(key)

    def put(self, key: _K, value: _V) -> None:
        """Keep a value in the place of the one under the same key."""
        if key not in self._kept and len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = value

    def __len__(self) -> int:
        return len(self._kept)


@dataclass(frozen=True, slots=True)
class Reading:
    """A request as it was read, the document bytes behind it, and by what it is known when it comes again.

    `known` is empty for one that is not kept.
    """

    request: Request
    document: bytes
    known: bytes = b""


class Readings:
    """Reads requests; short ones that came before need not be read again."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.kept: Shelf[bytes, Reading] = Shelf(MOST_REQUESTS)

    def read(self, body: bytes) -> Reading:
        """Return a valid request; raises IppError."""
        if len(body) > LARGEST_REQUEST:
            return _read(body)
        known = body[: _ID.start] + body[_ID.stop :]
        number = int.from_bytes(body[_ID], "big", signed=True)
        kept = self.kept.get(known)
        if kept is None or number < 1:
            found = _read(body)
            if found.document or found.request.operation not in _QUESTIONS:
                return found
            found = replace(found, known=known)
            self.kept.put(known, found)
            return found
        message = replace(kept.request.message, request_id=number)
        return replace(kept, request=replace(kept.request, message=message))


def number_of_same(body: bytes, known: bytes) -> int | None:
    """Return the request id of a request that is known but for that, None when it is another or its id is not valid."""
    if body[: _ID.start] + body[_ID.stop :] != known:
        return None
    number = int.from_bytes(body[_ID], "big", signed=True)
    return number if number > 0 else None


def _read(body: bytes) -> Reading:
    message, document = parse(body)
    return Reading(check_request(message), document)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer's bytes, and what it was made of."""

    queue: QueueView
    second: int
    encoded: bytes

    def holds(self, queue: QueueView, second: int) -> bool:
        """Tell whether all that it tells is still so."""
        return self.second == second and self.queue == queue

    def as_answer_to(self, request_id: int) -> bytes:
        """Return the answer's bytes with another request's id."""
        return self.encoded[: _ID.start] + request_id.to_bytes(4, "big") + self.encoded[_ID.stop :]


class GivenAnswers:
    """Answers of Get-Printer-Attributes as they were sent."""

    def __init__(self) -> None:
        """Nothing was answered yet."""
        self.kept: Shelf[Hashable, Given] = Shelf(MOST_ANSWERS)

    def of(self, key: Hashable, queue: QueueView, second: int) -> Given | None:
        """Return the answer to a request that came before, None when it is none or too old."""
        given = self.kept.get(key)
        return given if given is not None and given.holds(queue, second) else None

    def keep(self, key: Hashable, queue: QueueView, second: int, encoded: bytes) -> Given:
        """Keep an answer's bytes."""
        given = Given(queue, second, encoded)
        self.kept.put(key, given)
        return given
