"""Takes a recorded job apart: what its bytes would print, card by card, without any machine."""

from __future__ import annotations

from printserver.driver import DecodedCard, DecodedJob
from printserver.model.card import Panel, Ribbon, Side, SidePanels
from printserver_evolis.bitmap import filled_panels, read_panel
from printserver_evolis.codec import Command, Tokeniser
from printserver_evolis.packing import BadDownload
from printserver_evolis.ribbons import by_code
from printserver_evolis.vocabulary import BITMAPS, KNOWN


class _Reader:
    """Follows a job's commands and gathers cards."""

    def __init__(self) -> None:
        self.cards: list[DecodedCard] = []
        self.unknown: list[str] = []
        self.ribbon: Ribbon | None = None
        self._buffers: dict[str, Panel] = {}
        self._clear()

    def _clear(self) -> None:
        self._side = Side.FRONT
        self._sides: dict[Side, list[Panel]] = {}
        self._tracks = ["", "", ""]

    def take(self, command: Command) -> None:
        """Follow one command; one that cannot be read is counted by its name."""
        match command.name:
            case "Pr":
                self.ribbon = by_code(command.parameter(0))
            case "Sr":
                self._side = Side.FRONT
            case "Sv":
                self._side = Side.BACK
            case name if name in BITMAPS:
                self._download(command)
            case "Wcb":
                self._fill(command)
            case "Sp" | "Ssd":
                self._print_again(command)
            case "Dm":
                self._track(command)
            case "Se":
                self.finish()
            case "Sc" if self.cards:
                self.cards.append(self.cards[-1])
            case name if name not in KNOWN:
                self.unknown.append(name)

    def _download(self, command: Command) -> None:
        try:
            panel = read_panel(command)
        except BadDownload:
            self.unknown.append(command.name)
        else:
            self._buffers[command.parameter(0)] = panel
            self._sides.setdefault(self._side, []).append(panel)

    def _fill(self, command: Command) -> None:
        try:
            self._buffers.update(filled_panels(command))
        except BadDownload:
            self.unknown.append(command.name)

    def _print_again(self, command: Command) -> None:
        """Lay down what a panel's buffer holds; a panel that was just downloaded is printed by its download."""
        panel, laid = self._buffers.get(command.parameter(0)), self._sides.get(self._side, [])
        if panel is None:
            self.unknown.append(command.name)
        elif not laid or laid[-1] is not panel:
            self._sides.setdefault(self._side, []).append(panel)

    def _track(self, command: Command) -> None:
        if command.parameter(0) in ("1", "2", "3"):
            self._tracks[int(command.parameter(0)) - 1] = command.parameter(1)
        else:
            self.unknown.append(command.name)

    def finish(self) -> None:
        """Close the card; one without panels and tracks is none."""
        if self._sides or any(self._tracks):
            sides = tuple(SidePanels(side, tuple(panels)) for side, panels in self._sides.items() if panels)
            tracks = tuple(self._tracks) if any(self._tracks) else ()
            self.cards.append(DecodedCard(sides, self.ribbon, tracks))
        self._clear()


def decode(model: str, job: bytes) -> DecodedJob:
    """Return the cards that a recorded job prints, for any model of the family.

    A job that is cut short gives what is whole of it; the bytes of the command that was cut are `trailing_bytes`.
    """
    tokens, reader = Tokeniser(), _Reader()
    for command in tokens.feed(job):
        reader.take(command)
    reader.finish()
    return DecodedJob(tuple(reader.cards), tuple(reader.unknown), tokens.pending)
