"""A queue as IPP printer attributes, derived from its printers' capabilities as data.

Laws kept here:

1. Declared is what works, and nothing else.
2. A driver never writes attributes; they follow from `Capabilities`.
3. What changes by itself (state, supplies, time) is live; all else stands until the configuration changes.

Source: RFC 8011 section 5.4; PWG 5100.14 (IPP Everywhere); PWG 5100.9 (alerts); RFC 8011 section 5.4.12 (reasons).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from printserver.documents.format import AUTO_SENSE, Format
from printserver.documents.unpacking import COMPRESSIONS
from printserver.ipp import Attribute, Operation, PrinterState, build
from printserver.listeners.ipp import pages, template
from printserver.listeners.ipp.addresses import Addresses
from printserver.listeners.ipp.alerts import alert_attributes
from printserver.listeners.ipp.device_attributes import device_attributes
from printserver.listeners.ipp.format_attributes import format_attributes
from printserver.listeners.ipp.history import WHICH
from printserver.listeners.ipp.icons import ICON_PATHS
from printserver.listeners.ipp.job_attributes import history_support
from printserver.listeners.ipp.media import media_attributes
from printserver.listeners.ipp.notice_events import notice_support
from printserver.listeners.ipp.offer import Offer, offer_of
from printserver.listeners.ipp.raster_attributes import PWG_RASTER, raster_attributes
from printserver.listeners.ipp.settable import JOB_SETTABLE, PRINTER_SETTABLE
from printserver.listeners.ipp.supplies import supply_attributes
from printserver.listeners.ipp.words import as_keyword, shown_name, shown_text
from printserver.model.alert import AlertKind, Severity
from printserver.model.printer import PrinterState as State
from printserver.model.ticket import MAX_AREAS, MAX_CHOKE, MAX_COPIES, Ticket
from printserver.queue.backlog import INCOMING_SECONDS
from printserver.queue.views import OUTSIDE_HOURS, PrinterView, QueueView


@dataclass(frozen=True, slots=True)
class ServerView:
    """What is the same for every queue: the server's own UUID, what it answers, which documents it takes.

    `fetched` are the schemes by which it fetches documents, none = it does not.
    """

    uuid: UUID
    operations: Sequence[Operation]
    formats: Sequence[Format]
    fetched: tuple[str, ...] = ()


def standing_attributes(queue: QueueView, addresses: Addresses, server: ServerView) -> list[Attribute]:
    """Return what stands until the configuration changes."""
    found = [*_identity(queue, addresses, server), *_protocol(server)]
    found.append(build.boolean("requesting-user-uri-supported", not addresses.asks))
    if queue.capabilities is not None:
        offer = offer_of(queue)
        found += [*media_attributes(), *_template(offer), *_abilities(offer)]
    return found


def live_attributes(queue: QueueView, started: float, now: float, server: UUID) -> list[Attribute]:
    """Return what changes by itself; times are seconds since the epoch, `server` is the server's own UUID."""
    machine = device_attributes(queue, server)
    return [*_state(queue, started, now), *alert_attributes(queue), *supply_attributes(queue), *machine]


def _identity(queue: QueueView, addresses: Addresses, server: ServerView) -> list[Attribute]:
    name, model, notes = shown_name(queue.config.name), make_and_model(queue), queue.config.notes
    commands = ",".join(each.language for each in server.formats)
    doors = addresses.doors()
    return [
        build.uri(
            "printer-uri-supported", *(each.printer(queue.config.name, default=queue.default) for each in doors)
        ),
        build.keyword("uri-security-supported", *("tls" if each.secure else "none" for each in doors)),
        build.keyword("uri-authentication-supported", *(each.authentication for each in doors)),
        build.name("printer-name", name),
        build.text("printer-info", shown_text(notes.info or queue.config.name)),
        build.text("printer-location", shown_text(notes.location)),
        build.uri("printer-geo-location", notes.geo) if notes.geo else build.unknown("printer-geo-location"),
        build.text("printer-organization", shown_text(notes.organization)),
        build.text("printer-organizational-unit", shown_text(notes.organizational_unit)),
        build.text("printer-message-from-operator", shown_text(notes.message)),
        build.text("printer-make-and-model", model),
        build.uri("printer-more-info", addresses.page("/")),
        build.uri("printer-supply-info-uri", addresses.page("/")),
        build.uri("printer-icons", *(addresses.page(path) for path in ICON_PATHS)),
        build.uri("printer-uuid", f"urn:uuid:{uuid5(server.uuid, queue.config.name)}"),
        build.unknown("printer-service-contact-col"),
        build.text("printer-device-id", f"MFG:printserver;MDL:{model};CMD:{commands};"),
    ]


