"""A card to the bytes that print it.

Laws kept here:

1. Pure: the same card gives the same bytes, whatever the device is doing.
2. One card is one job. Its first byte may make the printer feed, so every block feeds.
3. A side has exactly the ribbon's panels, in its order; what is not known of the language is refused before any byte.
"""

from __future__ import annotations

from collections.abc import Iterable

from printserver.driver import Block, PrintableCard
from printserver.errors import UnsupportedByPrinter
from printserver.model.card import Geometry, Panel, Side, SidePanels
from printserver_fargo.info import Variant
from printserver_fargo.layout import HEIGHT, WIDTH, levels_of, rows_of
from printserver_fargo.ribbons import BLACK_NUMBERS, Film, film
from printserver_fargo.rows import pack_rows
from printserver_fargo.sections import (
    END_SECTION,
    START,
    Configuration,
    PanelHead,
    configuration,
    panel_section,
    sent,
)

GEOMETRY = Geometry(WIDTH, HEIGHT)
SIDE_NUMBERS = {Side.FRONT: 1, Side.BACK: 2}
TURNS = {Side.FRONT: "image", Side.BACK: "back-image"}
NO_TRACKS = "how this printer is given tracks is not known"


def encode(card: PrintableCard, variant: Variant, options: dict[str, str]) -> Iterable[Block]:
    """Return the blocks of one card; raises UnsupportedByPrinter before the first of them."""
    _check(card, variant)
    return _blocks(card, film(card.ribbon.name), options)


def _check(card: PrintableCard, variant: Variant) -> None:
    if card.ribbon.name not in variant.model.ribbons:
        raise UnsupportedByPrinter(
            f"no ribbon {card.ribbon.name}", where="ribbon", allowed=", ".join(variant.model.ribbons)
        )
    if any(card.tracks):
        raise UnsupportedByPrinter(NO_TRACKS, where="tracks")
    if card.side(Side.BACK) is not None and not variant.duplex:
        raise UnsupportedByPrinter(f"{variant.model.title} prints one side", where="sides", allowed="one-sided")
    if [side.side for side in card.sides] not in ([Side.FRONT], [Side.FRONT, Side.BACK]):
        raise UnsupportedByPrinter("a card without a front", where="sides", allowed="front, or front and back")
    for side in card.sides:
        _check_side(side, film(card.ribbon.name))


def _check_side(side: SidePanels, chosen: Film) -> None:
    wanted, found = chosen.ribbon.panels(side.side), tuple(panel.name for panel in side.panels)
    if not wanted or found != wanted:
        raise UnsupportedByPrinter(
            f"panels {''.join(found) or 'none'} on the {side.side}", where="ribbon", allowed="".join(wanted) or "none"
        )
    for panel in side.panels:
        _check_panel(panel)


def _check_panel(panel: Panel) -> None:
    if panel.plane.shape != (HEIGHT, WIDTH):
        raise UnsupportedByPrinter(
            f"a panel of {panel.plane.shape[1]} x {panel.plane.shape[0]}", where=str(panel.name),
            allowed=f"{WIDTH} x {HEIGHT}",
        )  # fmt: skip
    levels = levels_of(panel.name)
    if panel.levels != levels or int(panel.plane.max(initial=0)) >= levels:
        raise UnsupportedByPrinter(f"{panel.levels} levels", where=str(panel.name), allowed=str(levels))


def _blocks(card: PrintableCard, chosen: Film, options: dict[str, str]) -> Iterable[Block]:
    number = BLACK_NUMBERS[options["black-ribbon"]] if chosen.ribbon.name == "K" else chosen.number
    told = Configuration(number, bool(chosen.ribbon.back), int(options["thickness"]))
    yield Block("start", START + sent(configuration(told)), feeds=True)
    for side in card.sides:
        clockwise = options[TURNS[side.side]] == "clockwise"
        for index, panel in enumerate(side.panels):
            head = PanelHead(index, SIDE_NUMBERS[side.side], chosen.panel_id(panel.name), 0, chosen.lines)
            data = pack_rows(rows_of(panel, chosen.lines, clockwise=clockwise))
            yield Block(f"{side.side}-{panel.name}", sent(panel_section(head, data)), feeds=True)
    yield Block("end", sent(END_SECTION), feeds=True)
