"""Talking with an EPCL printer: how it is, and sending the commands of a card.

Laws kept here:

1. A printer that answers is well when it names itself. Every code, and every text that names no printer, blocks it.
2. Where the printer answers, no command leaves before the last one was accepted; a refusal ends the card.
3. Nothing here makes a card sure: that a command was accepted, or taken by the cable, is no card in the hopper.
4. A refused card is in doubt, also where its code says that the feeder is empty: no source tells whether a printer goes
   on with what it refused.
5. Where a USB port tells its status, an error there stops the bytes until a person has looked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
from printserver.errors import DeviceReplyUnknown, Fault, PrintServerError
from printserver.model.alert import Alert, AlertKind
from printserver.model.job import Reason
from printserver.model.printer import PrinterStatus
from printserver_epcl.codec import Accepted, Refused, Reply, Told, command, parse_reply, prefixed, reply_frame

# 980081-001 Rev F, B-2. Codes of the encoder exist; no source that we have names them.
MEANING = {
    "-1": "mechanical fault", "01": "ribbon broken or missing", "02": "temperature", "03": "mechanical fault",
    "04": "feeder empty", "05": "card in the encoder", "06": "no card in the encoder",
    "10": "invalid command or parameter", "11": "invalid coordinates", "12": "unknown bar code", "13": "unknown font",
    "14": "unknown command", "20": "bar code data", "21": "text data", "22": "graphic data",
    "30": "graphic initialisation failed",
}  # fmt: skip
ALERT_OF_CODE = {"01": AlertKind.RIBBON_EMPTY, "02": AlertKind.HEAD_HOT, "04": AlertKind.FEEDER}
# A printer names itself by a model of the family somewhere in its answer; how the text goes on is not told.
NAMES_ITSELF = re.compile(r"\bP\d{3}", re.IGNORECASE)

# USB printer class 1.1, GET_PORT_STATUS; that its lines mean what they mean at the parallel port is an assumption.
PORT_STATUS = Control(0xA1, 1, 0, 0, length=1)
CONTROL = "control"
NO_ERROR, SELECTED, PAPER_EMPTY = 0x08, 0x10, 0x20
LINES = NO_ERROR | SELECTED | PAPER_EMPTY

# Seconds.
ANSWER, LATE, STALL, TAKEN, POLL, BESIDE = 10.0, 0.2, 30.0, 60.0, 1.0, 2.0
LATE_TRIES, STALL_TRIES, SILENT_TRIES = 64, 10, 3


class CommandRefused(PrintServerError):
    """The printer refused a command of the card."""

    code = "device-refused"
    fault = Fault.DEVICE
    remedy = "Look at the printer and read what it says of itself on its page."


def words_of(code: str) -> str:
    """Return a code with its meaning, or the bare code where none is known."""
    return f"{code} {MEANING[code]}" if code in MEANING else f"code {code}"


def alert_of(code: str) -> Alert:
    """Return what a code complains of."""
    return Alert(kind=ALERT_OF_CODE.get(code, AlertKind.OTHER), verbatim=words_of(code))


def port_alerts(reading: bytes) -> tuple[Alert, ...]:
    """Return what the status of a USB port complains of, none = it is well."""
    if len(reading) != 1:
        return (Alert(kind=AlertKind.OTHER, verbatim=f"USB port status {reading.hex() or 'empty'}"),)
    match reading[0] & LINES:
        case found if found == NO_ERROR | SELECTED:
            return ()
        case found if found & PAPER_EMPTY and found & NO_ERROR:
            words = "ribbon at its end, or feeder empty"
        case found if found & PAPER_EMPTY:
            words = "mechanical fault"
        case _:
            words = "error"
    return (Alert(kind=AlertKind.OTHER, verbatim=f"{words} (USB port status {reading.hex()})"),)


FAULTS = frozenset(bytes([each]) for each in range(256) if port_alerts(bytes([each])))


class Conversation:
    """One dialogue with one printer."""

    def __init__(self, options: dict[str, str], link: LinkInfo) -> None:
        """Follow the options `answers`, `framing` and `patience`."""
        self._answers = options["answers"] == "ack"
        self._frame = prefixed if options["framing"] == "prefix" else command
        self._patience = float(options["patience"])
        self._port = CONTROL in link.abilities and not self._answers
        self._blocked = False

    @property
    def answers(self) -> bool:
        """Whether the printer answers each command."""
        return self._answers

    # questions

    def drain(self) -> Dialogue[None]:
        """Read away what a printer that answers still says to an older command."""
        for _ in range(LATE_TRIES if self._answers else 0):
            try:
                yield Listen(reply_frame, LATE)
            except TimedOut:
                return

    def name(self, *, cancellable: bool = False) -> Dialogue[Reply]:
        """Ask the printer who it is; acceptance may come before the text, and the text may have no end."""
        message = yield Ask(self._frame("V"), reply_frame, ANSWER, cancellable)
        reply = _parsed(message)
        if not isinstance(reply, Accepted):
            return reply
        try:
            return _parsed((yield Listen(reply_frame, ANSWER, cancellable)))
        except TimedOut as silence:
            if silence.partial:
                return _parsed(silence.partial)
            raise

    def health(self, *, cancellable: bool = False) -> Dialogue[PrinterStatus]:
        """Ask how the printer is; one that never says anything is taken as well."""
        if not self._answers:
            return _status((yield from self._port_health()))
        try:
            reply = yield from self.name(cancellable=cancellable)
        except TimedOut as silence:
            if not silence.partial:
                raise
            reply = _parsed(silence.partial)
        return _status(_complaints(reply))

    def _port_health(self) -> Dialogue[tuple[Alert, ...]]:
        if not self._port:
            return ()
        try:
            reading = yield PORT_STATUS
        except (Unsupported, Stalled):
            self._port = False
            return ()
        return port_alerts(reading if isinstance(reading, bytes) else b"")

    def until_well(self) -> Dialogue[None]:
        """Wait until the printer is well; may be called off at any time."""
        while True:
            status = yield from self.health(cancellable=True)
            yield from self._tell(status)
            if status.ready:
                return
            yield Wait(POLL, cancellable=True)

    def _tell(self, status: PrinterStatus) -> Dialogue[None]:
        """Report that the printer waits for a person, and, once, that it does no more."""
        if not status.ready:
            self._blocked = True
            yield Report(status, blocked=True)
        elif self._blocked:
            self._blocked = False
            yield Report(status)

    # the card

    def card(self, blocks: Sequence[Block]) -> Dialogue[Outcome]:
        """Fill the printer's memory, mark the commitment, then let the card move; see laws 2 to 4."""
        moving = next((at for at, block in enumerate(blocks) if block.feeds), len(blocks))
        for block in blocks[:moving]:
            yield from self.give(block.data, TAKEN)
        yield Mark(Point.COMMITTED)
        try:
            for block in blocks[moving:]:
                yield from self.give(block.data, self._patience)
        except PrintServerError as fault:
            return Unknown(Reason(fault.code, fault.sentence()))
        return Done(sure=False)

    def give(self, data: bytes, patience: float) -> Dialogue[None]:
        """Send one command; raises CommandRefused or DeviceReplyUnknown where the printer answers so."""
        yield from self._send(data)
        if not self._answers:
            return
        match _parsed((yield Listen(reply_frame, patience))):
            case Accepted():
                return
            case Refused(code):
                yield from self._tell(_status((alert_of(code),)))
                raise CommandRefused(words_of(code))
            case Told(text):
                raise DeviceReplyUnknown(f"to a command it says {text!r}")

    def order(self, text: str) -> Dialogue[None]:
        """Give a command that moves no card."""
        yield from self.give(self._frame(text), ANSWER)

    def _send(self, data: bytes) -> Dialogue[None]:
        """Send; a port that tells an error, or takes nothing, may wait for a person."""
        at, tries = 0, 0
        while True:
            try:
                answer = yield self._sending(memoryview(data)[at:])
            except Stalled as stalled:
                at += stalled.sent
                tries = 0 if stalled.sent else tries + 1
                if tries >= STALL_TRIES:
                    raise
                yield from self._tell(_status((Alert(kind=AlertKind.OTHER, verbatim="it takes no more data"),)))
                continue
            if not isinstance(answer, Interrupted):
                yield from self._tell(_status(()))
                return
            at += answer.sent
            yield from self._until_no_fault()

    def _sending(self, data: memoryview) -> Send:
        if not self._port:
            return Send(data, STALL)
        return Send(data, STALL, beside=PORT_STATUS, every=BESIDE, stop=FAULTS)

    def _until_no_fault(self) -> Dialogue[None]:
        while True:
            status = _status((yield from self._port_health()))
            yield from self._tell(status)
            if status.ready:
                return
            yield Wait(POLL)


def _parsed(message: object) -> Reply:
    return parse_reply(message if isinstance(message, bytes) else b"")


def _complaints(reply: Reply) -> tuple[Alert, ...]:
    match reply:
        case Refused(code):
            return (alert_of(code),)
        case Told(text, True) if NAMES_ITSELF.search(text):
            return ()
        case Told(text):
            return (Alert(kind=AlertKind.OTHER, verbatim=text or "its answer cannot be read"),)
        case Accepted():
            return (Alert(kind=AlertKind.OTHER, verbatim="it does not say who it is"),)


def _status(alerts: tuple[Alert, ...]) -> PrinterStatus:
    return PrinterStatus(ready=not alerts, alerts=alerts)
