"""Text of strangers made fit to be shown: names from clients, words from devices.

Laws kept here:

1. What is shown holds no character that moves the cursor, changes the writing direction, or cannot be seen.
2. What was sent is kept as it was sent; only what is shown is changed.
3. Joiners between letters stay: Arabic, Persian and Indic names need them.

Sources: Unicode general categories Cc, Cf, Cs, Co, Cn, Zl and Zp (UAX 44); bidirectional controls (UAX 9).
"""

from __future__ import annotations

import unicodedata

ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER = "\u200c", "\u200d"
JOINERS = frozenset({ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER})
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
MAX_MARKS = 4  # combining marks on one letter; more only smear over the neighbouring lines


def harmless(text: str) -> str:
    """Return text on one line without control, direction and invisible characters.

    Line ends and tabs become one blank; a letter keeps at most four combining marks.
    """
    blanks = "".join(" " if character.isspace() else character for character in text)
    return _few_marks("".join(character for character in blanks if _shown(character)))


def _shown(character: str) -> bool:
    return character in JOINERS or unicodedata.category(character) not in UNSEEN


def _few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)
