"""Pictures for the tests of documents, made by hand where no library would make them so badly."""

import io
import struct
import zlib

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

MAGIC = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(width: int, height: int, rows: bytes, *, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    """A PNG that declares what it likes and holds `rows` (each with its filter byte)."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def quarters() -> npt.NDArray[np.uint8]:
    """An upright picture, 32 x 16, whose four quarters differ: red, green, blue, white."""
    picture = np.full((16, 32, 3), 255, dtype=np.uint8)
    picture[:8, :16], picture[:8, 16:], picture[8:, :16] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return picture


def bomb(side: int = 6000) -> bytes:
    """A PNG of a few kilobytes that fills gigabytes when it is inflated: side x side x 8 rows of zeros."""
    packer = zlib.compressobj(9)
    row = bytes(1 + side * 3)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def srgb_profile(rounding: int = 0) -> bytes:
    """An sRGB profile; makers round its colorants differently, here by so many 65536ths."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for entry in tags(profile, b"rXYZ", b"gXYZ", b"bXYZ"):
        start = struct.unpack_from(">I", profile, entry + 4)[0] + 8  # after the type's name and 4 reserved bytes
        values = struct.unpack_from(">3i", profile, start)
        struct.pack_into(">3i", profile, start, *(value + rounding for value in values))
    return bytes(profile)


def wide_profile() -> bytes:
    """An sRGB profile with the red and green colorants exchanged: a colour space that is surely not sRGB."""
    profile = bytearray(srgb_profile())
    red, green = tags(profile, b"rXYZ", b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def tags(profile: bytearray, *names: bytes) -> list[int]:
    """Where the entries of a profile's tag table are (ICC.1 clause 7.3)."""
    at = {bytes(profile[start : start + 4]): start for start in range(132, 132 + 12 * profile[131], 12)}
    return [at[name] for name in names]
