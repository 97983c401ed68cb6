"""`requested-attributes`: which attributes a client wants (RFC 8011 section 4.2.5.1, 4.3.4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from printserver.ipp import Attribute, Message, plain


def requested(message: Message, default: Sequence[str] = ("all",)) -> frozenset[str]:
    """Return the names and group names that a request asks for."""
    attribute = message.get("requested-attributes")
    if attribute is None:
        return frozenset(default)
    return frozenset(str(plain(value)) for value in attribute.values)


def select(attributes: Iterable[Attribute], wanted: frozenset[str], groups: Mapping[str, frozenset[str]]
           ) -> tuple[Attribute, ...]:
    """Return the wanted attributes; `groups` maps a group's name to a test of membership by name.

    `media-col-database` is left out of `all` and its group, as RFC 8011 and PWG 5100.7 say of large attributes.
    """
    names = set(wanted)
    for group, members in groups.items():
        if group in wanted or "all" in wanted:
            names |= members
    return tuple(attribute for attribute in attributes if attribute.name in names)
