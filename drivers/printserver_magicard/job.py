"""A card to the bytes that print it.

Laws kept here:

1. Pure: the same card gives the same bytes, whatever the device is doing.
2. A job is one block of the language a side. Its first byte may make the printer feed, so every block feeds.
3. Nothing that a client wrote can end a command: tracks are checked character by character.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from printserver.driver import Block, PrintableCard
from printserver.errors import UnsupportedByPrinter
from printserver.model import stripe
from printserver.model.card import Geometry, Panel, PanelName, Side, SidePanels
from printserver.model.stripe import ISO
from printserver_magicard import codec, header
from printserver_magicard.info import Line, Variant
from printserver_magicard.layout import COLOUR_LEVELS, HEIGHT, TAG_OF_PANEL, Layout, layout_of, pack
from printserver_magicard.options import extras_of
from printserver_magicard.overcoat import Overcoat, overcoat_of

END = bytes([codec.ETX])
# The recorded Alto job says nothing of duplex; the Enduro's says DPXOFF.
SILENT_ON_DUPLEX = frozenset({Line.AOTA, Line.AVALON})
# The planes of a side that the vendor's driver announces (IMF).
PLANES = ("BGR", "BGRK", "K")

# This driver adds the sentinels; the comma parts commands.
TRACKS = (ISO[0].without(","), *ISO[1:])


def geometry_of(variant: Variant) -> Geometry:
    """Return the image of a model."""
    return Geometry(variant.width, HEIGHT)


def check_tracks(tracks: Sequence[str]) -> None:
    """Raise BadTicket, naming track and position, when a track cannot be encoded."""
    stripe.check_tracks(tracks, TRACKS)


def encode(card: PrintableCard, variant: Variant, options: dict[str, str]) -> Iterable[Block]:
    """Return the blocks of one card; raises UnsupportedByPrinter or BadTicket before the first of them."""
    _check(card, variant)
    overcoats = {side.side: _overcoat_of(side) for side in card.sides}
    return _blocks(card, variant, options, overcoats)


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
    if card.side(Side.FRONT) is None and (card.sides or not any(card.tracks)):
        raise UnsupportedByPrinter("a card without a front", where="sides", allowed="front, or front and back")
    for side in card.sides:
        _check_side(card, side, variant)


def _check_side(card: PrintableCard, side: SidePanels, variant: Variant) -> None:
    for panel in side.panels:
        _check_panel(card, side.side, panel, variant)
    if "".join(_tags(side)) not in PLANES:
        raise UnsupportedByPrinter(
            f"the planes {''.join(_tags(side)) or 'none'}", where=str(side.side), allowed="YMC, YMCK, K"
        )


def _check_panel(card: PrintableCard, side: Side, panel: Panel, variant: Variant) -> None:
    letters = card.ribbon.panels(side)
    if panel.name not in letters:
        raise UnsupportedByPrinter(f"no panel {panel.name} on the {side}", where="ribbon", allowed=", ".join(letters))
    if panel.plane.shape != (HEIGHT, variant.width):
        raise UnsupportedByPrinter(
            f"a panel of {panel.plane.shape[1]} x {panel.plane.shape[0]}", where=str(panel.name),
            allowed=f"{variant.width} x {HEIGHT}",
        )
    levels = COLOUR_LEVELS if panel.name.is_dye else 2
    if panel.levels != levels or int(panel.plane.max(initial=0)) >= levels:
        raise UnsupportedByPrinter(f"{panel.levels} levels", where=str(panel.name), allowed=str(levels))


def _overcoat_of(side: SidePanels) -> Overcoat | None:
    found = next((panel for panel in side.panels if panel.name is PanelName.O), None)
    return None if found is None else overcoat_of(found.plane)


def _tags(side: SidePanels) -> list[str]:
    """Return the planes of a side in the order of the wire."""
    names = {panel.name for panel in side.panels}
    return [tag for panel, tag in TAG_OF_PANEL.items() if panel in names]


def _blocks(
    card: PrintableCard, variant: Variant, options: dict[str, str], overcoats: dict[Side, Overcoat | None]
) -> Iterable[Block]:
    tracks = {number: track for number, track in enumerate(card.tracks, start=1) if track}
    if not card.sides:
        facts = header.SideFacts(line=variant.line, width=variant.width, tracks=tracks)
        head = codec.side_head(header.write(facts, extras_of(options, variant, Side.FRONT)))
        yield Block("magnetic", head + END, feeds=True)
        return
    back = card.side(Side.BACK)
    for side in card.sides:
        first = side.side is Side.FRONT
        facts = header.SideFacts(
            line=variant.line, width=variant.width, side=side.side,
            duplex=None if variant.line in SILENT_ON_DUPLEX else back is not None,
            back=_format(back, overcoats) if back is not None and first else "",
            planes=tuple((tag, _size(tag, variant)) for tag in _tags(side)),
            overcoat=overcoats[side.side], tracks=tracks if first else {},
        )
        yield Block(f"{side.side}-header", codec.side_head(header.write(facts, extras_of(options, variant, side.side))),
                    feeds=True)
        yield from _planes(side, layout_of(variant.line), options)


def _size(tag: str, variant: Variant) -> int:
    name = next(panel for panel, letter in TAG_OF_PANEL.items() if letter == tag)
    return layout_of(variant.line).size(name, variant.width)


def _format(back: SidePanels, overcoats: dict[Side, Overcoat | None]) -> str:
    """Return what BAC says of the second side: C colour, K black, O overcoat."""
    tags, overcoat = _tags(back), overcoats[Side.BACK]
    coated = overcoat is not None and overcoat.on
    return "C" * ("B" in tags) + "K" * ("K" in tags) + "O" * coated


def _planes(side: SidePanels, layout: Layout, options: dict[str, str]) -> Iterable[Block]:
    """The last plane's block ends the side."""
    tags = _tags(side)
    by_tag = {TAG_OF_PANEL[panel.name]: panel for panel in side.panels if panel.name in TAG_OF_PANEL}
    for tag in tags:
        data = pack(
            by_tag[tag], layout, head_position=int(options["head-position"]),
            bottom_first=options["image"] == "bottom-first",
        )
        end = codec.plane_end(tag) + (END if tag == tags[-1] else b"")
        yield Block(f"{side.side}-{by_tag[tag].name}", data + end, feeds=True)
