"""What printers complain of, as printer-alert tells it: one line for programs, one for people.

Laws kept here:

1. The two attributes have as many values as each other; without any complaint they tell that a printer is ready, or
   that nothing is known.

Source: PWG 5100.9 section 3 (printer-alert), RFC 3805 and IANA-PRINTER-MIB (codes, groups, severities).
"""

from __future__ import annotations

from printserver.ipp import Attribute, build
from printserver.listeners.ipp.words import shown_text
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.printer import PrinterState
from printserver.queue.views import QueueView

CODES: dict[AlertKind, tuple[str, str]] = {
    AlertKind.COVER_OPEN: ("coverOpen", "cover"),
    AlertKind.FEEDER: ("inputMediaSupplyEmpty", "input"),
    AlertKind.CARD_JAM: ("jam", "mediaPath"),
    AlertKind.RIBBON_EMPTY: ("markerPrintRibbonEmpty", "markerSupplies"),
    AlertKind.RIBBON_WRONG: ("subunitUnrecoverableFailure", "markerSupplies"),
    AlertKind.RIBBON_LOW: ("markerPrintRibbonAlmostEmpty", "markerSupplies"),
    AlertKind.CLEANING_DUE: ("subunitLifeAlmostOver", "marker"),
    AlertKind.REJECT_FULL: ("subunitFull", "output"),
    AlertKind.HEAD_HOT: ("subunitOverTemperature", "marker"),
    AlertKind.ENCODER: ("subunitRecoverableFailure", "generalPrinter"),
    AlertKind.OFFLINE: ("subunitOffline", "generalPrinter"),
    AlertKind.SILENT: ("subunitOffline", "channel"),
    AlertKind.CARD_PATH: ("subunitRecoverableFailure", "mediaPath"),
    AlertKind.OTHER: ("other", "generalPrinter"),
}
"""prtAlertCode and prtAlertGroup of each kind of alert."""
SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "warning", Severity.REPORT: "warningBinaryChangeEvent"}


def alert_attributes(queue: QueueView) -> list[Attribute]:
    """Return what a queue's printers complain of."""
    alerts = [(number, alert) for number, printer in enumerate(queue.printers, 1) for alert in printer.alerts]
    lines = [alert_line(number, alert) for number, alert in alerts]
    words = [shown_text(alert.verbatim) or alert.kind.replace("-", " ") for _, alert in alerts]
    if not alerts:
        ready = any(printer.state in (PrinterState.IDLE, PrinterState.BUSY) for printer in queue.printers)
        lines = [f"code={'printerReadyToPrint' if ready else 'unknown'};group=generalPrinter;"]
        words = ["ready" if ready else "nothing is known"]
    return [
        build.octets("printer-alert", *(line.encode() for line in lines)),
        build.text("printer-alert-description", *words),
    ]


def alert_line(printer: int, alert: Alert) -> str:
    """Return one value of printer-alert; `printer` counts the queue's printers from 1."""
    code, group = CODES[alert.kind]
    return f"code={code};severity={SEVERITIES[alert.severity]};group={group};groupindex={printer};"
