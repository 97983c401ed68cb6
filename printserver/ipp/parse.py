"""Incremental reading of an IPP message from hostile bytes.

Laws:
1. Any cutting of the bytes into chunks gives the same message.
2. A field is refused by its declared length, before its bytes arrive.
3. Reading ends in a Message or in an IppError; after an error the parser gives that same error again.
4. What follows the end-of-attributes tag is document data and is handed back untouched in `rest`.

Grammar (RFC 8010 section 3.1):

    message = version(2) code(2) request-id(4) *(group-tag *item) end-of-attributes-tag
    item    = value-tag(1) name-length(2) name value-length(2) value
"""
from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from .assemble import Assembler
from .errors import IppError, MalformedMessage, MessageTooLarge, VersionNotSupported
from .limits import Limits
from .message import Message
from .tags import END_OF_ATTRIBUTES, FIRST_VALUE_TAG
from .values import MAXIMUM_LENGTH

HEADER_LENGTH = 8
MAJOR_VERSIONS = frozenset({1, 2})

Reading: TypeAlias = Generator[int, bytes, None]
"""Yields how many bytes it needs next and is sent exactly so many."""


class MessageParser:
    """Reads one message from chunks: feed them, and once `feed` returns the message, `rest` is document data."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._assembler = Assembler(self._limits)
        self._buffer = b""
        self._consumed = HEADER_LENGTH
        self._header: tuple[tuple[int, int], int, int] | None = None
        self._failure: IppError | None = None
        self._reading = self._read_message()
        self._needed = next(self._reading)
        self.message: Message | None = None
        self.rest = b""

    def feed(self, data: bytes) -> Message | None:
        """Take the next bytes; returns the message from the chunk on in which it became whole, None before.

        `rest` then holds the document bytes of this chunk. Raises IppError.
        """
        if self._failure:
            raise self._failure
        if self.message:
            self.rest = data
            return self.message
        try:
            self._advance(self._buffer + data if self._buffer else data)
        except IppError as error:
            raise self._failed(error) from None
        return self.message

    def finish(self) -> Message:
        """Say that no more bytes come; returns the message, raises MalformedMessage when it is not whole."""
        if self.message is None:
            raise self._failed(self._failure or MalformedMessage("the message ends before its end-of-attributes tag"))
        return self.message

    def _advance(self, data: bytes) -> None:
        """Read on in all that is not read yet; documents are large, so what is behind the message is copied once."""
        position, needed = 0, self._needed
        try:
            while len(data) - position >= needed:
                field = data[position:position + needed]
                position += needed
                needed = self._reading.send(field)
                self._charge(needed)
        except StopIteration:
            self.rest = data[position:]
            self._buffer = b""
        else:
            self._buffer = data[position:]
        self._needed = needed

    def _charge(self, length: int) -> None:
        self._consumed += length
        if self._consumed > self._limits.total_bytes:
            raise MessageTooLarge("the message has too many bytes of attributes",
                                  allowed=str(self._limits.total_bytes))

    def _failed(self, error: IppError) -> IppError:
        if self._header:
            error.version, _, error.request_id = self._header
        self._buffer = b""
        self._failure = error
        return error

    def _read_message(self) -> Reading:
        header = yield HEADER_LENGTH
        self._read_header(header)
        tag = (yield 1)[0]
        while tag != END_OF_ATTRIBUTES:
            if tag < FIRST_VALUE_TAG:
                self._assembler.begin_group(tag)
            else:
                yield from self._read_item(tag)
            tag = (yield 1)[0]
        assert self._header is not None  # read above
        self.message = Message(*self._header, self._assembler.groups())

    def _read_header(self, header: bytes) -> None:
        version = (header[0], header[1])
        request_id = int.from_bytes(header[4:8], "big", signed=True)
        self._header = version, int.from_bytes(header[2:4], "big"), request_id
        if version[0] not in MAJOR_VERSIONS:
            raise VersionNotSupported(f"the message is of IPP {version[0]}.{version[1]}", allowed="1.x and 2.x")

    def _read_item(self, tag: int) -> Reading:
        name_length = self._length((yield 2), self._limits.name_length, "name")
        name = (yield name_length) if name_length else b""
        value_length = self._length((yield 2), self._limits.value_length, "value")
        value = (yield value_length) if value_length else b""
        self._assembler.item(tag, name, value)

    def _length(self, field: bytes, limit: int, what: str) -> int:
        length = int.from_bytes(field, "big")
        if length > MAXIMUM_LENGTH:
            raise MalformedMessage(f"the length of a {what} is negative")
        if length > limit:
            raise MessageTooLarge(f"a {what} of {length} bytes is too long", allowed=str(limit))
        return length


def parse(data: bytes, limits: Limits | None = None) -> tuple[Message, bytes]:
    """Read a message that is there as a whole; returns it and the document bytes after it. Raises IppError."""
    parser = MessageParser(limits)
    parser.feed(data)
    return parser.finish(), parser.rest
