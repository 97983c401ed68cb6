"""Numbers that stand for states and choices in IPP attributes of the syntax `enum`.

The numbers of job-state are `model.job.IppJobState`. Source: RFC 8011 sections 5.2.10 (orientation), 5.2.13 (quality),
5.4.11 (printer-state), 5.1.16 (units of a resolution).
"""
from __future__ import annotations

from enum import IntEnum


class PrinterState(IntEnum):
    """printer-state."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5

    @property
    def keyword(self) -> str:
        """The state in IPP's own spelling."""
        return self.name.lower()


class Orientation(IntEnum):
    """orientation-requested: how the page lies on the medium, counter-clockwise."""

    PORTRAIT = 3
    LANDSCAPE = 4
    REVERSE_LANDSCAPE = 5
    REVERSE_PORTRAIT = 6
    NONE = 7


class PrintQuality(IntEnum):
    """print-quality."""

    DRAFT = 3
    NORMAL = 4
    HIGH = 5


class ResolutionUnits(IntEnum):
    """Units of a resolution value."""

    DOTS_PER_INCH = 3
    DOTS_PER_CENTIMETER = 4
