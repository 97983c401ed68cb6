"""Takes a recorded job apart: what its bytes would print, card by card, without any machine."""

from __future__ import annotations

from printserver.driver import DecodedCard, DecodedJob
from printserver.errors import Fault, PrintServerError
from printserver.model.card import Panel, Ribbon, Side, SidePanels
from printserver_fargo.info import variant
from printserver_fargo.layout import panel_of, widened
from printserver_fargo.ribbons import ERASE, PANEL_OF_ID, by_number
from printserver_fargo.rows import BadRows, unpack_rows
from printserver_fargo.sections import (
    Broken,
    Configuration,
    JobEnd,
    JobStart,
    Order,
    PanelSection,
    SectionReader,
    Token,
    Unknown,
)

SIDES = {1: Side.FRONT, 2: Side.BACK}


class StrangePanel(PrintServerError):
    """The printer was sent a panel, or a side, that is not known."""

    code = "strange-panel"
    fault = Fault.CLIENT
    remedy = "Look whether the job was recorded from a printer of this family."


def printed(section: PanelSection) -> tuple[Side, Panel | None]:
    """Return the side and panel that a section prints, None for an erasing pass; raises BadRows, StrangePanel."""
    head = section.head
    side, name = SIDES.get(head.side), PANEL_OF_ID.get(head.panel)
    if side is None:
        raise StrangePanel(f"side {head.side}", where=f"panel {head.panel}", allowed="1, 2")
    if name is None and head.panel != ERASE:
        raise StrangePanel(f"panel {head.panel}", where=str(side))
    rows = unpack_rows(section.data, head.lines)
    return side, None if name is None else panel_of(name, rows, head.first)


def complaint(section: PanelSection, error: BadRows | StrangePanel) -> str:
    """Return the name by which a section that cannot be printed is counted."""
    match error:
        case BadRows():
            return f"rows of panel {section.head.panel}"
        case StrangePanel():
            return error.message


class _Reader:
    """Follows a stream's tokens and gathers cards."""

    def __init__(self) -> None:
        self.cards: list[DecodedCard] = []
        self.unknown: list[str] = []
        self._ribbon: Ribbon | None = None
        self._sides: dict[Side, list[Panel]] = {}

    def take(self, token: Token) -> None:
        """Follow one token; what cannot be read is counted by its name."""
        match token:
            case JobStart() | JobEnd():
                self.finish()
            case Configuration(ribbon=number):
                self.finish()
                self._ribbon = by_number(number)
            case PanelSection():
                self._panel(token)
            case Order(command=command):
                self.unknown.append(f"command {command:#x}")
            case Unknown(what) | Broken(what):
                self.unknown.append(what)

    def _panel(self, section: PanelSection) -> None:
        try:
            side, panel = printed(section)
        except (BadRows, StrangePanel) as error:
            self.unknown.append(complaint(section, error))
            return
        if panel is not None:
            self._sides.setdefault(side, []).append(panel)

    def finish(self) -> None:
        """Close the card; one without a panel is none."""
        sides, self._sides = self._sides, {}
        ribbon, self._ribbon = self._ribbon, None
        if sides:
            ordered = sorted(sides, key=list(Side).index)
            self.cards.append(DecodedCard(tuple(_side(side, sides[side]) for side in ordered), ribbon))


def _side(side: Side, panels: list[Panel]) -> SidePanels:
    """Return a side whose panels are all as wide as its widest."""
    width = max(panel.plane.shape[1] for panel in panels)
    return SidePanels(side, tuple(widened(panel, width) for panel in panels))


def decode(model: str, job: bytes) -> DecodedJob:
    """Return the cards that a recorded job prints; raises ConfigurationError for an unknown model.

    A job that is cut short gives the panels that are whole; bytes behind the last whole section are `trailing_bytes`.
    """
    variant(model)
    sections, reader = SectionReader(), _Reader()
    for token in sections.feed(job):
        reader.take(token)
    reader.finish()
    return DecodedJob(tuple(reader.cards), tuple(reader.unknown), sections.pending)
