"""Text of a drawing: every family that it names is at hand, and every character can be drawn.

Laws kept here:

1. A renderer draws what it has no font for as nothing, in silence; here it is an error that says what there is.
2. In a list of families the first that is here is taken, as CSS has it; a list of which none is here is refused.
3. Names are compared as the renderer compares them: their case counts.
4. Generic families leave the choice to the printer: they mean the first family that there is.

Sources: CSS 2.2 sections 15.3 (font-family) and 15.8 (font); Unicode general categories (UAX 44).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from printserver.documents.font_files import FontShelf
from printserver.documents.svg.styles import Rule, properties
from printserver.documents.svg.tree import Node
from printserver.errors import DrawingRefused
from printserver.model.display import harmless

TEXTS = frozenset({"text", "tspan", "textPath"})
GENERIC = frozenset("serif sans-serif monospace cursive fantasy".split())
KEYWORDS = frozenset("inherit initial unset".split())
# Of the shorthand `font`, what stands after the size and perhaps a line height.
SHORTHAND = re.compile(r"(?:^|\s)(?:\d|\.\d)[^\s/]*(?:\s*/\s*\S+)?\s+(.+)$", re.DOTALL)
# Spaces, controls, joiners and variants of what stands before them need no shape of their own.
SHAPELESS = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
VARIANTS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def check_lettering(root: Node, rules: tuple[Rule, ...], fonts: FontShelf) -> None:
    """Raise DrawingRefused where a drawing with text names no family that is here, or holds what no font draws."""
    texts = [node for node in root.walk() if node.name in TEXTS]
    if not texts:
        return
    for node in root.walk():
        for name, value in properties(node, rules):
            check_families(node, name, value, fonts)
    lacking = fonts.lacks(shaped("".join(node.text for node in texts)))
    if lacking:
        codes = ", ".join(f"U+{ord(each):04X}" for each in lacking[:8])
        raise DrawingRefused(f"no font draws {codes}", where="<text>", allowed=f"what {named(fonts)} draws")


def check_families(node: Node, name: str, value: str, fonts: FontShelf) -> None:
    """Raise DrawingRefused where a property names families of which none is here."""
    families = families_of(name, value)
    if families and not any(each in GENERIC | KEYWORDS or fonts.has(unquoted(each)) for each in families):
        where = f"<{node.name} {name}>"
        wanted = harmless(unquoted(families[0]))[:60]
        raise DrawingRefused(f"there is no font {wanted!r}", where=where, allowed=named(fonts))


def families_of(name: str, value: str) -> list[str]:
    """Return the families that a property names, none for another property."""
    if name == "font":
        found = SHORTHAND.search(value)
        value = found[1] if found else ""
    elif name != "font-family":
        return []
    value = value.partition("!")[0]
    return [each.strip() for each in value.split(",") if each.strip()]


def unquoted(family: str) -> str:
    """Return a family's name without its quotes."""
    return family.strip("\"'").strip()


def shaped(text: str) -> Iterator[str]:
    """Yield the characters of a text that need a shape."""
    for each in unicodedata.normalize("NFC", text):
        if unicodedata.category(each) not in SHAPELESS and not any(ord(each) in variants for variants in VARIANTS):
            yield each


def named(fonts: FontShelf) -> str:
    """Return the families there are, as an error names them."""
    return ", ".join(fonts.families)