def make_and_model(queue: QueueView) -> str:
    """Return what the queue's first printer is; the server itself while it has none."""
    abilities = queue.capabilities
    return shown_text(abilities.title) if abilities else "Card printer"


def _state(queue: QueueView, started: float, now: float) -> list[Attribute]:
    state, reasons = state_of(queue)
    changed = max([started, queue.changed, *(printer.since for printer in queue.printers)])
    configured = max(started, queue.changed)
    return [
        build.enum("printer-state", state),
        build.keyword("printer-state-reasons", *reasons),
        build.text("printer-state-message", _state_message(queue)),
        build.boolean("printer-is-accepting-jobs", queue.accepting),
        build.integer("queued-job-count", queue.waiting),
        build.integer("printer-up-time", max(1, int(now - started) + 1)),
        build.date_time("printer-current-time", datetime.fromtimestamp(now, UTC)),
        *_moment("printer-state-change", changed, started),
        *_moment("printer-config-change", configured, started),
        *_message_time(queue, configured, started),
    ]


def _message_time(queue: QueueView, at: float, started: float) -> list[Attribute]:
    """Tell since when the operator's message stands, at the earliest since the server's start (RFC 3380 section 8)."""
    name = "printer-message"
    if not queue.config.notes.message:
        return [build.no_value(f"{name}-time"), build.no_value(f"{name}-date-time")]
    return _moment(name, at, started)


def _moment(name: str, at: float, started: float) -> list[Attribute]:
    return [
        build.integer(f"{name}-time", max(1, int(at - started) + 1)),
        build.date_time(f"{name}-date-time", datetime.fromtimestamp(at, UTC)),
    ]


def state_of(queue: QueueView) -> tuple[PrinterState, tuple[str, ...]]:
    """Return printer-state and printer-state-reasons of a queue from its printers."""
    wanted = queue.waiting > 0
    reasons = tuple(dict.fromkeys(reason for printer in queue.printers for reason in _reasons(printer, wanted)))
    reasons = (*_queue_reasons(queue), *reasons)
    if queue.config.paused:
        return PrinterState.STOPPED, reasons
    if any(printer.state is State.BUSY for printer in queue.printers):
        return PrinterState.PROCESSING, reasons or ("none",)
    if queue.printers and all(printer.needs_person for printer in queue.printers):
        return PrinterState.STOPPED, reasons or ("other-error",)
    return PrinterState.IDLE, reasons or ("none",)


def _queue_reasons(queue: QueueView) -> list[str]:
    """Return what was decided of the queue itself (RFC 8011 section 5.4.12, RFC 3998 section 7)."""
    said = {
        "shutdown": queue.config.shut_down, "paused": queue.config.paused, "moving-to-paused": queue.ending,
        "hold-new-jobs": queue.config.hold_new, f"{OUTSIDE_HOURS}-report": queue.opens is not None,
    }  # fmt: skip
    return [word for word, holds in said.items() if holds]


_SUFFIX = {Severity.REPORT: "-report", Severity.WARNING: "-warning", Severity.ERROR: "-error"}


