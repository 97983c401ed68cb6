"""Text of strangers made fit for an IPP answer: harmless to show, and no longer than its syntax allows."""

from __future__ import annotations

import re

from printserver.model.display import harmless

TEXT_OCTETS = 1023  # RFC 8011 section 5.1.2
NAME_OCTETS = 255  # RFC 8011 section 5.1.3, and 5.1.4 for keywords
_NO_KEYWORD = re.compile(r"[^a-z0-9._-]+")


def shown_text(text: str) -> str:
    """Return text for an attribute of the syntax text."""
    return _cut(harmless(text), TEXT_OCTETS)


def shown_name(text: str) -> str:
    """Return text for an attribute of the syntax name."""
    return _cut(harmless(text), NAME_OCTETS)


def as_keyword(word: str) -> str:
    """Return a word, of a driver perhaps, in the letters of a keyword (RFC 8011 section 5.1.4)."""
    return _NO_KEYWORD.sub("-", word.lower())[:NAME_OCTETS].strip("-") or "other"


def _cut(text: str, octets: int) -> str:
    """Cut text between two characters so that its UTF-8 has at most so many octets."""
    return text.encode("utf-8")[:octets].decode("utf-8", "ignore")
