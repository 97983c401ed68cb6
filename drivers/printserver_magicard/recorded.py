"""Takes a recorded job apart: what its bytes would print, card by card, without any machine."""

from __future__ import annotations

from printserver.driver import DecodedCard, DecodedJob
from printserver.model.card import Panel, PanelName, Side, SidePanels
from printserver_magicard.codec import Broken, PlaneData, Request, SideEnd, SideHead, Token, Tokeniser
from printserver_magicard.header import Header, read
from printserver_magicard.info import Variant, variant
from printserver_magicard.layout import HEIGHT, BadPlane, layout_of, unpack
from printserver_magicard.overcoat import plane_of
from printserver_magicard.ribbons import by_panels


class SideReader:
    """Gathers the panels of one side as its planes come."""

    def __init__(self, words: tuple[str, ...], model: Variant) -> None:
        """Begin with the words of the header."""
        self._model = model
        self.header: Header = read(words, model.width)
        self.panels: list[Panel] = []

    def plane(self, plane: PlaneData) -> Panel:
        """Take a plane and return its panel; raises BadPlane."""
        panel = unpack(plane.tag, plane.data, layout_of(self._model.line), self._model.width)
        self.panels.append(panel)
        return panel

    def overcoat(self) -> Panel | None:
        """Return the overlay that the header asks for, after all planes; None where it says nothing of one."""
        asked = self.header.overcoat
        if asked is None or not self.panels:
            return None
        panel = Panel(PanelName.O, plane_of(asked, self._model.width, HEIGHT), 2)
        self.panels.append(panel)
        return panel


class _Reader:
    """Follows a job's tokens and gathers cards."""

    def __init__(self, model: Variant) -> None:
        self._model = model
        self.cards: list[DecodedCard] = []
        self.unknown: list[str] = []
        self._open: SideReader | None = None
        self._sides: list[SideReader] = []

    def take(self, token: Token) -> None:
        """Follow one token; what cannot be read is counted by its name."""
        match token:
            case SideHead(words):
                self._begin(SideReader(words, self._model))
            case PlaneData():
                self._plane(token)
            case SideEnd():
                self._end()
            case Request(words):
                self.unknown.append(words[0])
            case Broken(what):
                self.unknown.append(what)
                self._open = None

    def _begin(self, side: SideReader) -> None:
        """A second side belongs to the card whose first said that one comes; any other begins a card."""
        self.unknown += side.header.unknown
        if side.header.side is Side.FRONT:
            self.finish()
        self._open = side

    def _plane(self, plane: PlaneData) -> None:
        if self._open is None:
            return
        try:
            self._open.plane(plane)
        except BadPlane:
            self.unknown.append(f"SZ{plane.tag}")

    def _end(self) -> None:
        side, self._open = self._open, None
        if side is None:
            return
        side.overcoat()
        self._sides.append(side)
        if not (side.header.duplex and side.header.side is Side.FRONT and side.panels):
            self.finish()

    def finish(self) -> None:
        """Close the card; one without panels and tracks is none."""
        sides, self._sides = self._sides, []
        panels = {side.header.side: tuple(side.panels) for side in sides if side.panels}
        tracks = {number: text for side in sides for number, text in side.header.tracks.items()}
        if not panels and not tracks:
            return
        front, back = (tuple(panel.name for panel in panels.get(side, ())) for side in (Side.FRONT, Side.BACK))
        card = DecodedCard(
            tuple(SidePanels(side, found) for side, found in panels.items()), by_panels(front, back),
            tuple(tracks.get(number, "") for number in (1, 2, 3)) if tracks else (),
        )
        self.cards += [card] * max(side.header.copies for side in sides)


def decode(model: str, job: bytes) -> DecodedJob:
    """Return the cards that a recorded job prints, as a model of the family reads it.

    A job that is cut short gives what is whole of it; the bytes of the side that was cut are `trailing_bytes`.
    """
    tokens, reader = Tokeniser(), _Reader(variant(model))
    for token in tokens.feed(job):
        reader.take(token)
    reader.finish()
    return DecodedJob(tuple(reader.cards), tuple(reader.unknown), tokens.pending)
