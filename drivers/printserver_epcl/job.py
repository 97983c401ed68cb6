"""A card to the bytes that print it.

Laws kept here:

1. Pure: the same card gives the same bytes, whatever the device is doing.
2. A block is one command. Filling memory moves nothing; MC and what comes after it may.
3. What is left in the print area by a card in doubt is cleared before the next card is printed, never printed on.
4. All that moves the card stands in one batch: `M` stops at the first error, also where nobody hears of it.
5. What no source tells is not sent: a card that needs it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from printserver.driver import Block, PrintableCard
from printserver.errors import UnsupportedByPrinter
from printserver.model.card import Geometry, Panel, PanelName, Side, SidePanels
from printserver_epcl import magnetic
from printserver_epcl.codec import command, prefixed
from printserver_epcl.image import COLOURS, write_panel
from printserver_epcl.info import Variant
from printserver_epcl.options import COLOUR_LEVELS
from printserver_epcl.ribbons import MONOCHROME

# `10` brings the card back to where printing begins, so that the varnish can follow and MO moves it out.
PRINT_BLACK, PRINT_VARNISH = "I 10", "IV 1"


def geometry_of(variant: Variant) -> Geometry:
    """Return the image of a model."""
    return Geometry(*variant.size)


def encode(card: PrintableCard, variant: Variant, options: dict[str, str]) -> Iterable[Block]:
    """Return the blocks of one card; raises UnsupportedByPrinter or BadTicket before the first of them."""
    _check(card, variant, options)
    return _blocks(card, options)


def _check(card: PrintableCard, variant: Variant, options: dict[str, str]) -> None:
    if card.ribbon.name not in variant.model.ribbons:
        raise UnsupportedByPrinter(
            f"no ribbon {card.ribbon.name}", where="ribbon", allowed=", ".join(variant.model.ribbons)
        )
    if card.ribbon.has_colour and options["ribbon-type"] == MONOCHROME:
        raise UnsupportedByPrinter(
            f"ribbon {card.ribbon.name} with ribbon-type {MONOCHROME}, which is monochrome", where="options.ribbon-type"
        )
    if card.side(Side.BACK) is not None:
        raise UnsupportedByPrinter("no source tells how a card is turned", where="sides", allowed="one-sided")
    if any(card.tracks) and not variant.mag:
        raise UnsupportedByPrinter("this printer has no magnetic encoder", where="tracks")
    magnetic.check_tracks(card.tracks)
    front = card.side(Side.FRONT)
    if front is None or not front.panels:
        if not any(card.tracks):
            raise UnsupportedByPrinter("a card with nothing on it", where="sides", allowed="a front, or tracks")
        return
    if options["framing"] == "prefix":
        raise UnsupportedByPrinter(
            "no source tells how images are sent in the prefix form", where="options.framing", allowed="escape"
        )
    for panel in front.panels:
        _check_panel(card, panel, variant, options)


def _check_panel(card: PrintableCard, panel: Panel, variant: Variant, options: dict[str, str]) -> None:
    letters, (width, height) = card.ribbon.panels(Side.FRONT), variant.size
    if panel.name not in letters:
        raise UnsupportedByPrinter(f"no panel {panel.name}", where="ribbon", allowed=", ".join(letters))
    if panel.plane.shape != (height, width):
        raise UnsupportedByPrinter(
            f"a panel of {panel.plane.shape[1]} x {panel.plane.shape[0]}", where=str(panel.name),
            allowed=f"{width} x {height}",
        )
    levels = COLOUR_LEVELS[options["image-data"]] if panel.name in COLOURS else 2
    if panel.levels != levels or int(panel.plane.max(initial=0)) >= levels:
        raise UnsupportedByPrinter(f"{panel.levels} levels", where=str(panel.name), allowed=str(levels))


def _blocks(card: PrintableCard, options: dict[str, str]) -> Iterator[Block]:
    frame = prefixed if options["framing"] == "prefix" else command
    front = card.side(Side.FRONT)
    if options["ribbon-type"] != "printer":
        yield Block("ribbon-type", frame(f"+RIB {options['ribbon-type']}"))
    if front is not None and front.panels:
        yield from _images(front, options)
    if any(card.tracks):
        for text in magnetic.commands(card.tracks, options):
            yield Block("encoder", frame(text))
    yield Block("clear-print-area", frame("MC"), feeds=True)
    yield Block("card", frame("M 1 " + "[".join(_moves(card, front))), feeds=True)


def _images(front: SidePanels, options: dict[str, str]) -> Iterator[Block]:
    for buffer in ("vF", "F", "$F"):
        yield Block("clear-buffer", command(buffer))
    for panel in front.panels:
        for name, data in write_panel(panel, options["image"], compressed=options["image-data"] == "compressed"):
            yield Block(f"front-{panel.name}-{name}", data)


def _moves(card: PrintableCard, front: SidePanels | None) -> Iterator[str]:
    if any(card.tracks):
        yield "&E*"
    for panel in front.panels if front is not None else ():
        match panel.name:
            case PanelName.K:
                yield PRINT_BLACK
            case PanelName.O:
                yield PRINT_VARNISH
            case colour:
                yield f"IS {COLOURS.index(colour)}"
    yield "MO"
