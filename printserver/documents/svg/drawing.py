"""SVG to pages, by resvg. Runs only in a sandboxed worker, or in a test.

Laws kept here:

1. Nothing is drawn before the whole drawing has passed the gate, its cost is counted and its fonts are known.
2. A page is drawn on white at the size in which it lies on the card, by `drawn_size`; nothing scales it afterwards.
3. The renderer is given no file but the fonts' own.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import resvg_py
from PIL import Image

from printserver.documents.font_files import FontShelf, shipped_fonts
from printserver.documents.sniff import check_pixels
from printserver.documents.svg.cost import check_cost
from printserver.documents.svg.gate import admitted
from printserver.documents.svg.lengths import PIXELS_PER_INCH, size_of
from printserver.documents.svg.lettering import check_lettering
from printserver.documents.svg.pictures import clean_pictures, picture_sizes
from printserver.documents.svg.styles import Rule, rules_of
from printserver.documents.svg.tree import Node
from printserver.documents.svg.writing import written
from printserver.documents.target import Target
from printserver.errors import DocumentBroken
from printserver.raster.place import drawn_size

PANIC = "PanicException"  # of pyo3_runtime, which cannot be imported

Page = npt.NDArray[np.uint8]


def decode_svg(document: bytes, target: Target, fonts: FontShelf | None = None) -> tuple[Page, ...]:
    """Return the page of a drawing; raises DrawingRefused, DocumentBroken, DocumentTooLarge, BadTicket."""
    target.chosen(1)
    fonts = fonts or shipped_fonts()
    root = admitted(document)
    rules = style_rules(root)
    check_cost(root, rules, picture_sizes(root, target.max_pixels), target.max_pixels)
    check_lettering(root, rules, fonts)
    size = size_of(root)
    inches = (size[0] / PIXELS_PER_INCH, size[1] / PIXELS_PER_INCH)
    dots = drawn_size(inches, target.geometry, target.placement(0), target.rotation)
    check_pixels(dots, target.max_pixels)
    clean_pictures(root)
    return (drawn(written(root, size, dots), dots, fonts),)


def style_rules(root: Node) -> tuple[Rule, ...]:
    """Return the rules of all style sheets inside a drawing."""
    return tuple(each for node in root.walk() if node.name == "style" for each in rules_of(node.text, "<style>"))


def drawn(drawing: str, dots: tuple[int, int], fonts: FontShelf) -> Page:
    """Return a drawing on white, of a width and height in dots; raises DocumentBroken."""
    family = fonts.families[0]
    try:
        picture = resvg_py.svg_to_bytes(
            svg_string=drawing, background="#ffffff", dpi=PIXELS_PER_INCH, skip_system_fonts=True,
            font_files=[file.path for file in fonts.files], font_family=family, serif_family=family,
            sans_serif_family=family, cursive_family=family, fantasy_family=family, monospace_family=family,
        )  # fmt: skip
    except ValueError as error:
        raise DocumentBroken(f"the SVG cannot be drawn: {error}") from error
    except BaseException as error:  # a panic inside the renderer is no Exception, and this drawing's fault alone
        if type(error).__name__ != PANIC:
            raise
        raise DocumentBroken("the SVG cannot be drawn: the renderer gave it up") from error
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as image:
        if image.size != dots:
            raise DocumentBroken("the SVG cannot be drawn at the card's size")
        return np.array(image.convert("RGB"), dtype=np.uint8)
