"""What a queue tells of raster documents, where the server prints them.

Source: PWG 5102.4 section 5 (pwg-raster-document-...); the keywords of urf-supported are those of Bonjour's printing
specification 1.2.1 (URF key of a printer's record) as AirPrint printers use them.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.documents.format import Format
from printserver.ipp import Attribute, build

PWG_RASTER, APPLE_RASTER = "image/pwg-raster", "image/urf"
RESOLUTIONS = ((300, 300), (600, 600), (150, 150))
TYPES = ("black_1", "sgray_8", "srgb_8", "cmyk_8", "srgb_16")


def raster_attributes(formats: Sequence[Format]) -> list[Attribute]:
    """Return the attributes of the raster formats among `formats`."""
    mimes = {each.mime for each in formats}
    return [*(pwg_attributes() if PWG_RASTER in mimes else ()), *(urf_attributes() if APPLE_RASTER in mimes else ())]


def urf_keywords() -> tuple[str, ...]:
    """Return the keywords of Apple raster: grey and colour of 8 bits, backs as they are (DM1)."""
    resolutions = "-".join(str(across) for across, _ in sorted(RESOLUTIONS))
    return ("V1.4", "CP1", "W8", "SRGB24", "ADOBERGB24", f"RS{resolutions}", "DM1", "PQ4")


def urf_attributes() -> list[Attribute]:
    """Return what is told of Apple raster."""
    return [build.keyword("urf-supported", *urf_keywords())]


def pwg_attributes() -> list[Attribute]:
    """Return what is told of PWG raster."""
    return [
        build.resolution("pwg-raster-document-resolution-supported", *RESOLUTIONS),
        build.keyword("pwg-raster-document-sheet-back", "normal"),
        build.keyword("pwg-raster-document-type-supported", *TYPES),
    ]
