"""Talking with a Magicard printer: questions, its health, and finding out what became of a card.

Laws kept here:

1. A printer is well when its answer says 00:00 and its USB port, where there is one, reports no error. Everything else
   is shown and blocks.
2. A card is out when the printer's counter has grown by exactly one and it is well and idle. A printer without a
   counter never makes a card sure.
3. A counter that stands still settles nothing: the card may lie in the machine. That is doubt.
4. Within a side's data only the port status is asked: any other question would be taken for picture.
5. Late answers to an older question are read away before the counter is read as evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from printserver.dialogue import (
    Ask,
    Control,
    Dialogue,
    Interrupted,
    Listen,
    Mark,
    Point,
    Report,
    Send,
    Stalled,
    TimedOut,
    Unsupported,
    Wait,
)
from printserver.driver import Block, Done, LinkInfo, Outcome, Unknown
from printserver.errors import DeviceReplyUnknown
from printserver.model.alert import Alert, AlertKind
from printserver.model.job import Reason
from printserver.model.printer import PrinterStatus
from printserver_magicard.codec import reply_frame, request
from printserver_magicard.info import Line
from printserver_magicard.replies import (
    BUSY,
    CARDS,
    CLEANS,
    FAULT,
    HEAD,
    IDLE,
    Condition,
    Information,
    harmless,
    parse_error,
    parse_information,
    parse_parameter,
)

COUNTER = "cards"
# USB printer class: GET_PORT_STATUS.
PORT_STATUS = Control(0xA1, 1, 0, 0, length=1)
CONTROL = "control"
HEAD_NAMES = {"0": "KGE2", "1": "KEE1", "2": "KEE4"}

# Seconds. The vendor's driver asks for the port status about every two seconds.
ANSWER, LATE, STALL, POLL, BESIDE = 10.0, 0.2, 30.0, 1.0, 2.0
# How often a silent, unreadable or stalled printer is tried before the card is in doubt.
SILENT_TRIES, STRANGE_TRIES, STALL_TRIES, LATE_TRIES = 2, 5, 10, 64
# How long a printer that waits for a person keeps a reconciliation waiting, and how long one may work without a word.
BLOCKED_POLLS, BUSY_POLLS = 120, 300


@dataclass(frozen=True, slots=True)
class Health:
    """How the printer is: its alerts, none = well; `idle` None = nobody can tell; `strange` = its answer was none."""

    alerts: tuple[Alert, ...] = ()
    idle: bool | None = None
    cards: int | None = None
    information: Information | None = None
    strange: bool = False

    @property
    def well(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.alerts

    @property
    def resting(self) -> bool:
        """Whether it is well and not known to be at work."""
        return self.well and self.idle is not False


def alert(words: str, kind: AlertKind = AlertKind.OTHER) -> Alert:
    """Return an alert in the driver's own words."""
    return Alert(kind=kind, verbatim=words)


def _cleanings(health: Health) -> int | None:
    return None if health.information is None else health.information.number(CLEANS)


TAKES_NOTHING = Health((alert("the printer takes no more data"),))


