"""What the vendor's print service says of a printer: its state, its event, and what they mean here.

Laws kept here:

1. A printer is ready only when the service says READY and nothing that stands in the way; a word that is not known
   stands in the way, and is shown word for word.
2. An event that waits for an answer stops the printer, whatever the state says.

Sources: the lists of evolis-premium_sdk, which sorts minor states by their major ones; the vendor's header evolis.h.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from printserver.errors import DeviceReplyUnknown
from printserver.model.alert import Alert, AlertKind, Severity
from printserver_evolis.codec import harmless

READY, WARNING, ERROR, OFF = "READY", "WARNING", "ERROR", "OFF"
MAJORS = frozenset({READY, WARNING, ERROR, OFF})
CANCEL, ACKNOWLEDGE, RETRY = "CANCEL", "OK", "RETRY"
ACTIONS = frozenset({CANCEL, ACKNOWLEDGE, RETRY})

# At rest: it would take a card. A printer that sleeps wakes for one; NOT_FLIP_ACT says that it prints one side.
RESTING = frozenset({"PRINTER_READY", "INF_SLEEP_MODE", "NOT_FLIP_ACT"})
# At work: it would not, and nobody need do anything.
WORKING = frozenset({
    "INF_PRINTING_RUNNING", "INF_ENCODING_RUNNING", "INF_CLEANING_RUNNING", "INF_LAMINATING_RUNNING",
    "INF_LAMI_CLEANING_RUNNING", "INF_LAMI_UPDATING_FIRMWARE", "INF_UPDATING_FIRMWARE", "INF_LAMI_TEMP_NOT_READY",
    "BUSY",
})  # fmt: skip
# What does not stop a card yet.
SOFT = frozenset({
    "INF_RIBBON_LOW", "INF_FEEDER_NEAR_EMPTY", "INF_LAMINATE_LOW", "INF_CLEANING", "INF_CLEANING_ADVANCED",
    "INF_WRONG_ZONE_ALERT",
})  # fmt: skip


def _kinds(**words: str) -> dict[str, AlertKind]:
    return {word: AlertKind[kind] for kind, line in words.items() for word in line.split()}


KIND_OF = _kinds(
    COVER_OPEN="ERR_COVER_OPEN DEF_COVER_OPEN ERR_LAMI_COVER_OPEN DEF_LAMI_COVER_OPEN",
    FEEDER="FEEDER_EMPTY ERR_FEEDER_ERROR INF_FEEDER_NEAR_EMPTY DEF_WAIT_CARD NO_CARD_INSERTED",
    CARD_JAM="ERR_MECHANICAL ERR_LAMI_MECHANICAL",
    RIBBON_EMPTY="RIBBON_ENDED DEF_NO_RIBBON",
    RIBBON_LOW="INF_RIBBON_LOW",
    RIBBON_WRONG=(
        "ERR_BAD_RIBBON DEF_UNSUPPORTED_RIBBON INF_UNKNOWN_RIBBON INF_WRONG_ZONE_ALERT INF_WRONG_ZONE_EXPIRED"
        " INF_WRONG_ZONE_RIBBON"
    ),
    CLEANING_DUE="INF_CLEANING INF_CLEANING_ADVANCED INF_CLEANING_LAST_OUTWARRANTY INF_CLEANING_REQUIRED",
    REJECT_FULL="ERR_HOPPER_FULL DEF_HOPPER_FULL ERR_REJECT_BOX_FULL DEF_LAMI_HOPPER_FULL",
    HEAD_HOT="ERR_HEAD_TEMP DEF_COOLING",
    ENCODER="ERR_BLANK_TRACK ERR_MAGNETIC_DATA ERR_READ_MAGNETIC ERR_WRITE_MAGNETIC CFG_MAGNETIC",
    OFFLINE="PRINTER_OFFLINE PRINTER_NOT_SUPERVISED PRINTER_STATUS_DISABLED",
)

_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class State:
    """A printer's major and minor state."""

    major: str
    minor: str

    @property
    def resting(self) -> bool:
        """Whether the printer would take a card now."""
        return self.major == READY and self.minor in RESTING | SOFT

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Return what a person should know, none when the printer rests or works."""
        words = f"{self.major},{self.minor}"
        if self.major in (READY, WARNING) and self.minor in RESTING | WORKING:
            return ()
        kind = AlertKind.OFFLINE if self.major == OFF else KIND_OF.get(self.minor, AlertKind.OTHER)
        soft = self.major in (READY, WARNING) and self.minor in SOFT
        return (Alert(kind=kind, severity=Severity.WARNING if soft else Severity.ERROR, verbatim=words),)


@dataclass(frozen=True, slots=True)
class Event:
    """What the service wants to be answered, and by which actions it may be."""

    name: str
    actions: tuple[str, ...] = ()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Return what a person should know; what may be answered stops the printer."""
        if not self.actions and self.name in RESTING | WORKING:
            return ()
        severity = Severity.ERROR if self.actions else Severity.WARNING
        verbatim = f"{self.name}:{','.join(self.actions)}" if self.actions else self.name
        return (Alert(kind=KIND_OF.get(self.name, AlertKind.OTHER), severity=severity, verbatim=verbatim),)


def parse_state(text: str) -> State:
    """Take `MAJOR,MINOR` apart; raises DeviceReplyUnknown for anything else."""
    major, _, minor = text.strip().partition(",")
    if major not in MAJORS or _WORD.fullmatch(minor) is None:
        raise DeviceReplyUnknown(f"asked for the state, it says {harmless(text.encode('utf-8', 'replace'))!r}")
    return State(major, minor)


def parse_event(text: str) -> Event | None:
    """Take `EVENT` or `EVENT:ACTION,ACTION` apart, None when there is none; raises DeviceReplyUnknown for nonsense."""
    if not text.strip():
        return None
    name, colon, rest = text.strip().partition(":")
    actions = tuple(rest.split(",")) if colon else ()
    if _WORD.fullmatch(name) is None or not set(actions) <= ACTIONS:
        raise DeviceReplyUnknown(f"asked for an event, it says {harmless(text.encode('utf-8', 'replace'))!r}")
    return Event(name, actions)
