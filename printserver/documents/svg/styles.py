"""CSS of a drawing, as far as the gate must understand it: what refers to something, and to which elements it applies.

Laws kept here:

1. What could be written in two ways is taken in one: no escapes, no rules with @.
2. A reference is `url(#id)` and nothing else, in attributes, in `style` and in `<style>`, whatever its case, quotes and
   comments.
3. A selector is judged by its last part alone, so that a rule applies here to more elements than in the drawing, never
   to fewer.

Sources: CSS Syntax Level 3, sections 4.3.2 (comments), 4.3.6 (url), 4.3.7 (escapes); CSS 2.2 section 5 (selectors).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from printserver.documents.svg.tree import Node
from printserver.errors import DrawingRefused

# Of both, whichever begins first holds the other.
COMMENT_OR_STRING = re.compile(r"""/\*.*?(?:\*/|\Z)|"[^"]*"|'[^']*'|["']""", re.DOTALL)
HIDING = re.compile(r"[;{}]|/\*")
URL = re.compile(r"url\s*\(", re.IGNORECASE)
OWN_URL = re.compile(r"""url\(\s*(["']?)#([^"'()\s\\]+)\1\s*\)""", re.IGNORECASE)
COMBINATOR = re.compile(r"[\s>+~]")
NOT_PLAIN = frozenset("[(\"'")
PLAIN_PART = re.compile(r"(?P<type>[\w-]+)?(?P<more>(?:[.#][\w-]+)*)\Z")
REFERENCES = "url(#id)"


def check_css(text: str, where: str) -> None:
    """Raise DrawingRefused for style text that is not taken."""
    if "\\" in text:
        raise DrawingRefused("holds a backslash", where=where, allowed="style text without escapes")
    if "@" in text:
        raise DrawingRefused("holds a rule with @ (as @import)", where=where, allowed="plain rules")
    check_references(text, where)
    check_references(plain(text), where)
    for each in COMMENT_OR_STRING.findall(text):
        if each in ('"', "'") or (each[0] in "\"'" and HIDING.search(each)):
            raise DrawingRefused("has quotes that could hide something", where=where, allowed="names without ; { } /*")


def plain(text: str) -> str:
    """Return style text without its comments."""
    return COMMENT_OR_STRING.sub(lambda found: "" if found[0].startswith("/*") else found[0], text)


def check_references(text: str, where: str) -> None:
    """Raise DrawingRefused where something is referred to that is not in the drawing itself."""
    if len(URL.findall(text)) != len(OWN_URL.findall(text)):
        raise DrawingRefused("refers to something outside the drawing", where=where, allowed=REFERENCES)


def references(text: str) -> tuple[str, ...]:
    """Return the ids that a checked text refers to."""
    return tuple(each[2] for each in OWN_URL.finditer(text))


def declarations(text: str) -> Iterator[tuple[str, str]]:
    """Yield property and value of declarations, the property in lower case."""
    for each in plain(text).split(";"):
        name, colon, value = each.partition(":")
        if colon:
            yield name.strip().lower(), value.partition("!")[0].strip()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: to which elements it applies (None = all), and what it declares."""

    type: str | None
    classes: frozenset[str]
    id: str | None
    declared: tuple[tuple[str, str], ...]

    def applies_to(self, node: Node) -> bool:
        """Tell whether an element may be meant."""
        return (
            self.type in (None, node.name)
            and self.id in (None, node.attributes.get("id"))
            and self.classes <= set(node.attributes.get("class", "").split())
        )


def rules_of(sheet: str, where: str) -> tuple[Rule, ...]:
    """Return the rules of a style sheet that was checked; raises DrawingRefused for one that does not end."""
    *whole, rest = plain(sheet).split("}")
    parts = [each.partition("{") for each in whole]
    if rest.strip() or not all(brace and "{" not in body for _, brace, body in parts):
        raise DrawingRefused("is not whole", where=where, allowed="selector { property: value }")
    found: list[Rule] = []
    for selectors, _, body in parts:
        declared = tuple(declarations(body))
        found += [rule(selector, declared) for selector in selectors.split(",")]
    return tuple(found)


def rule(selector: str, declared: tuple[tuple[str, str], ...]) -> Rule:
    """Return the rule of one selector; what is not understood of it applies to all."""
    last = COMBINATOR.split(selector.rstrip())[-1].partition(":")[0]
    part = None if NOT_PLAIN & set(selector) else PLAIN_PART.match(last)
    if part is None:
        return Rule(None, frozenset(), None, declared)
    more = re.findall(r"([.#])([\w-]+)", part["more"])
    ids = [name for mark, name in more if mark == "#"]
    return Rule(part["type"], frozenset(name for mark, name in more if mark == "."), ids[0] if ids else None, declared)


def properties(node: Node, rules: tuple[Rule, ...]) -> Iterator[tuple[str, str]]:
    """Yield every property that may hold for an element, its attributes among them; one may come more than once."""
    yield from node.attributes.items()
    yield from declarations(node.attributes.get("style", ""))
    for each in rules:
        if each.applies_to(node):
            yield from each.declared
