"""The document formats that the server prints, as data.

Laws kept here:

1. A format is known by its first bytes alone; names and declared types are claims, not facts.
   A drawing in XML is known by its first element, which comments and instructions may stand before.
2. A format says nothing about how it is decoded: this module is safe in the daemon.

Sources: PNG (ISO/IEC 15948:2004, clause 5.2), JPEG (ISO/IEC 10918-1, annex B), PDF (ISO 32000-1:2008, 7.5.2), media
type names of IANA.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from printserver.documents.svg_start import begins_svg

# application/octet-stream asks the printer to find out by itself (RFC 8011 section 5.1.10).
AUTO_SENSE = "application/octet-stream"


def measured_nothing(head: bytes) -> tuple[int, int] | None:
    """Say that the size of this format does not stand at a fixed place."""
    return None


def recognises_nothing(head: bytes) -> bool:
    """Say that the first bytes alone tell this format."""
    return False


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of document: its media type, other names of it, first bytes, and how its size is read from them.

    `also` are other first bytes of it, `recognises` tells it where there is no magic number. `noun` is what a document
    of it is called; `paged` = it may have several pages; `looked_into` = a worker looks at one before its job is
    accepted; `command` is its name in IEEE 1284 device identities, the title by default. `measure` returns width and
    height in pixels when they stand within the first `HEAD_SIZE` bytes, else None; it may raise DocumentBroken.
    """

    mime: str
    title: str
    magic: bytes
    aliases: frozenset[str] = frozenset()
    measure: Callable[[bytes], tuple[int, int] | None] = measured_nothing
    also: tuple[bytes, ...] = ()
    noun: str = "picture"
    paged: bool = False
    command: str = ""
    looked_into: bool = False
    recognises: Callable[[bytes], bool] = recognises_nothing

    @property
    def described(self) -> str:
        """Return what a document of this format is called in a sentence."""
        article = "an" if self.title.startswith((*"AEIO", "SVG")) else "a"
        return f"{article} {self.title} {self.noun}"

    @property
    def language(self) -> str:
        """Return the format's name among the commands of a device identity (IEEE 1284-2000, CMD)."""
        return self.command or self.title.upper()

    def begins(self, head: bytes) -> bool:
        """Tell whether a document that begins so is of this format."""
        starts = tuple(each for each in (self.magic, *self.also) if each)
        return bool(starts and head.startswith(starts)) or self.recognises(head)

    def answers_to(self, declared: str) -> bool:
        """Tell whether a declared media type means this format."""
        return declared == self.mime or declared in self.aliases


# What a person may have sent by mistake, so that the error can name it.
STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"RaS2", "PWG raster"),
    (b"UNIRAST\0", "Apple raster"),
    (b"<?xml", "an XML document"),
    (b"\x1b%-12345X", "a PJL stream"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"\xff\xfe<\0", "an XML document in UTF-16"),
    (b"\xfe\xff\0<", "an XML document in UTF-16"),
)


def describe(head: bytes) -> str:
    """Say in words what unknown first bytes look like."""
    if begins_svg(head):
        return "an SVG drawing"
    for magic, title in STRANGERS:
        if head.startswith(magic):
            return title
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP picture"
    if all(byte in b"\t\n\r\f" or 32 <= byte < 127 or byte >= 128 for byte in head):
        return "plain text"
    return f"unknown data beginning with {head[:8].hex(' ')}"
