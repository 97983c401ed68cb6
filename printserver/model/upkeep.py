"""Work on a printer itself: cleaning, calibration, test cards; and how many cards it has had since it was cleaned."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class MaintenanceAction(StrEnum):
    """Work on the printer itself."""

    CLEAN = "clean"
    CALIBRATE = "calibrate"
    TEST_CARD = "test-card"


class Maintenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of work that a printer can be told to do: `steps` are what a person does before it, in order.

    `blanks` = so many cards of the hopper it takes; `counts` = by so many cards at most the printer's own counter
    grows with it. Both are the driver's word; a counter that moves further is nobody's maintenance.
    """

    action: MaintenanceAction
    steps: tuple[str, ...] = ()
    blanks: int = 0
    counts: int = 0


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Maintenance that somebody wants, and who; `since` = when it began (seconds since the epoch), 0 = it has not."""

    action: MaintenanceAction
    by: str = ""
    note: str = ""
    since: float = 0.0


class Outcome(StrEnum):
    """How maintenance ended: the printer says it is done, nobody knows, or it never took place."""

    DONE = "done"
    DOUBT = "doubt"
    REFUSED = "refused"


class Worked(msgspec.Struct, frozen=True, kw_only=True):
    """The last maintenance since the server started; `at` = when it ended, `detail` = why it was not done."""

    work: Work
    at: float
    outcome: Outcome
    detail: str = ""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Maintenance that was begun and of which nobody has said yet how it ended; `counters` as they were before it."""

    work: Work
    serial: str = ""
    counters: dict[str, int] = {}


class Cleanliness(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a printer's cleaning: so many cards since it was cleaned, or since they are counted.

    `postponed` = so many cards it may have had before it stops for want of cleaning, where a person has said so; 0 =
    nobody has.
    """

    used: int
    since: float
    postponed: int = 0
