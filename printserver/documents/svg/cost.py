"""What it costs to draw a drawing, counted before it is drawn, everything that is used counted as often as it is used.

Laws kept here:

1. An element costs itself, what stands in it, and whatever it refers to, each time.
2. What refers to itself, by whatever way, is refused, and so is what refers to nothing.
3. A text costs its characters, a path its length, a marker the points that it may stand on, a dashed line its dashes.
4. What shapes inherit (paint, markers, dashes) is counted for each shape below the element that says it.

What the kernel lets a worker use is the last limit; this one says why.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from printserver.documents.svg.styles import OWN_URL, Rule, properties, references
from printserver.documents.svg.tree import MAX_NODES, Node
from printserver.errors import DrawingRefused

MAX_LAYERS = 400
"""A layer is a picture of the card's size of its own: 20 to 80 ms each at 300 dpi on a slow machine."""
MAX_HEIGHT = 200
DATA_A_NODE = 500  # characters of path data that cost as much as an element
DASHES_A_NODE = 50  # dashes that cost as much as an element: some microseconds each
FILTER_LAYERS = 8  # a step of a filter works on several pictures, and they may be larger than the card

GRADIENTS = frozenset({"linearGradient", "radialGradient"})
STEPS = frozenset(
    "feGaussianBlur feOffset feFlood feMerge feBlend feComposite feTile feColorMatrix feComponentTransfer "
    "feDropShadow".split()
)
NUMBER = re.compile(r"[-+]?(?:\d*\.\d+|\d+)")
TEXTS = frozenset({"text", "tspan", "textPath"})
SHAPES = TEXTS | {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
LENGTHS = ("d", "points", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry")
LONGEST = 1e9
MEASURE = re.compile(r"([-+]?(?:\d*\.\d+|\d+)(?:[eE][-+]?\d+)?)\s*(%|[a-z]{2,3})?")
UNITS = {"": 1, "px": 1, "%": 1000}  # in user units, never too few; any other is at most an inch, 96 of them
GLYPH = 10_000.0  # user units: the outline of a letter as high as a card is shorter
DASHES = re.compile(r"(?:[-+]?(?:\d*\.\d+|\d+)(?:px)?[\s,]*)*")
WHOLE = frozenset({"1", "1.0", "100%"})


@dataclass(frozen=True, slots=True)
class Cost:
    """Elements with everything used counted each time, layers, pixels of pictures, and how deep all of it goes.

    `shapes`, `points` and `length` (in user units, never too little) are of what is drawn, for what it inherits.
    """

    nodes: int = 0
    layers: int = 0
    pixels: int = 0
    height: int = 0
    shapes: int = 0
    points: int = 0
    length: float = 0.0

    def plus(self, others: Iterable[Cost]) -> Cost:
        """Return this cost with those of parts, which lie a step deeper."""
        parts = tuple(others)
        return Cost(
            self.nodes + sum(each.nodes for each in parts), self.layers + sum(each.layers for each in parts),
            self.pixels + sum(each.pixels for each in parts), 1 + max((each.height for each in parts), default=0),
            self.shapes + sum(each.shapes for each in parts), self.points + sum(each.points for each in parts),
            self.length + sum(each.length for each in parts),
        )  # fmt: skip

    def times(self, count: int) -> Cost:
        """Return the cost of so many, of which nothing inherits what is said where they are used."""
        return Cost(self.nodes * count, self.layers * count, self.pixels * count, self.height)


def check_cost(root: Node, rules: tuple[Rule, ...], pixels: dict[Node, int], max_pixels: int) -> None:
    """Raise DrawingRefused where a drawing costs too much; `pixels` are those of its pictures."""
    cost = Counting(root, rules, pixels).of(root)
    limits = (
        (cost.nodes, MAX_NODES, "elements, each counted as often as it is used"),
        (cost.layers, MAX_LAYERS, "layers (opacity, masks, clips, patterns, filters)"),
        (cost.pixels, max_pixels, "pixels of pictures inside it"),
        (cost.height, MAX_HEIGHT, "steps from the drawing to what is used innermost"),
    )
    for found, most, what in limits:
        if found > most:
            raise DrawingRefused(f"the drawing has {found} {what}"[:200], where="<svg>", allowed=f"at most {most}")


class Counting:
    """Counts each element once and remembers it."""

    def __init__(self, root: Node, rules: tuple[Rule, ...], pixels: dict[Node, int]) -> None:
        """Find what can be referred to; raises DrawingRefused for an id that stands twice."""
        self._rules = rules
        self._pixels = pixels
        self._known: dict[Node, Cost] = {}
        self._under_way: set[Node] = set()
        named = [node for node in root.walk() if "id" in node.attributes]
        twice = [name for name, count in Counter(node.attributes["id"] for node in named).items() if count > 1]
        if twice:
            raise DrawingRefused(f"{twice[0][:60]!r} stands twice", where="<... id>", allowed="each id once")
        self._named = {node.attributes["id"]: node for node in named}

    def of(self, node: Node, above: int = 0) -> Cost:
        """Return what an element costs; raises DrawingRefused for one that refers to itself or to nothing."""
        if (known := self._known.get(node)) is not None:
            return known
        if node in self._under_way:
            raise DrawingRefused("refers to itself", where=shown(node), allowed="references without a circle")
        if above > MAX_HEIGHT:
            raise DrawingRefused("is used too deep", where=shown(node), allowed=f"at most {MAX_HEIGHT} steps")
        self._under_way.add(node)
        held = tuple(properties(node, self._rules))
        referred = self._referred(node, held)
        parts = [self.of(child, above + 1) for child in node.children]
        parts += [self.of(target, above + 1) for name, target in referred if name == "href"]
        drawn = self._own(node, held).plus(parts)
        used = [self._used(drawn, name, target, above) for name, target in referred if name != "href"]
        self._known[node] = drawn.plus([*used, Cost(dashes(node, held, drawn.length) // DASHES_A_NODE)])
        self._under_way.discard(node)
        return self._known[node]

    def _referred(self, node: Node, held: Sequence[tuple[str, str]]) -> list[tuple[str, Node]]:
        plain = [(name, value) for name, value in held if name not in ("style", "href")]
        names = [(name, target) for name, value in plain for target in references(value)]
        href = node.attributes.get("href", "")
        if href.startswith("#"):
            names.append(("href", href[1:]))
        for name, target in names:
            if target not in self._named:
                where = f"{shown(node)[:-1]} {name[:40]}>"
                raise DrawingRefused(f"refers to #{target[:60]}, which is not there", where=where, allowed="its ids")
        return [(name, self._named[target]) for name, target in names]

    def _used(self, drawn: Cost, name: str, target: Node, above: int) -> Cost:
        """Return the cost of what an element refers to, as often as what it draws takes it."""
        cost = self.of(target, above + 1)
        cost = Cost(cost.nodes, cost.layers + (target.name not in GRADIENTS), cost.pixels, cost.height)
        if name.startswith("marker"):
            return cost.times(max(1, drawn.points))
        return cost.times(max(1, drawn.shapes) if name in ("fill", "stroke") else 1)

    def _own(self, node: Node, held: Sequence[tuple[str, str]]) -> Cost:
        size = len(node.attributes.get("d", "")) + len(node.attributes.get("points", ""))
        text = len(node.text) if node.name in TEXTS else 0
        layered = any(is_layer(node, name, value) for name, value in held)
        layers = FILTER_LAYERS if node.name in STEPS else int(layered)
        cost = Cost(1 + size // DATA_A_NODE + text, layers, self._pixels.get(node, 0))
        return replace(cost, shapes=1, points=points(node), length=length(node)) if node.name in SHAPES else cost


def is_layer(node: Node, name: str, value: str) -> bool:
    """Tell whether a property asks for a picture of its own; raises DrawingRefused for a filter without an element."""
    match name:
        case "filter" if not (value.strip() == "none" or OWN_URL.fullmatch(value.strip())):
            where = f"{shown(node)[:-1]} filter>"
            raise DrawingRefused(f"{value[:60]!r} is no reference", where=where, allowed="url(#ID), none")
        case "opacity":
            return value.strip() not in WHOLE
        case "mix-blend-mode":
            return value.strip() != "normal"
        case "isolation":
            return value.strip() != "auto"
    return False


def points(node: Node) -> int:
    """Return the most points that markers of a shape may stand on."""
    return 2 + len(NUMBER.findall(node.attributes.get("d", "") + " " + node.attributes.get("points", "")))


def length(node: Node) -> float:
    """Return a length in user units that no outline of a shape exceeds.

    A step between two points is at most as long as all their coordinates together, counted for both; an arc is at
    most three and a half times its span or its radii, which stand there too.
    """
    told = " ".join(node.attributes.get(name, "") for name in LENGTHS)
    spans = [min(abs(float(number)), LONGEST) * UNITS.get(unit, 100) for number, unit in MEASURE.findall(told)]
    return 8.0 * sum(spans) + (GLYPH * len(node.text) if node.name in TEXTS else 0.0)


def dashes(node: Node, held: Sequence[tuple[str, str]], drawn: float) -> int:
    """Return how many dashes the lines of an element may have; raises DrawingRefused where they are no numbers."""
    count = 0.0
    for name, value in held:
        if name != "stroke-dasharray" or value.strip() in ("none", "inherit"):
            continue
        lengths = [float(number) for number in NUMBER.findall(value)]
        if not DASHES.fullmatch(value.strip()) or not all(0 <= each <= LONGEST for each in lengths):
            where = f"{shown(node)[:-1]} {name}>"
            raise DrawingRefused(f"{value[:60]!r} are no lengths", where=where, allowed="numbers, none")
        # all of them nought is a line without a gap
        count += drawn * len(lengths) / sum(lengths) if sum(lengths) > 0 else 0.0
    return int(min(count, LONGEST))


def shown(node: Node) -> str:
    """Return an element as an error names it."""
    name = node.attributes.get("id", "")
    return f'<{node.name} id="{name[:60]}">' if name else f"<{node.name}>"
