"""What it costs to draw a drawing, counted before it is drawn, everything that is used counted as often as it is used.

Laws kept here:

1. An element costs itself, what stands in it, and whatever it refers to, each time.
2. What refers to itself, by whatever way, is refused, and so is what refers to nothing.
3. A text costs its characters, a path its length, a marker the points that it may stand on.

What the kernel lets a worker use is the last limit; this one says why.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from printserver.documents.svg.styles import Rule, properties, references
from printserver.documents.svg.tree import MAX_NODES, Node
from printserver.errors import DrawingRefused

MAX_LAYERS = 400
"""A layer is a picture of the card's size of its own: 20 to 80 ms each at 300 dpi on a slow machine."""
MAX_HEIGHT = 200
DATA_A_NODE = 500  # characters of path data that cost as much as an element
FILTER_LAYERS = 8  # a step of a filter works on several pictures, and they may be larger than the card

GRADIENTS = frozenset({"linearGradient", "radialGradient"})
STEPS = frozenset(
    "feGaussianBlur feOffset feFlood feMerge feBlend feComposite feTile feColorMatrix feComponentTransfer "
    "feDropShadow".split()
)
NUMBER = re.compile(r"[-+]?(?:\d*\.\d+|\d+)")
WHOLE = frozenset({"1", "1.0", "100%"})


@dataclass(frozen=True, slots=True)
class Cost:
    """Elements with everything used counted each time, layers, pixels of pictures, and how deep all of it goes."""

    nodes: int = 0
    layers: int = 0
    pixels: int = 0
    height: int = 0

    def plus(self, others: Iterable[Cost]) -> Cost:
        """Return this cost with those of parts, which lie a step deeper."""
        parts = tuple(others)
        return Cost(
            self.nodes + sum(each.nodes for each in parts), self.layers + sum(each.layers for each in parts),
            self.pixels + sum(each.pixels for each in parts), 1 + max((each.height for each in parts), default=0),
        )  # fmt: skip

    def times(self, count: int) -> Cost:
        """Return the cost of so many."""
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
        parts = [self.of(child, above + 1) for child in node.children]
        parts += [self._used(node, name, target, above) for name, target in self._referred(node, held)]
        self._known[node] = self._own(node, held).plus(parts)
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

    def _used(self, node: Node, name: str, target: Node, above: int) -> Cost:
        cost = self.of(target, above + 1)
        layered = name != "href" and target.name not in GRADIENTS
        cost = Cost(cost.nodes, cost.layers + layered, cost.pixels, cost.height)
        return cost.times(points(node)) if name.startswith("marker") else cost

    def _own(self, node: Node, held: Sequence[tuple[str, str]]) -> Cost:
        size = len(node.attributes.get("d", "")) + len(node.attributes.get("points", ""))
        text = len(node.text) if node.name in ("text", "tspan", "textPath") else 0
        layered = any(is_layer(name, value) for name, value in held)
        layers = FILTER_LAYERS if node.name in STEPS else int(layered)
        return Cost(1 + size // DATA_A_NODE + text, layers, self._pixels.get(node, 0))


def is_layer(name: str, value: str) -> bool:
    """Tell whether a property asks for a picture of its own."""
    match name:
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


def shown(node: Node) -> str:
    """Return an element as an error names it."""
    name = node.attributes.get("id", "")
    return f'<{node.name} id="{name[:60]}">' if name else f"<{node.name}>"
