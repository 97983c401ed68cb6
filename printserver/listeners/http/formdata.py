"""multipart/form-data (RFC 7578, RFC 2046 section 5.1) taken apart, strictly.

Laws kept here:

1. The body is whole and in memory; each part is cut out once, at its boundaries.
2. A part is its name and its bytes. A file name is not read at all: names never come from clients.
3. What is not exactly of the form raises BadRequest; nothing is guessed, skipped or repaired.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from printserver.errors import BadRequest

MAX_PARTS = 8
MAX_PART_HEAD = 4096

_BOUNDARY = re.compile(r""";\s*boundary=(?:"([^"\x00-\x1f]{1,70})"|([0-9A-Za-z'()+_,./:=?-]{1,70}))\s*(?:;|$)""", re.I)
_DISPOSITION = re.compile(rb"content-disposition[ \t]*:[ \t]*form-data[ \t]*", re.I)
_TOKEN = rb"[0-9A-Za-z!#$%&'*+.^_`|~-]+"
_PARAMETER = re.compile(
    rb";[ \t]*(" + _TOKEN + rb")[ \t]*=[ \t]*(\"(?:[^\"\\]|\\.)*\"|" + _TOKEN + rb")[ \t]*", re.DOTALL
)
_NAME = re.compile(rb'"([ !#-\[\]-~]{1,64})"')
_TYPE = re.compile(rb"content-type[ \t]*:[ \t]*([!-~]{1,100})[ \t]*(?:;.*)?", re.I)


@dataclass(frozen=True, slots=True)
class Part:
    """One field of the form; `media_type` is what the client named, None when it named none."""

    name: str
    data: bytes = field(repr=False)
    media_type: str | None = None


def parts_of(content_type: str, body: bytes) -> dict[str, Part]:
    """Return the parts by name, each name once; raises BadRequest."""
    found: dict[str, Part] = {}
    for start, end in _pieces(body, boundary_of(content_type)):
        part = _part(body, start, end)
        if part.name in found:
            raise BadRequest("is sent twice", where=part.name)
        found[part.name] = part
    return found


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that Content-Type names; raises BadRequest."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise BadRequest("names no boundary", where="Content-Type", allowed="multipart/form-data; boundary=...")
    return (found[1] or found[2]).encode("latin-1", "replace")


def _pieces(body: bytes, boundary: bytes) -> list[tuple[int, int]]:
    """Return where each part begins and ends; nothing may stand before the first or after the last boundary."""
    delimiter = b"\r\n--" + boundary
    if not body.startswith(delimiter[2:]):
        raise BadRequest("the form does not begin with its boundary")
    pieces: list[tuple[int, int]] = []
    start = len(delimiter) - 2
    while body[start : start + 2] == b"\r\n":
        end = body.find(delimiter, start)
        if end < 0:
            raise BadRequest("the form ends before its last boundary")
        pieces.append((start + 2, end))
        if len(pieces) > MAX_PARTS:
            raise BadRequest("the form has too many parts", allowed=f"{MAX_PARTS} parts")
        start = end + len(delimiter)
    if body[start:] not in (b"--", b"--\r\n"):
        raise BadRequest("the form does not end with its last boundary")
    return pieces


def _part(body: bytes, start: int, end: int) -> Part:
    head = body.find(b"\r\n\r\n", start, min(end, start + MAX_PART_HEAD))
    if head < 0:
        raise BadRequest("a part of the form has no head, or one that is too long")
    lines = body[start:head].split(b"\r\n")
    return Part(_name_in(lines), body[head + 4 : end], _media_type_in(lines))


def _name_in(lines: list[bytes]) -> str:
    for line in lines:
        start = _DISPOSITION.match(line)
        if start is not None:
            return _name_among(line, start.end())
    raise BadRequest("a part of the form is no form-data")


def _name_among(line: bytes, at: int) -> str:
    names: list[re.Match[bytes] | None] = []
    while at < len(line):
        found = _PARAMETER.match(line, at)
        if found is None:
            raise BadRequest("the head of a part cannot be read")
        if found[1].lower() == b"name":
            names.append(_NAME.fullmatch(found[2]))
        at = found.end()
    if len(names) != 1 or names[0] is None:
        raise BadRequest("a part of the form has no name, or more than one")
    return names[0][1].decode("ascii")


def _media_type_in(lines: list[bytes]) -> str | None:
    for line in lines:
        found = _TYPE.fullmatch(line)
        if found:
            return found[1].decode("ascii").rstrip(";").lower()
    return None
