"""An SVG as a tree of plain values, read by a parser that takes no document type.

Laws kept here:

1. A drawing is UTF-8 text, and says nothing else of itself.
2. Nodes, depth and attributes are counted while they are read: what is too much is not read to its end.
3. What is not SVG (an editor's own notes, comments, instructions) is not in the tree and does not reach the drawing.

Sources: XML 1.0 (fifth edition) sections 2.8, 4.3.3; SVG 1.1 (second edition) section 5.1.2; XML Base, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from printserver.errors import DocumentBroken, DrawingRefused

SVG, XLINK, XML = (
    "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace",
)  # fmt: skip
MAX_NODES = 20_000
MAX_DEPTH = 100
MAX_ATTRIBUTES = 100
MAX_VALUE = 4 * 1024 * 1024

DECLARATION = re.compile(r"""<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']""")


@dataclass(slots=True, eq=False)
class Node:
    """An element of SVG: its name, its attributes that mean something in SVG, its elements and text in order."""

    name: str
    attributes: dict[str, str]
    content: list[Node | str] = field(default_factory=list)

    @property
    def children(self) -> tuple[Node, ...]:
        """Return the elements inside."""
        return tuple(each for each in self.content if isinstance(each, Node))

    @property
    def text(self) -> str:
        """Return the text that stands directly inside."""
        return "".join(each for each in self.content if isinstance(each, str))

    def walk(self) -> Iterator[Node]:
        """Yield this element and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


class Judge(Protocol):
    """What is asked of every element, foreign ones too, before it is taken into the tree."""

    def __call__(self, name: str, attributes: dict[str, str], foreign: bool) -> None:
        """Raise DrawingRefused where it may not stand."""
        ...


def read_tree(document: bytes, judge: Judge) -> Node:
    """Return the root of a drawing; raises DrawingRefused (it is not taken), DocumentBroken (it cannot be read)."""
    builder = Builder(judge)
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(text_of(document))
        parser.close()
    except DefusedXmlException as error:
        raise DrawingRefused("declares a document type", where="<!DOCTYPE>", allowed="a drawing without one") from error
    except ParseError as error:
        raise DocumentBroken(f"the SVG cannot be read: {error}") from error
    if builder.root is None:
        raise DrawingRefused("is no element of SVG", where="root", allowed=f'<svg xmlns="{SVG}">')
    return builder.root


def text_of(document: bytes) -> str:
    """Return a drawing as text; raises DrawingRefused for what is not UTF-8 or says so of itself."""
    allowed = "UTF-8"
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DrawingRefused("is not UTF-8", where="text", allowed=allowed) from error
    declared = DECLARATION.match(text)
    if declared is not None and declared[1].lower() not in ("utf-8", "us-ascii"):
        raise DrawingRefused(f"declares the encoding {declared[1][:40]}", where="<?xml>", allowed=allowed)
    return text


class Builder:
    """Makes the tree as the parser tells of tags."""

    def __init__(self, judge: Judge) -> None:
        """Ask `judge` of every element."""
        self.root: Node | None = None
        self._judge = judge
        self._open: list[Node | None] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element; raises DrawingRefused."""
        namespace, name = parted(tag)
        self._count += 1
        self._check_size(name, attributes)
        kept = meant(name, attributes)
        self._judge(name, kept, namespace != SVG)
        inside_foreign = bool(self._open) and self._open[-1] is None
        node = None if namespace != SVG or inside_foreign else Node(name, kept)
        if node is not None:
            self._take(node)
        self._open.append(node)

    def end(self, _tag: str) -> None:
        """Close an element."""
        self._open.pop()

    def data(self, text: str) -> None:
        """Take text."""
        if self._open and (node := self._open[-1]) is not None:
            node.content.append(text)

    def pi(self, target: str, _text: str | None = None) -> None:
        """Refuse a style sheet from elsewhere; other instructions mean nothing to a drawing."""
        if target == "xml-stylesheet":
            raise DrawingRefused("is not taken", where="<?xml-stylesheet>", allowed="<style> inside the drawing")

    def comment(self, _text: str) -> None:
        """Leave a comment out."""

    def close(self) -> None:
        """Take note of the end."""

    def _take(self, node: Node) -> None:
        if self._open:
            parent = self._open[-1]
            assert parent is not None
            parent.content.append(node)
        elif node.name == "svg":
            self.root = node

    def _check_size(self, name: str, attributes: dict[str, str]) -> None:
        where = f"<{name[:40]}>"
        if self._count > MAX_NODES:
            raise DrawingRefused("the drawing has too many elements", where=where, allowed=f"at most {MAX_NODES}")
        if len(self._open) >= MAX_DEPTH:
            raise DrawingRefused("stands too deep in other elements", where=where, allowed=f"at most {MAX_DEPTH} deep")
        if len(attributes) > MAX_ATTRIBUTES:
            raise DrawingRefused("has too many attributes", where=where, allowed=f"at most {MAX_ATTRIBUTES}")


def parted(tag: str) -> tuple[str, str]:
    """Return namespace and local name of a tag or attribute as the parser writes it, `{namespace}name`."""
    if not tag.startswith("{"):
        return "", tag
    namespace, _, name = tag[1:].partition("}")
    return namespace, name


def meant(element: str, attributes: dict[str, str]) -> dict[str, str]:
    """Return the attributes that mean something in SVG: its own, XLink's href, xml:space; raises DrawingRefused."""
    kept: dict[str, str] = {}
    for tag, value in attributes.items():
        namespace, name = parted(tag)
        if namespace == XML and name == "base":
            raise DrawingRefused("is not taken", where=f"<{element} xml:base>", allowed="references inside the drawing")
        if namespace == XML and name == "space":
            kept["xml:space"] = value
        elif namespace == XLINK and name == "href":
            kept.setdefault("href", value)
        elif not namespace and not name.startswith(("data-", "aria-")):
            kept[name] = value
    if "href" in attributes:  # SVG 2: the attribute without a namespace goes before XLink's
        kept["href"] = attributes["href"]
    return kept
