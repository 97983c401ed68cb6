"""Logs as JSON lines on standard error; Twisted's own log flows into them.

Laws kept here:

1. A line that cannot be written is lost and nothing else: where the disk is full the log often is on it, and who logs
   stands between a printed card and its outcome.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from twisted.logger import ILogObserver, LogLevel, formatEvent, globalLogBeginner

QUIET = (LogLevel.debug, LogLevel.info)


class Unfailing:
    """A stream of text that keeps its failures (no room, a closed pipe) to itself."""

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream`."""
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, or lose the text."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Bring out what was written, if that is possible."""
        with suppress(OSError, ValueError):
            self._stream.flush()


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
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, Unfailing(sys.stderr))),
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
