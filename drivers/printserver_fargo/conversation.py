"""Talking with a Fargo printer: how it is, before and after a card, where the link can ask.

Laws kept here:

1. A printer is well when its answer says so; all other words are shown and block. Without control transfers nothing is
   known, and nothing is made up.
2. Nothing that it says makes a card sure; when all bytes have gone and it is well, the card awaits a check.
3. While a card's data is on its way nothing is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.dialogue import Dialogue, Report, Send, Stalled, TimedOut, Unsupported, Wait
from printserver.driver import Block, Done, LinkInfo, Outcome, Unknown
from printserver.model.alert import Alert, AlertKind
from printserver.model.job import Reason
from printserver.model.printer import PrinterStatus
from printserver_fargo.replies import ASK, HEAR, harmless, parse

CONTROL = "control"
# Seconds.
STALL, POLL = 30.0, 1.0
# How often a silent, unreadable or stalled printer is tried before the card is in doubt.
SILENT_TRIES, STRANGE_TRIES, STALL_TRIES = 2, 5, 10
# How long a printer may wait for a person behind a card's last byte: an hour.
BLOCKED_POLLS = 3600


@dataclass(frozen=True, slots=True)
class Health:
    """How the printer is: its alerts, none = well; `told` = it was asked; `strange` = what it said was no answer."""

    alerts: tuple[Alert, ...] = ()
    told: bool = True
    strange: bool = False

    @property
    def well(self) -> bool:
        """Whether nothing is known to stand in the way."""
        return not self.alerts


def alert(words: str) -> Alert:
    """Return an alert in the driver's own words."""
    return Alert(kind=AlertKind.OTHER, verbatim=words)


TAKES_NOTHING = Health((alert("the printer takes no more data"),))
NOT_ASKED = Health(told=False)
NO_ANSWER = Health((alert("the printer does not answer when asked how it is"),), strange=True)


class Conversation:
    """One dialogue with one printer."""

    def __init__(self, link: LinkInfo) -> None:
        """Ask how it is only where the link has control transfers."""
        self._control = CONTROL in link.abilities
        self._blocked = False

    def health(self) -> Dialogue[Health]:
        """Ask how the printer is; raises TimedOut, LinkLost."""
        if not self._control:
            return NOT_ASKED
        try:
            yield ASK
            answer = yield HEAR
        except Unsupported:
            self._control = False
            return NOT_ASKED
        except Stalled:
            return NO_ANSWER
        said = answer if isinstance(answer, bytes) else b""
        told = parse(said)
        if told is None:
            return Health((alert(harmless(said) or "the printer's answer cannot be read"),), strange=True)
        return Health(told.alerts)

    def until_well(self) -> Dialogue[None]:
        """Wait until the printer is well; may be called off at any time."""
        while not (health := (yield from self.health())).well:
            yield from self._tell(health)
            yield Wait(POLL, cancellable=True)
        yield from self._tell(None)

    def _tell(self, health: Health | None) -> Dialogue[None]:
        """Report that the printer waits for a person, and, once, that it does no more."""
        if health is not None:
            self._blocked = True
            yield Report(PrinterStatus(ready=False, alerts=health.alerts), blocked=True)
        elif self._blocked:
            self._blocked = False
            yield Report(PrinterStatus(ready=True))

    def send(self, block: Block) -> Dialogue[None]:
        """Send a block; a printer that takes nothing is waited for. Raises Stalled when it goes on so for minutes."""
        at, tries = 0, 0
        data = memoryview(block.data)
        while at < len(data):
            try:
                yield Send(data[at:], STALL)
            except Stalled as stalled:
                at += stalled.sent
                tries = 0 if stalled.sent else tries + 1
                if tries >= STALL_TRIES:
                    raise
                yield from self._tell(TAKES_NOTHING)
                continue
            yield from self._tell(None)
            return

    def outcome(self) -> Dialogue[Outcome]:
        """Wait until the printer is well behind the last byte; see law 2. Raises LinkLost."""
        silent = strange = blocked = 0
        while True:
            try:
                health = yield from self.health()
            except TimedOut as fault:
                silent += 1
                if silent >= SILENT_TRIES:
                    return Unknown(Reason(fault.code, fault.sentence()))
                continue
            if health.well:
                yield from self._tell(None)
                return Done(sure=False)
            silent, blocked = 0, blocked + 1
            strange = strange + 1 if health.strange else 0
            yield from self._tell(health)
            if strange >= STRANGE_TRIES:
                return Unknown(Reason("device-reply-unknown", health.alerts[0].verbatim))
            if blocked >= BLOCKED_POLLS:
                return Unknown(Reason("device-waits", health.alerts[0].verbatim))
            yield Wait(POLL)