class Conversation:
    """One dialogue with one printer of a line."""

    def __init__(self, line: Line, options: dict[str, str], link: LinkInfo) -> None:
        """Doubt a card after `settle` seconds of an idle printer whose counter stands still."""
        self._line = line
        self._head = options["head"]
        self._settle = float(options["settle"])
        self._control = CONTROL in link.abilities
        self._blocked = False

    # questions

    def ask(self, *words: str, cancellable: bool = False) -> Dialogue[bytes]:
        """Ask and return the answer's bytes, its last byte (03) left out."""
        message = yield Ask(self._request(*words), reply_frame, ANSWER, cancellable)
        return message if isinstance(message, bytes) else b""

    def order(self, *words: str) -> Dialogue[None]:
        """Send a command that has no answer."""
        yield Send(self._request(*words), STALL)

    def _request(self, *words: str) -> bytes:
        return request(*words, comma=self._line is not Line.RIO)

    def parameter(self, key: str) -> Dialogue[str | None]:
        """Ask a Rio or Tango for one of its values."""
        return parse_parameter((yield from self.ask("STA", key)))

    def drain(self) -> Dialogue[None]:
        """Read away what the printer still says to an older question."""
        for _ in range(LATE_TRIES):
            try:
                yield Listen(reply_frame, LATE)
            except TimedOut:
                return

    def port(self) -> Dialogue[bytes | None]:
        """Ask for the port status; None where the link, or this printer, has none."""
        if not self._control:
            return None
        try:
            reading = yield PORT_STATUS
        except (Unsupported, Stalled):
            self._control = False
            return None
        return reading if isinstance(reading, bytes) else b""

    def health(self, *, cancellable: bool = False) -> Dialogue[Health]:
        """Ask how the printer is."""
        reading = yield from self.port()
        match self._line:
            case Line.ENDURO:
                found = self._informed(parse_information((yield from self.ask("INF", cancellable=cancellable))))
            case Line.AOTA | Line.AVALON:
                message = yield from self.ask("ERR", cancellable=cancellable)
                found = _judged(parse_error(message), message)
            case Line.RIO:
                message = yield from self.ask("STA", "MDL", cancellable=cancellable)
                found = _judged(Condition("00:00", "") if parse_parameter(message) else None, message)
        return _with_port(found, reading)

    def _informed(self, information: Information | None) -> Health:
        if information is None:
            return _judged(None, b"")
        health = replace(_judged(information.condition, b""), cards=information.number(CARDS), information=information)
        head = HEAD_NAMES.get(information.text(HEAD).strip(), self._head)
        if head != self._head:
            wrong = alert(f"the printer's head is {head}; the option head says {self._head}")
            health = replace(health, alerts=(*health.alerts, wrong))
        return health

    def counted(self) -> Dialogue[Health]:
        """Ask twice: one damaged or late answer must not decide about a card; `cards` is None when they differ."""
        once = yield from self.health()
        again = yield from self.health()
        return again if once.cards == again.cards else replace(again, cards=None)

    # cleaning

    def cleanings(self) -> Dialogue[int]:
        """Ask how often the printer was cleaned; raises DeviceReplyUnknown where it does not tell."""
        count = _cleanings((yield from self.health()))
        if count is None:
            raise DeviceReplyUnknown("the printer does not tell how often it was cleaned")
        return count

    def until_cleaned(self, before: int) -> Dialogue[None]:
        """Wait until the printer rests and has counted one cleaning more; raises DeviceReplyUnknown otherwise."""
        for _ in range(BUSY_POLLS):
            health = yield from self.health()
            while not health.well:
                yield from self._tell(health)
                yield Wait(POLL, cancellable=True)
                health = yield from self.health()
            yield from self._tell(None)
            if health.resting and _cleanings(health) == before + 1:
                return
            yield Wait(POLL, cancellable=True)
        raise DeviceReplyUnknown("the printer has counted no cleaning")

    # before the card

    def until_well(self) -> Dialogue[int | None]:
        """Wait until the printer is well and idle and return its counter; may be called off at any time."""
        while True:
            health = yield from self.health(cancellable=True)
            if health.resting:
                health = yield from self.counted()
            if health.resting and (health.cards is not None or not self._line.counts):
                yield from self._tell(None)
                return health.cards
            yield from self._tell(health if not health.well else _waiting(health))
            yield Wait(POLL, cancellable=True)

    def _tell(self, health: Health | None) -> Dialogue[None]:
        """Report that the printer waits for a person, and, once, that it does no more."""
        if health is not None:
            self._blocked = True
            yield Report(PrinterStatus(ready=False, alerts=health.alerts), blocked=True)
        elif self._blocked:
            self._blocked = False
            yield Report(PrinterStatus(ready=True))

    # the card's bytes

    def send(self, block: Block) -> Dialogue[None]:
        """Send a block; a printer that waits for a person is waited for. Raises Stalled when it never tells why."""
        at, tries = 0, 0
        data = memoryview(block.data)
        while at < len(data):
            try:
                answer = yield self._sending(data[at:])
            except Stalled as stalled:
                at += stalled.sent
                tries = 0 if stalled.sent else tries + 1
                reading = yield from self.port()
                if reading != FAULT and tries >= STALL_TRIES:
                    raise
                yield from self._tell(TAKES_NOTHING)
                continue
            yield from self._tell(None)
            if not isinstance(answer, Interrupted):
                return
            at += answer.sent
            yield from self._until_no_fault()

    def _sending(self, data: memoryview) -> Send:
        if not self._control:
            return Send(data, STALL)
        return Send(data, STALL, beside=PORT_STATUS, every=BESIDE, stop=frozenset({FAULT}))

    def _until_no_fault(self) -> Dialogue[None]:
        """Wait for a person; what is wrong cannot be asked in the middle of a side."""
        while (yield from self.port()) == FAULT:
            yield from self._tell(Health((_port_alert(FAULT),)))
            yield Wait(POLL)
        yield from self._tell(None)

    # after the card

    def outcome(self, before: int | None, *, patient: bool = True) -> Dialogue[Outcome]:
        """Find out what became of the card fed when the counter stood at `before`; see laws 2 and 3.

        Without `patient` a printer that waits too long for a person leaves the card in doubt.
        """
        watch = _Watch(before, self._settle)
        while True:
            try:
                if watch.silent:
                    yield from self.drain()
                health = yield from self.counted()
            except TimedOut as fault:
                watch.silent += 1
                if watch.silent >= SILENT_TRIES:
                    return Unknown(Reason(fault.code, fault.sentence()))
                continue
            except Stalled as fault:
                watch.stalled += 1
                if watch.stalled >= STALL_TRIES:
                    return Unknown(Reason(fault.code, fault.sentence()))
                yield from self._tell(TAKES_NOTHING)
                continue
            verdict = watch.judge(health, self._control)
            if verdict is not None:
                yield from self._tell(None if health.well else health)
                if isinstance(verdict, Done) and verdict.sure:
                    yield Mark(Point.EJECTED, verdict.evidence)
                return verdict
            if watch.blocked > BLOCKED_POLLS and not patient:
                return Unknown(Reason("device-waits", health.alerts[0].verbatim if health.alerts else ""))
            yield from self._tell(watch.complaint(health))
            yield Wait(POLL, cancellable=not patient)