def _reasons(printer: PrinterView, wanted: bool) -> list[str]:
    """Return what a printer complains of; `wanted` = jobs wait for it."""
    found = [f"{alert.kind}{_SUFFIX[alert.severity]}" for alert in printer.alerts]
    if wanted and any(alert.kind is AlertKind.FEEDER for alert in printer.alerts):
        found.append("media-needed-error")
    if printer.state is State.OFFLINE:
        found.append("offline-report")
    if printer.state is State.STOPPED and printer.reason is not None:
        found.append(f"{as_keyword(printer.reason.code)}-error")
    return found


def _state_message(queue: QueueView) -> str:
    reasons = [queue.reason, *(printer.reason for printer in queue.printers)]
    said = [reason.detail or reason.code for reason in reasons if reason]
    if queue.opens is not None:
        said.append(f"outside its hours, prints again from {datetime.fromtimestamp(queue.opens, UTC):%Y-%m-%dT%H:%M}Z")
    return shown_text("; ".join(said))


def _protocol(server: ServerView) -> list[Attribute]:
    return [
        build.keyword("ipp-versions-supported", "1.1", "2.0", "2.1", "2.2"),
        build.keyword("ipp-features-supported", *features(server)),
        build.enum("operations-supported", *server.operations),
        build.charset("charset-configured", "utf-8"),
        build.charset("charset-supported", "us-ascii", "utf-8"),
        build.natural_language("natural-language-configured", "en"),
        build.natural_language("generated-natural-language-supported", "en"),
        build.mime_type("document-format-default", AUTO_SENSE),
        build.mime_type("document-format-supported", AUTO_SENSE, *(each.mime for each in server.formats)),
        build.keyword("compression-supported", *COMPRESSIONS),
        build.keyword("pdl-override-supported", "attempted"),
        build.integer("document-password-supported", 0),
        build.boolean("multiple-document-jobs-supported", True),
        build.integer("multiple-operation-time-out", int(INCOMING_SECONDS)),
        build.keyword("multiple-operation-time-out-action", "abort-job"),
        build.keyword("which-jobs-supported", *WHICH),
        build.boolean("job-ids-supported", True),
        build.boolean("job-mandatory-attributes-supported", True),
        build.keyword("job-spooling-supported", "spool"),
        build.keyword("job-creation-attributes-supported", *template.OPTIONS, "job-name"),
        build.keyword("job-settable-attributes-supported", *JOB_SETTABLE),
        build.keyword("printer-settable-attributes-supported", *PRINTER_SETTABLE),
        build.keyword("printer-get-attributes-supported", "document-format"),
        build.boolean("preferred-attributes-supported", False),
        build.keyword("identify-actions-default", "display"),
        build.keyword("identify-actions-supported", "display"),
        *([build.uri_scheme("reference-uri-schemes-supported", *server.fetched)] if server.fetched else []),
        *raster_attributes(server.formats),
        *format_attributes(server.formats),
        *history_support(),
        *notice_support(),
    ]


def features(server: ServerView) -> list[str]:
    """Return the sets of abilities that are complete here; IPP Everywhere asks for PWG raster."""
    mimes = {each.mime for each in server.formats}
    found = ["document-object", "proof-print", "page-overrides", "subscription-object"]
    return ["ipp-everywhere", *found] if PWG_RASTER in mimes else found


