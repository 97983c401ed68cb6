"""What it costs to draw a drawing, counted before it is drawn, everything that is used counted as often as it is used.

Laws kept here:

1. An element costs itself, what stands in it, and whatever it refers to, each time.
2. What refers to itself, by whatever way, is refused, and so is what refers to nothing.
3. A text costs its characters, a path its length, a marker the points that it may stand on, a dashed line its dashes.
4. What shapes inherit (paint, markers, dashes) is counted for each shape below the element that says it.

What the kernel lets a worker use is the last limit; this one says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from printserver.documents.svg.outlines import SHAPES, TEXTS, dashes, measures, points
from printserver.documents.svg.styles import OWN_URL, Rule, properties, references
from printserver.documents.svg.tree import MAX_NODES, Node
from printserver.errors import DrawingRefused
from printserver.model.display import harmless

MAX_LAYERS = 400
"""A layer is a picture of the card's size of its own: 20 to 80 ms each at 300 dpi on a slow machine."""
MAX_HEIGHT = 200
DATA_A_NODE = 500  # characters of path data that cost as much as an element
MAX_PROPERTIES = 2_000_000
"""Properties that are held against elements: some seconds of a slow machine, here and in the renderer."""
DASHES_A_NODE = 50  # dashes that cost as much as an element: some microseconds each
FILTER_LAYERS = 8  # a step of a filter works on several pictures, and they may be larger than the card

GRADIENTS = frozenset({"linearGradient", "radialGradient"})
STEPS = frozenset(
    "feGaussianBlur feOffset feFlood feMerge feBlend feComposite feTile feColorMatrix feComponentTransfer "
    "feDropShadow".split()
)
PAINTS = frozenset({"fill", "stroke"})
MARKERS = frozenset({"marker", "marker-start", "marker-mid", "marker-end"})
INHERITED = PAINTS | MARKERS | {"stroke-dasharray"}
# What is used by a reference and inherits from where it stands, not from where it is used.
HOLDERS = frozenset({"pattern", "mask", "clipPath", "marker"})
CONTEXT = "context-"
STYLED = PAINTS | {"style"}
EFFECTS = frozenset({"filter", "mask", "clip-path"})
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
        nodes = list(root.walk())
        self._around = {child: node for node in nodes for child in node.children}
        self._looked_at = 0
        self._look_at(len(rules) * len(nodes) + sum(len(rule.declared) for rule in rules))
        self._measures = measures(root, rules)
        said = [value for rule in rules for _, value in rule.declared]
        said += [value for node in nodes for name, value in node.attributes.items() if name in STYLED]
        self._contextual = any(CONTEXT in value.lower() for value in said)

    def of(self, node: Node, above: int = 0) -> Cost:
        """Return what an element costs; raises DrawingRefused for one that refers to itself or to nothing."""
        if (known := self._known.get(node)) is not None:
            return known
        if node in self._under_way:
            raise DrawingRefused("refers to itself", where=shown(node), allowed="references without a circle")
        if above > MAX_HEIGHT:
            raise DrawingRefused("is used too deep", where=shown(node), allowed=f"at most {MAX_HEIGHT} steps")
        self._under_way.add(node)
        held = self._held(node)
        referred = self._referred(node, held)
        parts = [self.of(child, above + 1) for child in node.children]
        parts += [self.of(target, above + 1) for name, target in referred if name == "href"]
        drawn = self._own(node, held).plus(parts)
        marked = [self._used(drawn, name, target, above) for name, target in referred if name in MARKERS]
        drawn = drawn.plus(marked)
        used = [self._used(drawn, name, target, above) for name, target in referred if name not in MARKERS | {"href"}]
        self._known[node] = drawn.plus([*used, Cost(dashes(shown(node), held, drawn.length) // DASHES_A_NODE)])
        self._under_way.discard(node)
        return self._known[node]

    def _held(self, node: Node) -> tuple[tuple[str, str], ...]:
        """Return the properties of an element; of a pattern and its like also what it inherits where it stands."""
        held = list(properties(node, self._rules))
        around = self._around.get(node) if node.name in HOLDERS else None
        while around is not None:
            passed_on = list(properties(around, self._rules))
            self._look_at(len(passed_on))
            held += [(name, value) for name, value in passed_on if name in INHERITED]
            around = self._around.get(around)
        self._look_at(len(held))
        for name, value in held:
            check_effect(node, name, value)
        return tuple(held)

    def _look_at(self, count: int) -> None:
        self._looked_at += count
        if self._looked_at > MAX_PROPERTIES:
            what = "the drawing has more properties and rules of style, each counted for each element"
            raise DrawingRefused(what, where="<svg>", allowed=f"at most {MAX_PROPERTIES}")

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
        if name in MARKERS:
            count = max(1, drawn.points)
            # only by a word of its own does what is in a marker take the paint of the line that it stands on
            return replace(cost.times(count), shapes=self.of(target).shapes * count if self._contextual else 0)
        return cost.times(max(1, drawn.shapes) if name in PAINTS else 1)

    def _own(self, node: Node, held: Sequence[tuple[str, str]]) -> Cost:
        size = len(node.attributes.get("d", "")) + len(node.attributes.get("points", ""))
        text = len(node.text) if node.name in TEXTS else 0
        layered = any(is_layer(name, value) for name, value in held)
        layers = FILTER_LAYERS if node.name in STEPS else int(layered)
        cost = Cost(1 + size // DATA_A_NODE + text, layers, self._pixels.get(node, 0))
        if node.name not in SHAPES:
            return cost
        return replace(cost, shapes=1, points=points(node), length=self._measures.length(node))


def check_effect(node: Node, name: str, value: str) -> None:
    """Raise DrawingRefused for a filter, mask or clip that is neither of an element of the drawing nor none.

    A list of functions costs without an end, and so does what takes over its parent's.
    """
    if name in EFFECTS and not (value.strip() in ("", "none") or OWN_URL.fullmatch(value.strip())):
        where = f"{shown(node)[:-1]} {name}>"
        raise DrawingRefused(f"{harmless(value)[:60]!r} is no reference", where=where, allowed="url(#ID), none")


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


def shown(node: Node) -> str:
    """Return an element as an error names it."""
    name = node.attributes.get("id", "")
    return f'<{node.name} id="{name[:60]}">' if name else f"<{node.name}>"
