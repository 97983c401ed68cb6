"""What a queue tells of raster documents, where the server prints them.

Source: PWG 5102.4 section 5 (pwg-raster-document-...).
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.documents.format import Format
from printserver.ipp import Attribute, build

PWG_RASTER = "image/pwg-raster"
RESOLUTIONS = ((300, 300), (600, 600), (150, 150))
TYPES = ("black_1", "sgray_8", "srgb_8", "cmyk_8", "srgb_16")


def raster_attributes(formats: Sequence[Format]) -> list[Attribute]:
    """Return the attributes of the raster formats among `formats`."""
    if PWG_RASTER not in {each.mime for each in formats}:
        return []
    return [
        build.resolution("pwg-raster-document-resolution-supported", *RESOLUTIONS),
        build.keyword("pwg-raster-document-sheet-back", "normal"),
        build.keyword("pwg-raster-document-type-supported", *TYPES),
    ]
