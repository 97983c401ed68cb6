"""`requested-attributes`: which attributes a client wants (RFC 8011 sections 4.2.5.1 and 4.3.4.1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from printserver.ipp import Attribute, Message, plain
from printserver.listeners.ipp.template import OPTIONS

LARGE = frozenset({"media-col-database"})
"""Sent only when they are named: not with `all` nor with their group (PWG 5100.7 section 6.3)."""

_PRINTER_SUFFIXES = ("-default", "-supported", "-ready")


def requested(message: Message, default: Sequence[str] = ("all",)) -> frozenset[str]:
    """Return the names and group names that a request asks for."""
    attribute = message.get("requested-attributes")
    if attribute is None:
        return frozenset(default)
    return frozenset(str(plain(value)) for value in attribute.values)


def chosen(names: Collection[str], wanted: frozenset[str]) -> frozenset[str]:
    """Return which of an object's attributes are wanted, by their own names or by their groups'."""
    found = wanted.intersection(names)
    for group, belongs in GROUPS.items():
        if group in wanted:
            found |= {name for name in names if name not in LARGE and belongs(name)}
    return found


def select(attributes: Sequence[Attribute], wanted: frozenset[str]) -> tuple[Attribute, ...]:
    """Return the wanted attributes in their order."""
    names = chosen([attribute.name for attribute in attributes], wanted)
    return tuple(attribute for attribute in attributes if attribute.name in names)


def _of_template(name: str) -> bool:
    base = name
    for suffix in _PRINTER_SUFFIXES:
        base = base.removesuffix(suffix)
    return base in OPTIONS or (base != name and base.startswith("media-"))


def _of_description(name: str) -> bool:
    return not _of_template(name)


GROUPS: dict[str, Callable[[str], bool]] = {
    "all": lambda name: True,
    "job-template": _of_template,
    "job-description": _of_description,
    "printer-description": _of_description,
    "printer-defaults": lambda name: name.endswith("-default"),
}
