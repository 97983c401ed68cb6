"""What printers complain of, as printer-alert tells it: one line for programs, one for people.

Laws kept here:

1. The two attributes have as many values as each other; without any complaint they tell that a printer is ready, or
   that nothing is known.

Source: PWG 5100.9 section 3 (printer-alert), RFC 3805 and IANA-PRINTER-MIB (codes, severities).
"""

from __future__ import annotations

from printserver.ipp import Attribute, build
from printserver.listeners.ipp.words import shown_text
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.printer import PrinterState
from printserver.queue.views import QueueView

CODES: dict[AlertKind, str] = {
    AlertKind.COVER_OPEN: "coverOpen",
    AlertKind.FEEDER: "inputMediaSupplyEmpty",
    AlertKind.CARD_JAM: "jam",
    AlertKind.RIBBON_EMPTY: "markerPrintRibbonEmpty",
    AlertKind.RIBBON_WRONG: "subunitUnrecoverableFailure",
    AlertKind.RIBBON_LOW: "markerPrintRibbonAlmostEmpty",
    AlertKind.CLEANING_DUE: "subunitLifeAlmostOver",
    AlertKind.REJECT_FULL: "subunitFull",
    AlertKind.HEAD_HOT: "subunitOverTemperature",
    AlertKind.ENCODER: "subunitRecoverableFailure",
    AlertKind.OFFLINE: "subunitOffline",
    AlertKind.SILENT: "subunitOffline",
    AlertKind.CARD_PATH: "subunitRecoverableFailure",
    AlertKind.OTHER: "other",
}
"""prtAlertCode of each kind of alert."""
SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "warning", Severity.REPORT: "warningBinaryChangeEvent"}


def alert_attributes(queue: QueueView) -> list[Attribute]:
    """Return what a queue's printers complain of."""
    alerts = [alert for printer in queue.printers for alert in printer.alerts]
    lines = [alert_line(alert) for alert in alerts]
    words = [shown_text(alert.verbatim) or alert.kind.replace("-", " ") for alert in alerts]
    if not alerts:
        ready = any(printer.state in (PrinterState.IDLE, PrinterState.BUSY) for printer in queue.printers)
        lines = [f"code={'printerReadyToPrint' if ready else 'unknown'}"]
        words = ["ready" if ready else "nothing is known"]
    return [
        build.octets("printer-alert", *(line.encode() for line in lines)),
        build.text("printer-alert-description", *words),
    ]


def alert_line(alert: Alert) -> str:
    """Return one value of printer-alert."""
    return f"code={CODES[alert.kind]};severity={SEVERITIES[alert.severity]}"
