"""What a member of a card job may be called, and what it is by that name.

Laws kept here:

1. Names are read letter for letter: nothing is normalised, cut off or guessed; small and capital letters are alike.
2. What is no name on the list is refused with the reason that a person understands first, and with the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from printserver.errors import BadCardjob
from printserver.model.card import PanelName, Side
from printserver.model.cardjob import MANIFEST
from printserver.model.display import harmless

OWN_PANELS = (PanelName.K, PanelName.O, PanelName.F, PanelName.S, PanelName.W)
"""Panels that a card job may bring ready drawn: resin, overlay, and the inks with a colour of their own."""

LONGEST_SHOWN = 100
_LETTERS = "".join(OWN_PANELS).lower()
ENDING = re.compile(r"[a-z0-9]{2,8}", re.IGNORECASE | re.ASCII)
_NAME = re.compile(
    rf"(?P<side>front|back)(?:\.(?P<panel>[{_LETTERS}]))?\.{ENDING.pattern}", re.IGNORECASE | re.ASCII
)
ALLOWED = ", ".join((
    MANIFEST, *(f"{side}.*" for side in Side), *(f"{side}.{letter}.*" for side in Side for letter in _LETTERS),
))  # fmt: skip


class Slot(NamedTuple):
    """What a member is for: a side's picture, or one panel of it."""

    side: Side
    panel: PanelName | None = None

    @property
    def called(self) -> str:
        """Return the name without its ending."""
        return str(self.side) if self.panel is None else f"{self.side}.{self.panel.lower()}"


def text_of(name: bytes) -> str:
    """Return a name as text; bytes that are no text become signs that stand in no name of the list."""
    return name.decode("utf-8", "replace")


def shown(name: str) -> str:
    """Return a name as it may be shown."""
    return harmless(name.replace("\0", "\\0"))[:LONGEST_SHOWN]


def slot_of(name: str) -> Slot | None:
    """Return what a member is by its name, None for the manifest; raises BadCardjob."""
    if name == MANIFEST:
        return None
    found = _NAME.fullmatch(name)
    if found is None:
        why = next(_reasons(name), "is not among what a card job holds")
        raise BadCardjob(why, where=shown(name), allowed=ALLOWED)
    panel = found["panel"]
    return Slot(Side(found["side"].lower()), PanelName(panel.upper()) if panel else None)


def _reasons(name: str) -> Iterator[str]:
    if not name or "\0" in name:
        yield "has an empty name, or one with a NUL in it"
    if "\\" in name:
        yield "has a backslash in its name"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        yield "has an absolute name"
    if ".." in name.split("/"):
        yield "has a name that leads out of the archive"
    if "/" in name:
        yield "lies in a folder"