def _template(offer: Offer) -> list[Attribute]:
    return [
        build.keyword("sides-default", offer.sides[-1]),  # a second picture is printed unless somebody says otherwise
        build.keyword("sides-supported", *offer.sides),
        *_choice("job-hold-until", *template.HOLDS),
        *_choice("print-color-mode", *offer.color_modes),
        *_choice("print-scaling", *pages.SCALING),
        *_choice("print-content-optimize", *template.contents_of(offer)),
        *_choice("print-rendering-intent", "auto"),
        *_choice("job-sheets", "none"),
        build.no_value("job-sheets-col-default"),
        build.keyword("job-sheets-col-supported", "job-sheets"),
        build.boolean("job-hold-until-time-supported", False),
        build.boolean("page-ranges-supported", True),
        build.integer("max-page-ranges-supported", MAX_AREAS),
        build.keyword("overrides-supported", *pages.OVERRIDES),
        build.keyword("proof-print-supported", *pages.PROOF),
        build.integer("number-up-default", template.ONE_UP),
        build.integer("number-up-supported", template.ONE_UP),
        *_choice("output-bin", template.OUTPUT_BIN),
        *_choice("multiple-document-handling", "single-document"),
        *_number("print-quality", template.NORMAL_QUALITY),
        *_number("orientation-requested", *template.ORIENTATIONS),
        build.enum("landscape-orientation-requested-preferred", template.LAID_ON_PORTRAIT),
        *_number("finishings", template.NO_FINISHING),
        build.enum("finishings-ready", template.NO_FINISHING),
        *_finishings_col(),
        build.integer("copies-default", 1),
        build.range_of("copies-supported", (1, MAX_COPIES)),
        build.integer("job-priority-default", 50),
        build.integer("job-priority-supported", 100),
        build.resolution("printer-resolution-default", (offer.dpi, offer.dpi)),
        build.resolution("printer-resolution-supported", (offer.dpi, offer.dpi)),
        *_own_template(offer),
    ]


def _finishings_col() -> list[Attribute]:
    """Tell the one finishing there is, none, as PWG 5100.1 tells finishings."""
    none = build.members(build.keyword("finishing-template", template.NO_TEMPLATE))
    names = [f"finishings-col-{of}" for of in ("default", "ready", "database")]
    return [
        *(build.collection(name, none) for name in names),
        build.keyword("finishings-col-supported", "finishing-template"),
        build.keyword("finishing-template-supported", template.NO_TEMPLATE),
    ]


def _own_template(offer: Offer) -> list[Attribute]:
    ribbons = [shown_name(ribbon.name.lower()) for ribbon in offer.ribbons]
    return [
        build.keyword("printserver-k-mode-default", "black"),
        build.keyword("printserver-k-mode-supported", *template.K_MODES),
        build.keyword("printserver-overlay-default", "full"),
        build.keyword("printserver-overlay-supported", *template.OVERLAYS),
        build.keyword("printserver-colour-half-default", Ticket().colour_half),
        build.keyword("printserver-colour-half-supported", *template.COLOUR_HALVES),
        build.boolean("printserver-force-default", Ticket().force),
        build.boolean("printserver-force-supported", True),
        build.keyword("printserver-depth-default", Ticket().depth),
        build.keyword("printserver-depth-supported", *template.DEPTHS),
        build.integer("printserver-k-threshold-default", Ticket().k_threshold),
        build.range_of("printserver-k-threshold-supported", (0, template.BRIGHTEST)),
        build.integer("printserver-k-choke-default", Ticket().k_choke),
        build.range_of("printserver-k-choke-supported", (0, MAX_CHOKE)),
        build.range_of("printserver-ucr-supported", (0, template.WHOLE)),
        build.integer("printserver-gcr-default", Ticket().gcr),
        build.range_of("printserver-gcr-supported", (0, template.WHOLE)),
        build.integer("printserver-photo-areas-supported", MAX_AREAS),
        build.integer("printserver-colour-keys-supported", MAX_AREAS),
        build.integer("printserver-overlay-windows-supported", MAX_AREAS),
        build.integer("printserver-overlay-areas-supported", MAX_AREAS),
        *([build.name("printserver-ribbon-supported", *ribbons)] if ribbons else []),
        build.integer("printserver-tracks-supported", offer.magnetic_tracks),
    ]


def _choice(name: str, *words: str) -> list[Attribute]:
    return [build.keyword(f"{name}-default", words[0]), build.keyword(f"{name}-supported", *words)]


def _number(name: str, *numbers: int) -> list[Attribute]:
    return [build.enum(f"{name}-default", numbers[0]), build.enum(f"{name}-supported", *numbers)]


def _abilities(offer: Offer) -> list[Attribute]:
    pace = offer.abilities.pages_per_minute
    return [
        build.boolean("color-supported", offer.coloured),
        build.integer("pages-per-minute", pace),
        *([build.integer("pages-per-minute-color", pace)] if offer.coloured else []),
    ]
