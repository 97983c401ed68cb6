"""What a queue tells of documents beside their types: how large they may be, and of which kinds JPEG and PDF.

Laws kept here:

1. Sizes are those at which a document is refused; of a picture each side alone may be as long as all its dots allow.

Source: PWG 5100.13 section 6.5 (jpeg-..., pdf-..., print-processing-attributes-supported), PWG 5100.5 section 6.5
(document-creation-attributes-supported); versions are named as the PWG's registry does.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.documents.format import Format
from printserver.documents.sniff import JPEG, MAX_PIXELS, PDF
from printserver.ipp import Attribute, build
from printserver.listeners.http.limits import Limits

LONGEST_JPEG_SIDE = 65_535  # ISO/IEC 10918-1 annex B.2.2: two bytes
JPEG_FEATURES = ("cmyk", "progressive")
PDF_VERSIONS = ("adobe-1.3", "adobe-1.4", "adobe-1.5", "adobe-1.6", "iso-32000-1_2008")
PROCESSING = ("print-color-mode", "print-content-optimize", "print-rendering-intent", "printer-resolution")
LARGEST = Limits().body // 1024


def format_attributes(formats: Sequence[Format]) -> list[Attribute]:
    """Return what is told of the formats that the server prints."""
    return [
        build.keyword("document-creation-attributes-supported", "document-name"),
        build.keyword("print-processing-attributes-supported", *PROCESSING),
        *(_jpeg() if JPEG in formats else ()),
        *(_pdf() if PDF in formats else ()),
    ]


def _jpeg() -> list[Attribute]:
    side = (1, min(LONGEST_JPEG_SIDE, MAX_PIXELS))
    return [
        build.keyword("jpeg-features-supported", *JPEG_FEATURES),
        build.range_of("jpeg-k-octets-supported", (0, LARGEST)),
        build.range_of("jpeg-x-dimension-supported", side),
        build.range_of("jpeg-y-dimension-supported", side),
    ]


def _pdf() -> list[Attribute]:
    return [
        build.range_of("pdf-k-octets-supported", (0, LARGEST)),
        build.keyword("pdf-versions-supported", *PDF_VERSIONS),
    ]
