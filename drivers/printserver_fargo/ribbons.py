"""Ribbons of the family, and the numbers by which the stream names ribbons and panels.

| ribbon | id | lines | recorded |
|---|---|---|---|
| none (rewritable card) | 0 | 1011 | one side |
| K standard, premium, colour, metallic | 1, 2, 3, 4 | 1009 | one side; metallic was not |
| KO | 5 | 1009 | one side |
| YMCKK | 6 | 1011 | two sides |
| YMCKO | 7 | 1009 | one side |
| YMCKOK | 8 | 1011 | two sides |
| BO (dye black) | 9 | 1009 | one side |
| YMCKO with half colour panels | 13 | 1009 | one side |
| YMCFKO | 19 | 1011 | one side |
| YMCFKOK | 20 | 1011 | one side, though the ribbon has a black for the back |

Source: the vendor's print files and description of the DTC4500e (DTC4500e.xml); others.md A3 to A5.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.model.card import PanelName, Ribbon

Y, M, C, K, O, F = (  # noqa: E741 - the field's own letters
    PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O, PanelName.F,
)  # fmt: skip

SHORT, LONG = 1009, 1011
RESIN_BLACK, DYE_BLACK, ERASE = 4, 5, 11
PANEL_IDS = {Y: 1, M: 2, C: 3, K: RESIN_BLACK, O: 7, F: 9}
# 12 is the black of a rewritable card. The erasing pass (11) lays no ink and is no panel of ours.
PANEL_OF_ID = {number: name for name, number in PANEL_IDS.items()} | {DYE_BLACK: K, 12: K}


@dataclass(frozen=True, slots=True)
class Film:
    """A ribbon with its id in the stream and the lines of its panels."""

    ribbon: Ribbon
    number: int
    lines: int = SHORT

    def panel_id(self, name: PanelName) -> int:
        """Return the id of a panel; the black of BO is dye."""
        return DYE_BLACK if name is K and self.ribbon.name == "BO" else PANEL_IDS[name]


FILMS = (
    Film(Ribbon("K", front=(K,)), 1),
    Film(Ribbon("KO", front=(K, O)), 5),
    Film(Ribbon("YMCKK", front=(Y, M, C, K), back=(K,)), 6, LONG),
    Film(Ribbon("YMCKO", front=(Y, M, C, K, O)), 7),
    Film(Ribbon("YMCKOK", front=(Y, M, C, K, O), back=(K,)), 8, LONG),
    Film(Ribbon("BO", front=(K, O)), 9),
    Film(Ribbon("YMCFKO", front=(Y, M, C, F, K, O)), 19, LONG),
    # Its back was never recorded.
    Film(Ribbon("YMCFKOK", front=(Y, M, C, F, K, O)), 20, LONG),
)
# Known by its id when a recorded job is read; see `assumptions` for why it is not printed.
HALF = Film(Ribbon("YMCKO-half", front=(Y, M, C, K, O), half=True), 13)
BLACK_NUMBERS = {"standard": 1, "premium": 2, "colour": 3, "metallic": 4}


def film(name: str) -> Film:
    """Return a ribbon that is printed, by its name; raises KeyError for another."""
    return {each.ribbon.name: each for each in FILMS}[name]


def by_number(number: int) -> Ribbon | None:
    """Return the ribbon of an id, None for one that is not known and for the rewritable card's none."""
    if number in BLACK_NUMBERS.values():
        return film("K").ribbon
    return next((each.ribbon for each in (*FILMS, HALF) if each.number == number), None)
