"""Pictures inside a drawing: read by the server's own decoders, and handed to the renderer as clean PNG.

Laws kept here:

1. A picture's size is judged by its header before it is decoded, and all together before any of them is.
2. A picture that is not whole is refused, as one that comes by itself is; its profile and orientation hold.
3. The renderer's own decoders see nothing but PNG that was made here.
"""

from __future__ import annotations

import base64
import binascii
import io

from PIL import Image

from printserver.documents import png
from printserver.documents.colour import as_mode, eight_bit, managed, to_srgb, usable_profile
from printserver.documents.orientation import upright
from printserver.documents.sniff import check_pixels
from printserver.documents.svg.tree import Node
from printserver.errors import DocumentBroken, DrawingRefused

PNG_DATA, JPEG_DATA = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
KINDS = {PNG_DATA: "PNG", JPEG_DATA: "JPEG"}
MADE_HERE = "data:image/png;base64,"


def picture_sizes(root: Node, max_pixels: int) -> dict[Node, int]:
    """Return the pixels of each picture of a drawing; raises DrawingRefused, DocumentBroken, DocumentTooLarge."""
    found: dict[Node, int] = {}
    for node in root.walk():
        if node.name == "image" and "href" in node.attributes:
            width, height = size_of(carried(node))
            check_pixels((width, height), max_pixels)
            found[node] = width * height
    return found


def clean_pictures(root: Node) -> None:
    """Replace each picture of a drawing by a PNG of what it shows; raises DocumentBroken, and what Pillow raises."""
    for node in root.walk():
        if node.name == "image" and "href" in node.attributes:
            made = base64.b64encode(cleaned(carried(node))).decode()
            node.attributes["href"] = MADE_HERE + made


def carried(node: Node) -> bytes:
    """Return the bytes that stand in a picture's reference; raises DrawingRefused."""
    packed = "".join(node.attributes["href"].partition(",")[2].split())
    try:
        data = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DrawingRefused("is no base64", where="<image href>", allowed="base64 of a PNG or JPEG") from error
    if not data.startswith(tuple(KINDS)):
        raise DrawingRefused("holds another kind of picture", where="<image href>", allowed="PNG or JPEG")
    return data


def size_of(data: bytes) -> tuple[int, int]:
    """Return width and height that a picture declares; raises DocumentBroken."""
    if data.startswith(PNG_DATA):
        return png.size(data)
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            return image.size
    except OSError as error:
        raise DocumentBroken("a JPEG picture in the drawing cannot be read") from error


def cleaned(data: bytes) -> bytes:
    """Return a picture as a PNG in sRGB, turned upright; what is transparent stays so."""
    if data.startswith(PNG_DATA):
        png.check_whole(data)
    with Image.open(io.BytesIO(data), formats=list(KINDS.values())) as image:
        image.load()
        flat = upright(clear(image) if image.has_transparency_data else to_srgb(image), image)
    out = io.BytesIO()
    flat.save(out, "PNG", compress_level=1)
    return out.getvalue()


def clear(image: Image.Image) -> Image.Image:
    """Return a picture in sRGB with what is transparent in it."""
    profile = usable_profile(image)
    layered = as_mode(eight_bit(image), "RGBA")
    colours = managed(layered.convert("RGB"), profile)
    colours.putalpha(layered.getchannel("A"))
    return colours
