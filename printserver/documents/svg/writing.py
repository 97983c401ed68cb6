"""A tree that passed the gate, written anew for the renderer.

Laws kept here:

1. What is written is what was judged: the renderer's parser never sees the stranger's bytes.
2. The drawing is laid into a picture of a given size without changing what its own lengths mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from printserver.documents.svg.tree import SVG, Node

# What the drawing as a whole is given anew.
REPLACED = frozenset({"x", "y", "width", "height", "overflow"})


def written(root: Node, size: tuple[float, float], dots: tuple[int, int]) -> str:
    """Return a drawing of a size in CSS pixels as SVG that fills a picture of a width and height in dots."""
    width, height = size
    kept = {name: value for name, value in root.attributes.items() if name not in REPLACED}
    # Nothing is cut at the drawing's own edge: that is the picture's, and cutting twice would soften it.
    own = {"width": f"{width:.9g}", "height": f"{height:.9g}", "overflow": "visible"}
    inner = Node("svg", {**kept, **own}, root.content)
    head = (
        f'<svg xmlns="{SVG}" width="{dots[0]}" height="{dots[1]}" viewBox="0 0 {width:.9g} {height:.9g}" '
        'preserveAspectRatio="none">'
    )
    return head + "".join(pieces(inner)) + "</svg>"


def pieces(node: Node) -> Iterator[str]:
    """Yield an element piece by piece."""
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in node.attributes.items())
    yield f"<{node.name}{attributes}>"
    for each in node.content:
        if isinstance(each, str):
            yield escape(each)
        else:
            yield from pieces(each)
    yield f"</{node.name}>"
