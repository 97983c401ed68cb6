"""What commands that move a card ask for, one after another; the emulator and the reader of jobs follow the same.

| command | meaning | source |
|---|---|---|
| IS n | prints colour buffer n | 980081-001 Rev F |
| I, I 10 | prints the black buffer; with 10 the card goes back to where printing begins | job of the knowledge base |
| IV n | prints the varnish; what n means stands in no source | unfinished CUPS filter for the P330i |
| &E, &E n, &E* | writes tracks | C-3 |
| MC | clears the print area of a card | the CUPS filter |
| MO | moves the card out | job of the knowledge base |
| M n a[b[c | does n times what stands between the brackets | C-2 |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from printserver.model.card import PanelName
from printserver_epcl.codec import Command, named
from printserver_epcl.image import COLOURS

_BATCH = re.compile(rb" ?(\d{1,3}) (.+)", re.DOTALL)
MOVES = frozenset({"IS", "I", "IV", "&E", "&E*", "MC", "MO", "M", "m", "A"})


@dataclass(frozen=True, slots=True)
class Lay:
    """One panel is laid on the card."""

    panel: PanelName


@dataclass(frozen=True, slots=True)
class Write:
    """Tracks are written: one, or every one that was given."""

    track: int | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """The card moves out."""


@dataclass(frozen=True, slots=True)
class TestCard:
    """The printer's own test card."""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """Something that this table does not have."""

    name: str


Step: TypeAlias = Lay | Write | Leave | TestCard | NotKnown


def steps_of(said: Command) -> list[list[Step]]:
    """Return what a command of MOVES asks for, a list for each time that it is to be done."""
    if said.name not in ("M", "m"):
        return [[_step(said)]]
    found = _BATCH.fullmatch(said.rest)
    if found is None:
        return [[NotKnown(said.name)]]
    parts = [named(part) for part in found[2].split(b"[")]
    once = [_step(part) if isinstance(part, Command) else NotKnown(part.name) for part in parts]
    return [once] * int(found[1])


def _step(said: Command) -> Step:
    word = said.rest.strip().decode("latin-1")
    match said.name, word:
        case "IS", "0" | "1" | "2":
            return Lay(COLOURS[int(word)])
        case "I", "" | "10":
            return Lay(PanelName.K)
        case "IV", _ if word.isascii() and word.isdigit():
            return Lay(PanelName.O)
        case "&E*", "":
            return Write()
        case "&E", "" | "1" | "2" | "3":
            return Write(int(word)) if word else Write()
        case ("MC" | "MO"), "":
            return Leave()
        case "A", "" | "1":
            return TestCard()
        case _:
            return NotKnown(f"{said.name} {word}"[:16].strip())
