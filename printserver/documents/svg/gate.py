"""The gate: what a drawing of a stranger may hold.

Laws kept here:

1. What may stand in a drawing is a list; what is not in it is refused by its name, and nothing is drawn.
2. A drawing refers to itself alone, and to pictures that it carries inside it.
3. Nothing in it moves, runs, or asks for a page of another kind.

Source: SVG 1.1 (second edition), appendix A and chapters 5 to 15; what a renderer makes of
hostile drawings, measured.
"""

from __future__ import annotations

from printserver.documents.svg.styles import REFERENCES, check_css, check_references
from printserver.documents.svg.tree import MAX_VALUE, Node, read_tree
from printserver.errors import DrawingRefused
from printserver.model.display import harmless

SHAPES = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "image", "text", "tspan", "textPath")
STRUCTURE = ("svg", "g", "defs", "symbol", "use", "switch", "style", "title", "desc", "metadata")
PAINTS = ("linearGradient", "radialGradient", "stop", "pattern", "clipPath", "mask", "marker")
# Those whose work grows with the picture alone; the others' (feTurbulence, feMorphology, lights) grows with numbers in
# the drawing, without an end.
FILTERS = (
    "filter", "feGaussianBlur", "feOffset", "feFlood", "feMerge", "feMergeNode", "feBlend", "feComposite", "feTile",
    "feColorMatrix", "feComponentTransfer", "feFuncR", "feFuncG", "feFuncB", "feFuncA", "feDropShadow",
)  # fmt: skip
ELEMENTS = frozenset((*SHAPES, *STRUCTURE, *PAINTS, *FILTERS))
# Refused also as somebody else's element: what is meant to run or to bring something in has no business here.
NEVER = frozenset(
    "script foreignobject feimage a animate animatecolor animatemotion animatetransform set mpath discard handler "
    "listener iframe object embed audio video canvas link".split()
)
REFERRING = frozenset("use image textPath linearGradient radialGradient pattern filter".split())
PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,")


def admitted(document: bytes) -> Node:
    """Return the tree of a drawing whose every element and attribute may stand; raises DrawingRefused, DocumentBroken.

    What it costs to draw it, which fonts it names and what its pictures are is not judged here.
    """
    root = read_tree(document, judge)
    for node in root.walk():
        if node.name == "style":
            if len(node.text) > MAX_VALUE:
                raise DrawingRefused("is too long", where="<style>", allowed=f"at most {MAX_VALUE} characters")
            check_css(node.text, "<style>")
    return root


def judge(name: str, attributes: dict[str, str], foreign: bool) -> None:
    """Raise DrawingRefused for an element that may not stand, or one of its attributes."""
    shown = harmless(name)[:40]
    if name.lower() in NEVER or not (foreign or name in ELEMENTS):
        raise DrawingRefused("is not drawn", where=f"<{shown}>", allowed=f"shapes and text: {', '.join(SHAPES)}")
    for attribute, value in attributes.items():
        judge_attribute(name, attribute, value, f"<{shown} {harmless(attribute)[:40]}>")


def judge_attribute(element: str, attribute: str, value: str, where: str) -> None:
    """Raise DrawingRefused for an attribute that may not stand."""
    if attribute.lower().startswith("on"):
        raise DrawingRefused("is an event's", where=where, allowed="attributes that draw something")
    if attribute == "href":
        judge_reference(element, value, where)
        return
    if len(value) > MAX_VALUE:
        raise DrawingRefused("is too long", where=where, allowed=f"at most {MAX_VALUE} characters")
    if "\\" in value:
        raise DrawingRefused("holds a backslash", where=where, allowed="values without escapes")
    if attribute == "style":
        check_css(value, where)
    else:
        check_references(value, where)


def judge_reference(element: str, value: str, where: str) -> None:
    """Raise DrawingRefused for a reference that leaves the drawing."""
    if element == "image":
        if not value.lower().startswith(PICTURES):
            allowed = "data:image/png;base64 or data:image/jpeg;base64"
            raise DrawingRefused(f"refers to {harmless(value)[:60]!r}", where=where, allowed=allowed)
    elif not value.startswith("#") or value == "#" or element not in REFERRING:
        allowed = f"#id, on {', '.join(sorted(REFERRING))}; {REFERENCES} elsewhere"
        raise DrawingRefused(f"refers to {harmless(value)[:60]!r}", where=where, allowed=allowed)
