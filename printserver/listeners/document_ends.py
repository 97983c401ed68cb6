"""Where a document ends: PNG, JPEG, PDF and SVG followed piece by piece, without decoding anything.

Laws kept here:

1. Each byte is looked at once, however the stream is cut.
2. Lengths are followed, contents are not: an end mark inside a chunk, a comment or a thumbnail is no end.
3. A scanner answers one question, where the document ends; whether it is sound is the decoder's to say. Only what
   cannot be followed any further raises DocumentBroken.
4. A PDF may be continued after each of its end marks, and what stands in a drawing may look like its end: they end when
   their sender closes right after one, and never before.

Sources: PNG, third edition, section 5.3 (chunks); ITU-T T.81 annex B.1 (JPEG markers and entropy-coded segments);
ISO 32000-1:2008, 7.5.5 and 7.5.6 (the last line of a PDF, incremental updates); XML 1.0, section 2.1 (what may
follow the end tag of the root).
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Protocol

from printserver.errors import DocumentBroken

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_CHUNK_HEAD = 8  # length and type
PNG_CHECK = 4  # the CRC after each chunk's data
PNG_MAX_CHUNK = 2**31 - 1
PNG_END = b"IEND"

PDF_START, PDF_END = b"%PDF-", b"%%EOF"
# White space of ISO 32000-1:2008 table 1; it may follow the end mark.
PDF_SPACE = b"\0\t\n\f\r "
# More than this after an end is no end.
TAIL = 1024

# How a drawing may begin: what else may stand before its first element is told at doors that hear a media type.
SVG_STARTS = (b"<svg", b"<?xml", b"<!--", b"\xef\xbb\xbf<")
SVG_END = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?svg\s*>(?:\s|<!--.*?-->)*\Z", re.DOTALL)

JPEG_START = b"\xff\xd8\xff"
FILL, EOI = 0xFF, 0xD9
# A stuffed zero, TEM, RST0 to RST7 and SOI stand alone; every other marker has a length after it.
ALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})


class Scanner(Protocol):
    """Follows one document."""

    def feed(self, data: bytes) -> int | None:
        """Take bytes; return how many of them belong to the document once it ends there, else None."""
        ...

    def ends_by_closing(self) -> bool:
        """Tell whether what has come is a whole document when its sender says that nothing more will come."""
        ...


class PngScanner:
    """Follows the chunks of a PNG up to the check sum of IEND."""

    def __init__(self) -> None:
        """Begin before the signature."""
        self._skip = len(PNG_START)
        self._head = b""
        self._last = False

    def feed(self, data: bytes) -> int | None:
        """Take bytes; return how many belong to the picture once it ends; raises DocumentBroken."""
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip -= step
                at += step
                if self._last and not self._skip:
                    return at
            else:
                at += self._take_head(data[at : at + PNG_CHUNK_HEAD - len(self._head)])
        return None

    def ends_by_closing(self) -> bool:
        """A picture has an end of its own."""
        return False

    def _take_head(self, piece: bytes) -> int:
        self._head += piece
        if len(self._head) == PNG_CHUNK_HEAD:
            length, kind = int.from_bytes(self._head[:4], "big"), self._head[4:]
            if length > PNG_MAX_CHUNK or not kind.isalpha():
                raise DocumentBroken("the PNG's chunks do not follow each other")
            self._skip, self._last, self._head = length + PNG_CHECK, kind == PNG_END, b""
        return len(piece)


class _At(Enum):
    """Where in a JPEG the next byte stands."""

    MARKER = auto()
    CODE = auto()
    LENGTH = auto()
    SEGMENT = auto()


class JpegScanner:
    """Follows the marker segments of a JPEG up to EOI.

    Entropy-coded data stands where a marker is awaited: its bytes are passed over, and the 0xFF in it are followed
    by a stuffed zero or by RSTn.
    """

    def __init__(self) -> None:
        """Begin before SOI."""
        self._at = _At.MARKER
        self._length = b""
        self._skip = 0

    def feed(self, data: bytes) -> int | None:
        """Take bytes; return how many belong to the picture once it ends; raises DocumentBroken."""
        at = 0
        while at < len(data):
            match self._at:
                case _At.SEGMENT:
                    at += self._skip_segment(len(data) - at)
                case _At.MARKER:
                    at = self._next_marker(data, at)
                case _At.LENGTH:
                    self._take_length(data[at])
                    at += 1
                case _At.CODE:
                    at += 1
                    if self._take_code(data[at - 1]):
                        return at
        return None

    def ends_by_closing(self) -> bool:
        """A picture has an end of its own."""
        return False

    def _skip_segment(self, there: int) -> int:
        step = min(self._skip, there)
        self._skip -= step
        if not self._skip:
            self._at = _At.MARKER
        return step

    def _next_marker(self, data: bytes, at: int) -> int:
        """Go to the byte after the next 0xFF."""
        found = data.find(FILL, at)
        if found < 0:
            return len(data)
        self._at = _At.CODE
        return found + 1

    def _take_code(self, code: int) -> bool:
        """Take the byte after 0xFF; True for the end of the picture."""
        if code == FILL:
            return False
        if code in ALONE:
            self._at = _At.MARKER
        else:
            self._length, self._at = b"", _At.LENGTH
        return code == EOI

    def _take_length(self, byte: int) -> None:
        self._length += bytes([byte])
        if len(self._length) < 2:
            return
        # The length counts its own two bytes.
        self._skip = int.from_bytes(self._length, "big") - 2
        if self._skip < 0:
            raise DocumentBroken("the JPEG's segments do not follow each other")
        self._at = _At.SEGMENT
        if not self._skip:
            self._skip_segment(0)


class _Tail:
    """The last bytes of what has come."""

    def __init__(self) -> None:
        self.data = b""

    def feed(self, data: bytes) -> None:
        self.data = (self.data + data[-TAIL:])[-TAIL:]


class PdfScanner:
    """Keeps the last bytes of a PDF, to know its end mark when the sender closes."""

    def __init__(self) -> None:
        """Begin before the header."""
        self._tail = _Tail()

    def feed(self, data: bytes) -> None:
        """Take bytes; a PDF never ends by itself."""
        self._tail.feed(data)

    def ends_by_closing(self) -> bool:
        """Tell whether the last line is the end mark."""
        return self._tail.data.rstrip(PDF_SPACE).endswith(PDF_END)


class SvgScanner:
    """Keeps the last bytes of a drawing, to know its end tag when the sender closes."""

    def __init__(self) -> None:
        """Begin before the first element."""
        self._tail = _Tail()

    def feed(self, data: bytes) -> None:
        """Take bytes; a drawing never ends by itself."""
        self._tail.feed(data)

    def ends_by_closing(self) -> bool:
        """Tell whether the last element that ends is the drawing's own."""
        return SVG_END.search(self._tail.data) is not None
