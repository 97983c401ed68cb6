"""A card to the bytes that print it.

Laws kept here:

1. Pure: the same card gives the same bytes, whatever the device is doing.
2. A block that may feed or personalise a card says so; the settings before it move nothing.
3. Nothing that a client wrote can end a command: tracks are checked character by character.

Sequence as in A5013 Rev E section 21 and the captures: settings, `Ss`, `Sr`, downloads, `Sv`, downloads, `Se`. `Pmi` is
sent without `;s`: saving it with each card would wear the printer's memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from printserver.driver import Block, PrintableCard
from printserver.errors import UnsupportedByPrinter
from printserver.model import stripe
from printserver.model.card import Geometry, Panel, Side, SidePanels
from printserver.model.stripe import ISO
from printserver_evolis.bitmap import LETTER_OF, write_panel, write_part
from printserver_evolis.codec import LINE_DOTS, LINES, command
from printserver_evolis.half import first_line
from printserver_evolis.info import Variant
from printserver_evolis.options import COERCIVITY_CODE, INSERTION_CODE
from printserver_evolis.ribbons import CODE_OF

GEOMETRY = Geometry(LINES, LINE_DOTS)
MAGNETIC, END = "magnetic", "end"

# Sentinels and check characters are the printer's own matter; `;` parts the parameters of the language.
TRACKS = (ISO[0].without(";"), *ISO[1:])


def check_tracks(tracks: Sequence[str]) -> None:
    """Raise BadTicket, naming track and position, when a track cannot be encoded."""
    stripe.check_tracks(tracks, TRACKS)


def encode(card: PrintableCard, variant: Variant, options: dict[str, str]) -> Iterable[Block]:
    """Return the blocks of one card; raises UnsupportedByPrinter or BadTicket before the first of them."""
    _check(card, variant)
    return _blocks(card, options)


def _check(card: PrintableCard, variant: Variant) -> None:
    if card.ribbon.name not in variant.model.ribbons:
        raise UnsupportedByPrinter(
            f"no ribbon {card.ribbon.name}", where="ribbon", allowed=", ".join(variant.model.ribbons)
        )
    if card.side(Side.BACK) is not None and not variant.duplex:
        raise UnsupportedByPrinter(f"{variant.model.title} prints one side", where="sides", allowed="one-sided")
    if any(card.tracks):
        if not variant.mag:
            raise UnsupportedByPrinter("this printer has no magnetic encoder", where="tracks")
        check_tracks(card.tracks)
    for side in card.sides:
        for panel in side.panels:
            _check_panel(card, side.side, panel)
        if card.ribbon.half:
            first_line(side)


def _check_panel(card: PrintableCard, side: Side, panel: Panel) -> None:
    letters = card.ribbon.panels(side)
    if panel.name not in letters or panel.name not in LETTER_OF:
        raise UnsupportedByPrinter(f"no panel {panel.name} on the {side}", where="ribbon", allowed=", ".join(letters))
    if panel.plane.shape != (GEOMETRY.height, GEOMETRY.width):
        raise UnsupportedByPrinter(
            f"a panel of {panel.plane.shape[1]} x {panel.plane.shape[0]}", where=str(panel.name),
            allowed=f"{GEOMETRY.width} x {GEOMETRY.height}",
        )


def _blocks(card: PrintableCard, options: dict[str, str]) -> Iterable[Block]:
    yield Block("settings", _settings(card, options))
    if any(card.tracks):
        yield Block(MAGNETIC, _tracks(card.tracks, options), feeds=True)
    front, back = card.side(Side.FRONT), card.side(Side.BACK)
    yield Block("start", command("Ss") + command("Sr"), feeds=True)
    yield from _side(front, card, options)
    if back is not None:
        yield Block("turn", command("Sv"), feeds=True)
        yield from _side(back, card, options)
    yield Block(END, command("Se"), feeds=True)


def _side(side: SidePanels | None, card: PrintableCard, options: dict[str, str]) -> Iterable[Block]:
    if side is None:
        return
    squeeze = options["colour-compression"] == "on"
    first = first_line(side) if card.ribbon.half else 0
    for panel in side.panels:
        half = card.ribbon.half and panel.name.is_dye
        wire = write_part(panel, first, squeeze_colour=squeeze) if half else write_panel(panel, squeeze_colour=squeeze)
        yield Block(f"{side.side}-{panel.name}", wire, feeds=True)


def _settings(card: PrintableCard, options: dict[str, str]) -> bytes:
    used = dict.fromkeys(LETTER_OF[panel.name] for side in card.sides for panel in side.panels)
    head = command("Pr", CODE_OF[card.ribbon.name]) + command("Pmi", INSERTION_CODE[options["insertion"]])
    head += b"".join(command("Pc", letter, "=", options["contrast"]) for letter in used)
    if options["speed"] != "default":
        head += b"".join(command("Ps", letter, "=", options["speed"]) for letter in used)
    return head


def _tracks(tracks: Sequence[str], options: dict[str, str]) -> bytes:
    """Return `Dm` for each track that is given, then `Smw`; the printer adds sentinels and check characters."""
    code = COERCIVITY_CODE.get(options["coercivity"])
    head = b"" if code is None else command("Pmc", code)
    written = (command("Dm", number, track) for number, track in enumerate(tracks, start=1) if track)
    return head + b"".join(written) + command("Smw")
