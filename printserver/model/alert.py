"""What a printer complains of, in one vocabulary for all families.

The keywords follow IPP `printer-state-reasons` (RFC 8011 section 5.4.12, PWG 5100.9) where one exists.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """How bad an alert is; `error` stops the printer."""

    REPORT = "report"
    WARNING = "warning"
    ERROR = "error"


class AlertKind(StrEnum):
    """Kinds of alert that drivers map their device's words to; `other` shows the device's words verbatim."""

    COVER_OPEN = "cover-open"
    FEEDER = "media-empty"
    CARD_JAM = "media-jam"
    RIBBON_EMPTY = "marker-supply-empty"
    RIBBON_WRONG = "marker-supply-mismatch"
    RIBBON_LOW = "marker-supply-low"
    CLEANING_DUE = "cleaning-due"
    REJECT_FULL = "output-area-full"
    HEAD_HOT = "marker-cooling"
    ENCODER = "encoder-error"
    OFFLINE = "offline"
    SILENT = "not-responding"
    CARD_PATH = "card-path-unknown"
    OTHER = "other"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert; `verbatim` is the device's own text, made harmless for display."""

    kind: AlertKind
    severity: Severity = Severity.ERROR
    verbatim: str = ""
