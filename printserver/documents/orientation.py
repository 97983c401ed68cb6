"""Pictures turned as they are meant to be seen, by what cameras write beside them.

Source: Exif 2.32 (CIPA DC-008), table 4: Orientation.
"""

from __future__ import annotations

from PIL import Image

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(picture: Image.Image, origin: Image.Image) -> Image.Image:
    """Return a picture turned as the one that it was made of says."""
    method = TURNS.get(orientation(origin))
    return picture if method is None else picture.transpose(method)


def orientation(image: Image.Image) -> int:
    """Return the Exif orientation, 1 when there is none or it cannot be read."""
    try:
        found = image.getexif().get(ORIENTATION, 1)
    except Exception:  # a damaged Exif part raises anything; the picture itself is sound
        return 1
    return found if isinstance(found, int) else 1
