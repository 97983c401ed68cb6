"""Logs as JSON lines on standard error; Twisted's own log flows into them."""

from __future__ import annotations

import sys
from typing import Any, cast

import structlog
from twisted.logger import ILogObserver, LogLevel, formatEvent, globalLogBeginner

QUIET = (LogLevel.debug, LogLevel.info)


def set_up_logging() -> None:
    """Write every log line as one JSON object; times are UTC, ISO 8601."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    globalLogBeginner.beginLoggingTo([cast(ILogObserver, _observe)], redirectStandardIO=False)


def _observe(event: dict[str, Any]) -> None:
    level = event.get("log_level")
    if level in QUIET:
        return
    log = structlog.get_logger("twisted")
    failure = event.get("log_failure")
    detail = failure.getTraceback() if failure is not None else None
    log.error(formatEvent(event), namespace=event.get("log_namespace"), detail=detail)