@dataclass(slots=True)
class _Watch:
    """What was seen since the card's last byte."""

    before: int | None
    settle: float
    silent: int = 0
    stalled: int = 0
    strange: int = 0
    blocked: int = 0
    busy: int = 0
    worked: bool = False
    stood: float = 0.0

    def judge(self, health: Health, control: bool) -> Outcome | None:
        """Return the outcome if this reading settles it."""
        self.silent = self.stalled = 0
        self.strange = self.strange + 1 if health.strange else 0
        if self.strange >= STRANGE_TRIES:
            return Unknown(Reason("device-reply-unknown", health.alerts[0].verbatim))
        if not health.well:
            self.blocked += 1
            return None
        self.blocked = 0
        if health.idle is False:
            self.worked, self.busy, self.stood = True, self.busy + 1, 0.0
            return None
        self.busy = 0
        return self._counted(health) if self.before is not None else self._uncounted(control)

    def _counted(self, health: Health) -> Outcome | None:
        before = self.before or 0
        if health.cards is not None and health.cards == before + 1:
            return Done({COUNTER: str(health.cards)})
        if health.cards is not None and health.cards != before:
            return Unknown(Reason("counter-moved", f"from {before} to {health.cards}"))
        return self._stand("card-not-counted", "the printer is idle and its counter did not move")

    def _uncounted(self, control: bool) -> Outcome | None:
        """Without a port status nothing tells work from rest: the bytes are over, and that is all that is known."""
        if self.worked or not control:
            return Done(sure=False)
        return self._stand("card-not-seen", "the printer never went to work")

    def _stand(self, code: str, words: str) -> Outcome | None:
        if self.stood >= self.settle:
            return Unknown(Reason(code, words))
        self.stood += POLL
        return None

    def complaint(self, health: Health) -> Health | None:
        """Return what is to be told, None while all goes well."""
        if not health.well:
            return health
        return _waiting(health) if self.busy > BUSY_POLLS else None


def _judged(condition: Condition | None, message: bytes) -> Health:
    if condition is None:
        words = harmless(message) or "the printer's answer cannot be read"
        return Health((alert(words),), strange=True)
    return Health(condition.alerts)


def _with_port(health: Health, reading: bytes | None) -> Health:
    """Join what the port says; an error that only the port knows is an alert of its own."""
    match reading:
        case None:
            return health
        case _ if reading == IDLE:
            return replace(health, idle=True)
        case _ if reading == BUSY:
            return replace(health, idle=False)
        case _:
            return replace(health, alerts=health.alerts or (_port_alert(reading),))


def _port_alert(reading: bytes) -> Alert:
    return alert(f"USB port status {reading.hex() or 'empty'}")


def _waiting(health: Health) -> Health:
    words = "the printer is at work" if health.idle is False else "the card counter cannot be read"
    return replace(health, alerts=(alert(words),))
