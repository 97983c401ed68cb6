"""A queue as IPP printer attributes, derived from its printers' capabilities as data.

Laws kept here:

1. Declared is what works, and nothing else.
2. A driver never writes attributes; they follow from `Capabilities`.

Source: RFC 8011 section 5.4; PWG 5100.14 (IPP Everywhere); PWG 5100.9 (alerts); RFC 8011 section 5.4.12 (reasons).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from printserver.documents.format import AUTO_SENSE
from printserver.documents.sniff import FORMATS
from printserver.driver import Capabilities
from printserver.ipp import Attribute, Operation, PrinterState, build
from printserver.listeners.ipp import template
from printserver.listeners.ipp.addresses import Addresses
from printserver.model.alert import Severity
from printserver.model.card import ID1_HEIGHT_MM, ID1_WIDTH_MM
from printserver.model.display import harmless
from printserver.model.printer import PrinterState as State
from printserver.model.supply import SupplyKind
from printserver.model.ticket import MAX_COPIES
from printserver.queue.views import PrinterView, QueueView

HUNDREDTHS = 100  # media sizes are in hundredths of a millimetre (PWG 5101.1)


@dataclass(frozen=True, slots=True)
class ServerView:
    """What is told of the server beside the queue; times are seconds since the epoch."""

    uuid: UUID
    started: float
    now: float
    operations: Sequence[Operation]


def printer_attributes(queue: QueueView, addresses: Addresses, server: ServerView) -> list[Attribute]:
    """Return all attributes of a queue."""
    found = [*_identity(queue, addresses, server), *_state(queue, server), *_protocol(server), *_supplies(queue)]
    if queue.capabilities is not None:
        found += [*_media(), *_template(queue.capabilities), *_abilities(queue.capabilities)]
    return found


def _identity(queue: QueueView, addresses: Addresses, server: ServerView) -> list[Attribute]:
    name = queue.config.name
    address = addresses.printer(name, default=queue.default)
    return [
        build.uri("printer-uri-supported", address),
        build.keyword("uri-security-supported", "tls" if addresses.secure else "none"),
        build.keyword("uri-authentication-supported", "requesting-user-name"),
        build.name("printer-name", name),
        build.text("printer-info", name),
        build.text("printer-location", ""),
        build.text("printer-make-and-model", make_and_model(queue)),
        build.uri("printer-more-info", addresses.page("/")),
        build.uri("printer-uuid", f"urn:uuid:{uuid5(server.uuid, name)}"),
        build.text("printer-device-id", f"MFG:printserver;MDL:{make_and_model(queue)};CMD:PNG,JPEG;"),
    ]


def make_and_model(queue: QueueView) -> str:
    """Return what the queue's first printer is; the server itself while it has none."""
    abilities = queue.capabilities
    return abilities.title if abilities else "Card printer"


def _state(queue: QueueView, server: ServerView) -> list[Attribute]:
    state, reasons = state_of(queue)
    return [
        build.enum("printer-state", state),
        build.keyword("printer-state-reasons", *reasons),
        build.text("printer-state-message", _state_message(queue)),
        build.boolean("printer-is-accepting-jobs", True),
        build.integer("queued-job-count", queue.waiting),
        build.integer("printer-up-time", int(server.now - server.started) + 1),
        build.date_time("printer-current-time", datetime.fromtimestamp(server.now, UTC)),
    ]


def state_of(queue: QueueView) -> tuple[PrinterState, tuple[str, ...]]:
    """Return printer-state and printer-state-reasons of a queue from its printers."""
    if queue.config.paused:
        return PrinterState.STOPPED, ("paused",)
    states = [printer.state for printer in queue.printers]
    reasons = tuple(dict.fromkeys(reason for printer in queue.printers for reason in _reasons(printer)))
    if State.BUSY in states:
        return PrinterState.PROCESSING, reasons or ("none",)
    if states and all(printer.needs_person for printer in queue.printers):
        return PrinterState.STOPPED, reasons or ("other-error",)
    return PrinterState.IDLE, reasons or ("none",)


_SUFFIX = {Severity.REPORT: "-report", Severity.WARNING: "-warning", Severity.ERROR: "-error"}


def _reasons(printer: PrinterView) -> list[str]:
    found = [f"{alert.kind}{_SUFFIX[alert.severity]}" for alert in printer.alerts]
    if printer.state is State.OFFLINE:
        found.append("offline-report")
    if printer.state is State.STOPPED and printer.reason is not None:
        found.append(f"{printer.reason.code}-error")
    return found


def _state_message(queue: QueueView) -> str:
    words = [harmless(printer.reason.detail or printer.reason.code) for printer in queue.printers if printer.reason]
    return "; ".join(words)


