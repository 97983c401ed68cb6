"""IPP requests written out by hand: a second witness beside the project's own codec (RFC 8010 section 3)."""

from __future__ import annotations

import struct
from typing import TypeAlias

from tests.doors.doors_kit import Answer, http_request

BOOLEAN, TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME = 0x22, 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
OPERATION_GROUP, JOB_GROUP, END, UNSUPPORTED_GROUP = 1, 2, 3, 5
PRINT_JOB = 0x0002
REQUEST_ID = 77

Attribute: TypeAlias = tuple[int, str, bytes]


def attribute(tag: int, name: str, value: bytes) -> bytes:
    """One attribute with one value."""
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(value)) + value


def print_job(
    *operation: Attribute, job: tuple[Attribute, ...] = (), path: str = "/ipp/print", version: int = 0x0200,
    number: int = PRINT_JOB, charset: bytes = b"utf-8",
) -> bytes:
    """A Print-Job request without its document."""
    head: tuple[Attribute, ...] = (
        (CHARSET, "attributes-charset", charset), (LANGUAGE, "attributes-natural-language", b"en"),
        (URI, "printer-uri", f"ipp://localhost{path}".encode()),
    )  # fmt: skip
    groups = bytes([OPERATION_GROUP]) + b"".join(attribute(*each) for each in (*head, *operation))
    if job:
        groups += bytes([JOB_GROUP]) + b"".join(attribute(*each) for each in job)
    return struct.pack(">HHI", version, number, REQUEST_ID) + groups + bytes([END])


def post(port: int, body: bytes, path: str = "/ipp/print", mime: str = "application/ipp") -> Answer:
    """Send bytes to the IPP door."""
    return http_request(port, "POST", path, body, Content_Type=mime)


def status_of(answer: Answer) -> int:
    """The status in an answer, which is an IPP message whatever it says."""
    assert (answer.status, answer.media_type) == (200, "application/ipp"), answer.body
    return int(struct.unpack_from(">H", answer.body, 2)[0])


def job_id(answer: Answer) -> int:
    """The job's number in an answer."""
    return int(struct.unpack(">I", answer.body.partition(b"\x00\x06job-id\x00\x04")[2][:4])[0])


def unsupported_part(answer: Answer) -> bytes:
    """What stands in the answer behind the tag of its Unsupported group; empty when it has none."""
    return answer.body[8:].partition(bytes([UNSUPPORTED_GROUP]))[2]
