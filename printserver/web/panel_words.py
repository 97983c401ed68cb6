"""Panels and what may go wrong with them, in plain words."""

from __future__ import annotations

from printserver.model.card import PanelName
from printserver.model.inspection import PanelWarning, WarningCode

from .words import N_, Words

INKS: dict[PanelName, str] = {
    PanelName.Y: N_("Yellow"),
    PanelName.M: N_("Magenta"),
    PanelName.C: N_("Cyan"),
    PanelName.K: N_("Black resin"),
    PanelName.O: N_("Overlay"),
    PanelName.F: N_("Fluorescent"),
    PanelName.S: N_("Silver"),
    PanelName.W: N_("White"),
}

WARNINGS: dict[WarningCode, Words] = {
    WarningCode.OUTSIDE_HALF_PANEL: Words(
        N_("Colour lies outside the half panel"),
        N_("This ribbon has colour for one half of the card only; beyond it no colour can be printed."),
        N_("Move the coloured parts into that half, or use a ribbon with whole panels.")),
    WarningCode.FINE_RESIN: Words(
        N_("Print that is too small for resin"),
        N_("Strokes or gaps are one dot wide there: strokes break off and gaps fill."),
        N_("Make the text larger or bolder, or have it printed in colour instead of resin.")),
    WarningCode.FULL_PANEL: Words(
        N_("A panel is full over most of the card"),
        N_("A ribbon that is heated over its whole width, line after line, can stick to the card and snap."),
        N_("Check that the picture is meant so; a lighter ground, or a card of that colour, spares the ribbon.")),
    WarningCode.BLANK_SIDE: Words(
        N_("Nothing is printed on this side"),
        N_("The picture is white, yet the ribbon is used for it."),
        N_("Check that the right picture was sent; leave the side out if it stays blank.")),
    WarningCode.WRONG_ORIENTATION: Words(
        N_("The picture stands where the card lies"),
        N_("What does not fit is cut off or pressed together."),
        N_("Send it lying, 1016 dots wide and 648 high, or let the server turn it.")),
    WarningCode.ENLARGED: Words(
        N_("The picture has too few dots"),
        N_("It is enlarged for printing and will look coarse."),
        N_("Send a larger picture: a card has 1016 x 648 dots at 300 dpi.")),
    WarningCode.NO_BLACK: Words(
        N_("Options for black have no effect on this side"),
        N_("The ribbon has no black beside colour here, so ucr, gcr and k-choke change nothing."),
        N_("Leave these options out, or use a ribbon with colour and black.")),
}  # fmt: skip

# What the number of a warning is; a code that is not here has none.
MEASURES: dict[WarningCode, str] = {
    WarningCode.OUTSIDE_HALF_PANEL: N_("%(measure)s mm² of colour are lost"),
    WarningCode.FINE_RESIN: N_("fine strokes and gaps: %(measure)s"),
    WarningCode.FULL_PANEL: N_("%(measure)s of the lines are full"),
    WarningCode.ENLARGED: N_("enlarged %(measure)s times"),
}

# Languages that write a comma before decimals.
COMMA = frozenset({"id"})


def number(value: float, language: str) -> str:
    """Return a number with at most one decimal, as a language writes it."""
    text = f"{value:.1f}".removesuffix(".0")
    return text.replace(".", ",") if language in COMMA else text


def measure_of(warning: PanelWarning, language: str) -> str:
    """Return a warning's number with its sign, empty when it has none."""
    if warning.measure is None or warning.code not in MEASURES:
        return ""
    return number(warning.measure, language) + (" %" if warning.code is WarningCode.FULL_PANEL else "")


# What templates with panels know.
PANEL_FACTS: dict[str, object] = {
    "ink_words": INKS, "warning_words": WARNINGS, "warning_measures": MEASURES, "number": number,
    "measure_of": measure_of,
}