def _protocol(server: ServerView) -> list[Attribute]:
    formats = (AUTO_SENSE, *(each.mime for each in FORMATS))
    return [
        build.keyword("ipp-versions-supported", "1.1", "2.0"),
        build.enum("operations-supported", *server.operations),
        build.charset("charset-configured", "utf-8"),
        build.charset("charset-supported", "us-ascii", "utf-8"),
        build.natural_language("natural-language-configured", "en"),
        build.natural_language("generated-natural-language-supported", "en"),
        build.mime_type("document-format-default", AUTO_SENSE),
        build.mime_type("document-format-supported", *formats),
        build.keyword("compression-supported", "none"),
        build.keyword("pdl-override-supported", "attempted"),
        build.boolean("multiple-document-jobs-supported", True),
        build.integer("multiple-operation-time-out", 300),
        build.keyword("multiple-operation-time-out-action", "abort-job"),
        build.keyword("which-jobs-supported", "completed", "not-completed", "all"),
        build.boolean("job-ids-supported", False),
        build.keyword("job-creation-attributes-supported", *template.OPTIONS, "job-name"),
    ]


def _media() -> list[Attribute]:
    size = build.members(
        build.integer("x-dimension", round(ID1_HEIGHT_MM * HUNDREDTHS)),
        build.integer("y-dimension", round(ID1_WIDTH_MM * HUNDREDTHS)),
    )
    margins = [build.integer(f"media-{side}-margin", 0) for side in ("bottom", "left", "right", "top")]
    whole = build.members(
        build.collection("media-size", size), build.keyword("media-size-name", template.MEDIA[0]), *margins
    )
    return [
        build.keyword("media-default", template.MEDIA[0]),
        build.keyword("media-ready", template.MEDIA[0]),
        build.keyword("media-supported", *template.MEDIA),
        build.collection("media-col-default", whole),
        build.collection("media-col-ready", whole),
        build.collection("media-col-database", whole),
        build.collection("media-size-supported", size),
        build.keyword(
            "media-col-supported", "media-size", "media-size-name", "media-bottom-margin", "media-left-margin",
            "media-right-margin", "media-top-margin",
        ),
        *(build.integer(f"media-{side}-margin-supported", 0) for side in ("bottom", "left", "right", "top")),
    ]


def _template(abilities: Capabilities) -> list[Attribute]:
    modes, dpi = template.color_modes(abilities), abilities.geometry.dpi
    return [
        build.integer("copies-default", 1),
        build.range_of("copies-supported", (1, MAX_COPIES)),
        build.keyword("sides-default", "one-sided"),
        build.keyword("sides-supported", *template.sides_supported(abilities)),
        build.keyword("job-hold-until-default", "no-hold"),
        build.keyword("job-hold-until-supported", *template.HOLDS),
        build.integer("job-priority-default", 50),
        build.integer("job-priority-supported", 100),
        build.keyword("print-color-mode-default", modes[0]),
        build.keyword("print-color-mode-supported", *modes),
        build.enum("print-quality-default", 4),
        build.enum("print-quality-supported", 4),
        build.resolution("printer-resolution-default", (dpi, dpi)),
        build.resolution("printer-resolution-supported", (dpi, dpi)),
        build.keyword("print-scaling-default", "auto"),
        build.keyword("print-scaling-supported", *template.SCALING),
        build.enum("orientation-requested-default", 4),
        build.enum("orientation-requested-supported", 4),
        build.keyword("output-bin-default", "face-down"),
        build.keyword("output-bin-supported", "face-down"),
        build.keyword("multiple-document-handling-default", "single-document"),
        build.keyword("multiple-document-handling-supported", "single-document"),
        build.enum("finishings-default", 3),
        build.enum("finishings-supported", 3),
        build.keyword("overrides-supported", "none"),
    ]


def _abilities(abilities: Capabilities) -> list[Attribute]:
    return [
        build.boolean("color-supported", any(ribbon.has_colour for ribbon in abilities.ribbons)),
        build.integer("pages-per-minute", abilities.pages_per_minute),
        build.keyword("printserver-ribbon-supported", *(ribbon.name.lower() for ribbon in abilities.ribbons)),
        build.integer("printserver-tracks-supported", abilities.magnetic_tracks),
    ]


_MARKER_TYPES = {SupplyKind.RIBBON: "ribbonWax", SupplyKind.CLEANING: "other"}


def _supplies(queue: QueueView) -> list[Attribute]:
    """Tell ribbons and cleaning as markers (PWG 5100.9's IPP form of the Printer MIB's supplies)."""
    supplies = [
        supply for printer in queue.printers if printer.status for supply in printer.status.supplies
        if supply.kind in _MARKER_TYPES
    ]
    if not supplies:
        return []
    return [
        build.name("marker-names", *(harmless(supply.name) for supply in supplies)),
        build.keyword("marker-types", *(_MARKER_TYPES[supply.kind] for supply in supplies)),
        build.name("marker-colors", *("none" for _ in supplies)),
        build.integer("marker-levels", *(-1 if supply.percent is None else supply.percent for supply in supplies)),
        build.integer("marker-low-levels", *(10 for _ in supplies)),
        build.integer("marker-high-levels", *(100 for _ in supplies)),
    ]
