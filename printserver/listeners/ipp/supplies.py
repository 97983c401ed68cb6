"""Ribbon, blanks and cleaning as IPP tells supplies: twice, as CUPS asks for them and as the PWG does.

Laws kept here:

1. What the device does not tell is told as unknown: -1 in marker-levels, -2 in printer-supply.
2. Blanks are media, not a marker: they stand in printer-supply alone.
3. Before a device has told anything, the ribbon that it was declared with is told, its level as unknown.

Source: PWG 5100.13 section 6.5 (printer-supply), RFC 3805 (types, classes and units of prtMarkerSuppliesTable), CUPS's
marker attributes.
"""

from __future__ import annotations

from collections.abc import Sequence

from printserver.ipp import Attribute, build
from printserver.listeners.ipp.words import shown_name, shown_text
from printserver.model.supply import Supply, SupplyKind
from printserver.queue.views import QueueView

LOW_PERCENT = 10
UNKNOWN = -2
_MARKER_TYPES = {SupplyKind.RIBBON: "inkRibbon", SupplyKind.CLEANING: "other"}
_UNITS = {SupplyKind.RIBBON: "impressions", SupplyKind.CLEANING: "impressions", SupplyKind.BLANKS: "items"}


def supply_attributes(queue: QueueView) -> list[Attribute]:
    """Return what a queue tells of its printers' supplies."""
    told = [supply for printer in queue.printers if printer.status for supply in printer.status.supplies]
    supplies = told or _declared(queue)
    return [*_markers([each for each in supplies if each.kind in _MARKER_TYPES]), *_supplies(supplies)]


def _declared(queue: QueueView) -> list[Supply]:
    ribbons = (printer.config.ribbon for printer in queue.printers)
    return [Supply(kind=SupplyKind.RIBBON, name=ribbon) for ribbon in ribbons if ribbon]


def _markers(supplies: Sequence[Supply]) -> list[Attribute]:
    if not supplies:
        return []
    return [
        build.name("marker-names", *(shown_name(supply.name) for supply in supplies)),
        build.keyword("marker-types", *(_MARKER_TYPES[supply.kind] for supply in supplies)),
        build.name("marker-colors", *("none" for _ in supplies)),
        build.integer("marker-levels", *(-1 if supply.percent is None else supply.percent for supply in supplies)),
        build.integer("marker-low-levels", *(LOW_PERCENT for _ in supplies)),
        build.integer("marker-high-levels", *(100 for _ in supplies)),
    ]


def _supplies(supplies: Sequence[Supply]) -> list[Attribute]:
    """Tell each supply in one line."""
    if not supplies:
        return []
    lines = (supply_line(number, each) for number, each in enumerate(supplies, 1))
    return [
        build.octets("printer-supply", *(line.encode() for line in lines)),
        build.text("printer-supply-description", *(shown_text(each.name) or each.kind for each in supplies)),
    ]


def supply_line(index: int, supply: Supply) -> str:
    """Return one value of printer-supply; of its name the letters alone are told."""
    kind = _MARKER_TYPES.get(supply.kind, "other")
    name = "".join(letter for letter in supply.name if letter.isascii() and letter.isalpha()) or supply.kind
    fields = {
        "index": index, "class": "supplyThatIsConsumed", "type": kind, "unit": _UNITS[supply.kind],
        "maxcapacity": UNKNOWN if supply.capacity is None else supply.capacity,
        "level": UNKNOWN if supply.remaining is None else supply.remaining,
        "colorantname": name,
    }  # fmt: skip
    return "".join(f"{name}={value};" for name, value in fields.items())
