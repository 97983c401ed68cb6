"""What a queue tells of the machine behind it: its number, its feeder and its hopper.

Laws kept here:

1. A queue of several printers tells of the first, as it does of its abilities.
2. What the device does not tell is told as unknown: -2.
3. A tray stands for each medium's source and each output bin, in their order.

Source: PWG 5100.13 section 6.6 (device-uuid, printer-input-tray, printer-output-tray), RFC 3805 (types of trays), PWG
5100.11 section 6.5 (printer-serial-number).
"""

from __future__ import annotations

from uuid import UUID, uuid5

from printserver.ipp import Attribute, build
from printserver.listeners.ipp import media
from printserver.listeners.ipp.template import OUTPUT_BIN
from printserver.listeners.ipp.words import shown_text
from printserver.model.supply import Supply, SupplyKind
from printserver.queue.views import PrinterView, QueueView

UNKNOWN = -2
_FEEDER = {"main": "sheetFeedAutoNonRemovableTray", "auto": "other"}


def device_attributes(queue: QueueView, server: UUID) -> list[Attribute]:
    """Return what is told of a queue's first printer, nothing while it has none; `server` is the server's own UUID."""
    if not queue.printers:
        return []
    first = queue.printers[0]
    serial = first.identity.serial if first.identity else ""
    return [
        build.uri("device-uuid", f"urn:uuid:{uuid5(server, f'printer {first.config.name}')}"),
        build.text("printer-serial-number", shown_text(serial)),
        build.octets("printer-input-tray", *(_feeder(source, first).encode() for source in media.SOURCES)),
        build.octets("printer-output-tray", _hopper().encode()),
    ]


def _feeder(source: str, printer: PrinterView) -> str:
    """Return one value of printer-input-tray; its measures are those of any card, its level that of the blanks."""
    blanks = _blanks(printer)
    fields = {
        "type": _FEEDER[source], "mediafeed": UNKNOWN, "mediaxfeed": UNKNOWN,
        "maxcapacity": UNKNOWN if blanks is None or blanks.capacity is None else blanks.capacity,
        "level": UNKNOWN if blanks is None or blanks.remaining is None else blanks.remaining,
        "status": 0, "name": source,
    }  # fmt: skip
    return _line(fields)


def _blanks(printer: PrinterView) -> Supply | None:
    supplies = printer.status.supplies if printer.status else ()
    return next((supply for supply in supplies if supply.kind is SupplyKind.BLANKS), None)


def _hopper() -> str:
    fields = {
        "type": "unRemovableBin", "maxcapacity": UNKNOWN, "remaining": UNKNOWN, "status": 0, "name": OUTPUT_BIN,
        "stackingorder": "firstToLast", "pagedelivery": "faceDown",
    }  # fmt: skip
    return _line(fields)


def _line(fields: dict[str, object]) -> str:
    return "".join(f"{name}={value};" for name, value in fields.items())
