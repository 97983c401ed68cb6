"""A multipart/form-data body (RFC 7578) without randomness: the boundary is made from the content itself."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Part:
    """One field of the form; `filename` is given for documents."""

    name: str
    media_type: str
    content: bytes
    filename: str = ""


def encode_form(parts: tuple[Part, ...]) -> tuple[str, bytes]:
    """The Content-Type and the body of a form."""
    boundary = _boundary(parts)
    body = b"".join(_encode_part(part, boundary) for part in parts) + b"--" + boundary + b"--\r\n"
    return f"multipart/form-data; boundary={boundary.decode()}", body


def _boundary(parts: tuple[Part, ...]) -> bytes:
    digest = sha256()
    for part in parts:
        digest.update(part.content)
    # A content that holds the digest of itself does not come up; a form may be sent twice with the same boundary.
    return b"card-" + digest.hexdigest()[:40].encode()


def _encode_part(part: Part, boundary: bytes) -> bytes:
    filename = f'; filename="{_quoted(part.filename)}"' if part.filename else ""
    head = (f'Content-Disposition: form-data; name="{_quoted(part.name)}"{filename}\r\n'
            f"Content-Type: {part.media_type}\r\n\r\n")
    return b"--" + boundary + b"\r\n" + head.encode("utf-8", "replace") + part.content + b"\r\n"


def _quoted(text: str) -> str:
    # RFC 7578 section 4.2 and the HTML form encoding: quotes and line ends are percent-encoded.
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
