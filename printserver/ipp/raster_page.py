"""A page of a raster stream: its size, resolution, colours and pixels.

Laws kept here:

1. Lines follow each other from the top, pixels from the left, samples of a pixel stand together (chunky); a line begins
   on a whole byte.
2. Pixels are whole: as many bytes as height and bytes a line ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Colours(Enum):
    """A colour space with its samples a pixel and the byte that is white."""

    BLACK = ("black", 1, 0x00)
    GREY = ("sgray", 1, 0xFF)
    SRGB = ("srgb", 3, 0xFF)
    ADOBE_RGB = ("adobe-rgb", 3, 0xFF)
    CMYK = ("cmyk", 4, 0x00)

    def __init__(self, title: str, samples: int, white: int) -> None:
        """Take the parts of a value."""
        self.title = title
        self.samples = samples
        self.white = white


@dataclass(frozen=True, slots=True)
class RasterPage:
    """One page; `resolution` is dots an inch, `bits` are those of a sample: 8, 1 of black, 16 (highest byte first)."""

    width: int
    height: int
    resolution: int
    colours: Colours
    bits: int
    pixels: bytes
    two_sided: bool = False

    @property
    def bytes_per_line(self) -> int:
        """Return the bytes of a line."""
        return line_bytes(self.width, self.colours, self.bits)

    @property
    def unit(self) -> int:
        """Return the bytes that runs count: a pixel, or eight of one bit."""
        return run_unit(self.colours, self.bits)


def line_bytes(width: int, colours: Colours, bits: int) -> int:
    """Return the bytes of a line of a width."""
    return (width * colours.samples * bits + 7) // 8


def run_unit(colours: Colours, bits: int) -> int:
    """Return the bytes that runs count."""
    return max(1, colours.samples * bits // 8)
