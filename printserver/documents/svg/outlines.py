"""How long the lines of shapes are at most, and how many markers and dashes they may bear.

Laws kept here:

1. A length is in user units, and never too small: what cannot be known from the drawing's text counts as the longest.
2. Nothing is measured by a pattern that could go back over what it has read.

Sources: SVG 1.1 (second edition), sections 7.10 (lengths), 8.3 (path data), 11.4 (dashes).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from printserver.documents.svg.styles import Rule, declarations
from printserver.documents.svg.tree import Node
from printserver.errors import DrawingRefused
from printserver.model.display import harmless

NUMBER = re.compile(r"[-+]?(?:\d*\.\d+|\d+)")
POWERED = re.compile(r"[-+]?(?:\d*\.\d+|\d+)(?:[eE][-+]?\d+)?")
MEASURE = re.compile(r"([-+]?(?:\d*\.\d+|\d+)(?:[eE][-+]?\d+)?)\s*(%|[a-zA-Z]+)?")
# Curves whose bend is the mirror of the one before, which need not stand there: t and T, also one after another.
MIRRORED = re.compile(r"[tT][^a-df-su-zA-DF-SU-Z]*")
DASHES = re.compile(r"(?:[-+]?(?:\d*\.\d++|\d++)(?:px)?+[\s,]*+)*+")
TEXTS = frozenset({"text", "tspan", "textPath"})
SHAPES = TEXTS | {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
POINTS = ("d", "points")
LENGTHS = ("x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry")
VIEWS = ("viewBox", "width", "height", "markerWidth", "markerHeight")
LONGEST = 1e9
MAX_DASHES = 1_000_000
"""Of one element, with all that is in it: some seconds of a slow machine."""
UNITS = {"": 1.0, "px": 1.0, "in": 96.0, "cm": 38.0, "mm": 3.8, "pt": 1.4, "pc": 16.0}  # in user units, never too few
USUAL_VIEW, USUAL_SIZE = 100.0, 16.0
LETTER = 40.0  # times its size: the outline of the most winding letter of a text font is shorter
GROWING = frozenset({"em", "ex", "%"})


def points(node: Node) -> int:
    """Return the most points that markers of a shape may stand on."""
    return 2 + sum(len(NUMBER.findall(node.attributes.get(name, ""))) for name in POINTS)


@dataclass(frozen=True, slots=True)
class Measures:
    """What lengths of a drawing are parts of, at most: the widest view, and the largest size of a font."""

    view: float
    size: float

    def length(self, node: Node) -> float:
        """Return a length that the outline of a shape does not exceed.

        A step between two points is at most as long as all their coordinates together, counted for both; an arc is
        at most three and a half times its span or its radii, which stand there too.
        """
        told = sum(path_length(node.attributes.get(name, "")) for name in POINTS)
        told += sum(self.longest(node.attributes.get(name, "")) for name in LENGTHS)
        return 8.0 * told + (LETTER * self.size * len(node.text) if node.name in TEXTS else 0.0)

    def longest(self, text: str) -> float:
        """Return the sum of lengths with their units."""
        units = {**UNITS, "%": self.view / 100}
        found = MEASURE.findall(text)
        return sum(min(abs(float(number)) * units.get(unit, LONGEST), LONGEST) for number, unit in found)


def measures(root: Node, rules: tuple[Rule, ...]) -> Measures:
    """Return the measures of a drawing."""
    view, size = USUAL_VIEW, USUAL_SIZE
    said = [each for rule in rules for each in rule.declared]
    for node in root.walk():
        said += [(name, node.attributes.get(name, "")) for name in ("font", "font-size")]
        said += declarations(node.attributes.get("style", ""))
        if node.name not in SHAPES:
            views = [found for name in VIEWS for found in MEASURE.findall(node.attributes.get(name, ""))]
            view = max([view, *(view_of(number, unit) for number, unit in views)])
    for name, value in said:
        if name in ("font", "font-size"):
            size = max(size, size_of(value))
    return Measures(view, size)


def view_of(number: str, unit: str) -> float:
    """Return how wide a view is; one in per cent is no wider than the one around it."""
    if unit == "%":
        return 0.0 if abs(float(number)) <= 100 else LONGEST
    return min(abs(float(number)) * UNITS.get(unit, LONGEST), LONGEST)


def size_of(value: str) -> float:
    """Return a size of letters; one that grows with those around it has no end."""
    found = MEASURE.findall(value)
    if "larger" in value or any(unit in GROWING for number, unit in found if (number, unit) != ("100", "%")):
        return LONGEST
    return max((view_of(number, unit if unit in UNITS else "") for number, unit in found), default=0.0)


def path_length(data: str) -> float:
    """Return a length that a path or a row of points does not exceed, but for a factor (`Measures.length`)."""
    told = sum(min(abs(float(number)), LONGEST) for number in POWERED.findall(data))
    mirrored = max((len(NUMBER.findall(run)) for run in MIRRORED.findall(data)), default=0)
    return told * (1 + mirrored)


def dashes(shown: str, held: Sequence[tuple[str, str]], drawn: float) -> int:
    """Return how many dashes lines of a length may have; raises DrawingRefused for too many, or for no numbers."""
    count = 0.0
    for name, value in held:
        if name != "stroke-dasharray" or value.strip() in ("", "none", "inherit"):
            continue
        lengths = [float(number) for number in NUMBER.findall(value)]
        if not DASHES.fullmatch(value.strip()) or not all(0 <= each <= LONGEST for each in lengths):
            where = f"{shown[:-1]} {name}>"
            raise DrawingRefused(f"{harmless(value)[:60]!r} are no lengths", where=where, allowed="numbers, none")
        # all of them nought is a line without a gap
        count += drawn * len(lengths) / sum(lengths) if sum(lengths) > 0 else 0.0
    if count > MAX_DASHES:
        where = f"{shown[:-1]} stroke-dasharray>"
        raise DrawingRefused("asks for too many dashes", where=where, allowed=f"at most {MAX_DASHES} on its lines")
    return int(count)
