"""Takes a recorded job apart: what its bytes would print, card by card, without any machine."""

from __future__ import annotations

from printserver.driver import DecodedCard, DecodedJob
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver_epcl import magnetic
from printserver_epcl.codec import Broken, Command, Strange, Token, Tokeniser
from printserver_epcl.compression import BadImage
from printserver_epcl.image import IMAGE_COMMANDS, ImageMemory
from printserver_epcl.info import Variant, variant
from printserver_epcl.ribbons import by_panels
from printserver_epcl.steps import MOVES, Lay, Leave, NotKnown, Step, TestCard, Write, steps_of

# Settings and questions: they print nothing.
QUIET = frozenset({"V", "E", ".", "&P", "&R", "&CDEW", "&CDER", "&SVM", "&D", "&L", "+EC", "+RB", "+RIB", "+C", "!R"})


class _Reader:
    """Follows a job's commands and gathers cards."""

    def __init__(self, model: Variant) -> None:
        self._memory = ImageMemory(*model.size)
        self._tracks: dict[int, str] = {}
        self._written: dict[int, str] = {}
        self._laid: dict[PanelName, Panel] = {}
        self.cards: list[DecodedCard] = []
        self.unknown: list[str] = []

    def take(self, token: Token) -> None:
        """Follow one token; what cannot be read is counted by its name."""
        match token:
            case Strange(name) | Broken(name):
                self.unknown.append(name)
            case Command(name) if name in IMAGE_COMMANDS:
                self._image(token)
            case Command("&B"):
                self._track(token)
            case Command(name) if name in MOVES:
                self._move(token)
            case Command(name) if name not in QUIET:
                self.unknown.append(name)

    def _image(self, said: Command) -> None:
        try:
            self._memory.take(said)
        except BadImage:
            self.unknown.append(said.name)

    def _track(self, said: Command) -> None:
        found = magnetic.read_track(said)
        if found is None:
            self.unknown.append(said.name)
        else:
            self._tracks[found[0]] = found[1]

    def _move(self, said: Command) -> None:
        """What is done several times prints as many cards, also where nothing moves them out."""
        for number, steps in enumerate(steps_of(said)):
            if number:
                self.finish()
            for step in steps:
                self._step(step)

    def _step(self, step: Step) -> None:
        match step:
            case Lay(name):
                self._laid[name] = self._memory.panel(name)
            case Write(number):
                wanted = self._tracks if number is None else {number: self._tracks.get(number, "")}
                self._written |= {each: text for each, text in wanted.items() if text}
            case Leave():
                self.finish()
            case TestCard():
                self.unknown.append("A")
            case NotKnown(name):
                self.unknown.append(name)

    def finish(self) -> None:
        """Close the card; one without panels and tracks is none."""
        panels, self._laid = tuple(self._laid.values()), {}
        tracks, self._written = self._written, {}
        if panels or tracks:
            self.cards.append(DecodedCard(
                (SidePanels(Side.FRONT, panels),) if panels else (),
                by_panels(tuple(panel.name for panel in panels)),
                tuple(tracks.get(number, "") for number in (1, 2, 3)) if tracks else (),
            ))


def decode(model: str, job: bytes) -> DecodedJob:
    """Return the cards that a recorded job prints, as a model of the family reads it.

    Text, lines and bar codes that the printer draws itself are not drawn; they stand among the unknown commands. A job
    that is cut short gives what is whole of it; the bytes of the command that was cut are `trailing_bytes`.
    """
    tokens, reader = Tokeniser(), _Reader(variant(model))
    for token in tokens.feed(job):
        reader.take(token)
    reader.finish()
    return DecodedJob(tuple(reader.cards), tuple(reader.unknown), tokens.pending)
