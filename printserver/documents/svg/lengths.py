"""How large a drawing is: its width and height in CSS pixels, 96 an inch.

Sources: CSS Values and Units Level 3, section 6.2; SVG 1.1 (second edition), sections 7.2, 7.7 and 7.13.
"""

from __future__ import annotations

import math
import re

from printserver.documents.svg.tree import Node
from printserver.errors import DrawingRefused
from printserver.model.display import harmless

PIXELS_PER_INCH = 96.0
UNITS = {
    "": 1.0, "px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pt": 96 / 72, "pc": 16.0,
}  # fmt: skip
LENGTH = re.compile(r"\+?(\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)\s*([a-zA-Z]*)\Z")
NUMBERS = re.compile(r"[\s,]+")
ALLOWED = "width and height in mm, cm, in, pt, pc or px, or a viewBox"
LARGEST = 1_000_000.0


def size_of(root: Node) -> tuple[float, float]:
    """Return width and height of a drawing in CSS pixels; raises DrawingRefused.

    A length that is missing follows from the view box, and so does one in per cent.
    """
    box = view_box(root)
    width, height = (length(root, name) for name in ("width", "height"))
    if width is None and height is None and box:
        width, height = box
    elif box and width is not None and height is None:
        height = width * box[1] / box[0]
    elif box and height is not None and width is None:
        width = height * box[0] / box[1]
    if width is None or height is None:
        raise DrawingRefused("does not say how large it is", where="<svg>", allowed=ALLOWED)
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise DrawingRefused("has no size", where="<svg>", allowed=f"above 0, at most {LARGEST:.0f} px")
    return width, height


def length(root: Node, name: str) -> float | None:
    """Return a length of the root in CSS pixels, None for one that is not said or is a part of what is around."""
    text = root.attributes.get(name, "auto").strip()
    if text in ("auto", "100%"):
        return None
    found = LENGTH.match(text)
    if found is None or found[2].lower() not in UNITS:
        raise DrawingRefused(f"is {harmless(text)[:40]!r}", where=f"<svg {name}>", allowed=ALLOWED)
    return float(found[1]) * UNITS[found[2].lower()]


def view_box(root: Node) -> tuple[float, float] | None:
    """Return width and height of the root's view box, None where there is none; raises DrawingRefused."""
    text = root.attributes.get("viewBox")
    if text is None:
        return None
    try:
        numbers = [float(each) for each in NUMBERS.split(text.strip())]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or min(numbers[2:]) <= 0:
        raise DrawingRefused(
            f"is {harmless(text)[:40]!r}", where="<svg viewBox>", allowed="four numbers, width and height above 0"
        )
    return numbers[2], numbers[3]
