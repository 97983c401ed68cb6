"""Bytes of strangers as IPP messages and raster streams: each ends in a typed error, or in what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from printserver.errors import PrintServerError
from printserver.ipp import IppError, Limits, Message, MessageParser, build, check_request, encode, parse
from printserver.ipp.pwg_raster import read_pwg, write_pwg
from printserver.ipp.raster_page import RasterPage
from printserver.ipp.urf import read_urf, write_urf

MAX_PIXELS = 1 << 18
NARROW = Limits(total_bytes=4096, attributes=40, values=80, depth=2, name_length=40, value_length=200)


def fuzz_ipp(data: bytes) -> None:
    """A message comes back as it went, whatever the chunks; an error can be answered; narrow limits hold."""
    whole = outcome(data)
    assert outcome(data, step=7) == whole
    narrow = outcome(data, limits=NARROW)
    assert isinstance(narrow, type) or narrow == whole
    if isinstance(whole, type):
        return
    message, rest = whole
    assert parse(encode(message) + rest) == (message, rest)
    try:
        request = check_request(message)
    except IppError as error:
        check_answer(error)
    else:
        assert request.message == message


def outcome(
    data: bytes, *, step: int | None = None, limits: Limits | None = None
) -> tuple[Message, bytes] | type[IppError]:
    """Tell what comes of a message: itself with what follows it, or which error."""
    parser, rest = MessageParser(limits), b""
    try:
        for piece in pieces(data, step or len(data) or 1):
            if parser.feed(piece) is not None:
                rest += parser.rest
        return parser.finish(), rest
    except IppError as error:
        check_answer(error)
        return type(error)


def check_answer(error: IppError) -> None:
    answer, _ = parse(encode(build.refusal(error)))
    assert answer.code == error.status


def pieces(data: bytes, step: int) -> Iterator[bytes]:
    for at in range(0, len(data), step):
        yield data[at : at + step]


def fuzz_pwg(data: bytes) -> None:
    """A PWG raster of any bytes is pages that come back, or a typed error."""
    pages = pages_of(read_pwg, data)
    assert not pages or list(read_pwg(write_pwg(pages))) == pages


def fuzz_urf(data: bytes) -> None:
    """An Apple raster of any bytes is pages that come back, or a typed error."""
    pages = pages_of(read_urf, data)
    assert not pages or list(read_urf(write_urf(pages))) == pages


def pages_of(read: Callable[..., Iterator[RasterPage]], data: bytes) -> list[RasterPage]:
    """Return the pages of a stream that is whole, none of another one; no row of them may be short."""
    try:
        pages = list(read(data, max_pixels=MAX_PIXELS))
    except PrintServerError:
        return []
    assert pages
    assert all(len(page.pixels) == page.height * page.bytes_per_line for page in pages)
    return pages


MESSAGES: Mapping[str, Callable[[bytes], None]] = {"ipp": fuzz_ipp, "pwg": fuzz_pwg, "urf": fuzz_urf}
