"""Talking with an Evolis printer: questions, its health, and finding out what became of a card.

Laws kept here:

1. Only `OK` is well. Three more texts are known; every other is shown word for word and counts as not well.
2. A refusal code that came on the way explains a text that is not known; it never makes a printer well.
3. A card is out when the counter has grown by exactly one and the printer is well. It is not printed when the printer
   is well, the counter stood still for longer than a card takes, the card path was cleared into the reject box, and
   the counter still stands. Everything else is doubt.
4. The printer may answer at once or only after its work: law 3 fits both. So no answer tells that work on the printer
   itself has ended; its counter does.
5. An answer belongs to its question only while both are in step. A printer may still answer what a broken connection
   asked; so a conversation on a new link, or after a silence, first gets in step.
6. A printer may answer every command with a text, not questions alone. A count that is a text shows it, since a text
   is never a count; what was said unasked is then read away.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.dialogue import Ask, Dialogue, Listen, Mark, Point, Report, Send, Stalled, TimedOut, Wait
from printserver.driver import Block, Done, Outcome, Spoiled, Unknown
from printserver.errors import DeviceReplyUnknown
from printserver.model.alert import Alert, AlertKind
from printserver.model.job import Reason
from printserver.model.printer import PrinterStatus
from printserver_evolis.codec import Reply, command, parse_reply, reply_frame

OK, NO_CARD = "OK", "NO CARD"
# The texts that the manual states (A5013 Rev E); no source gives any other.
ALERT_OF_TEXT = {
    NO_CARD: AlertKind.FEEDER,
    "ERR CARD": AlertKind.CARD_JAM,
    "ERR NEED CLEANING": AlertKind.CLEANING_DUE,
}
ALERT_OF_NACK = {
    "C": AlertKind.COVER_OPEN,
    "F": AlertKind.FEEDER,
    "R": AlertKind.RIBBON_EMPTY,
    "T": AlertKind.CARD_JAM,
    "K": AlertKind.ENCODER,
    "D": AlertKind.ENCODER,
    "W": AlertKind.ENCODER,
}
ENCODER_NACKS = frozenset({"K", "D", "W"})
# What is heard of a card that is stuck: the refusal, and the text.
JAM = frozenset({"T", "ERR CARD"})
CARDS = "cards"
# Evidence of MAG: the stripe was refused, perhaps after the printer had said that it is well (law 4).
STRIPE, REFUSED = "stripe", "refused"

# Seconds. A printer may answer only after the card under way: `WORKING` is longer than any card takes.
ANSWER, WORKING, LATE, STALL, POLL = 10.0, 90.0, 0.2, 30.0, 1.0
# How long the printer must stay well and its counter still after the card path was cleared.
SURE = 2 * POLL
# How often a silent, unreadable or stalled printer is tried before the card is in doubt.
SILENT_TRIES, STRANGE_TRIES, STALL_TRIES = 2, 5, 10
# How long a printer that waits for a person keeps a reconciliation waiting, in polls.
BLOCKED_POLLS = 120
# How long a printer that is well may take until it has counted its test card or cleaning, in polls.
COUNT_POLLS = 600
LATE_TRIES, STEP_TRIES = 64, 4


@dataclass(frozen=True, slots=True)
class Health:
    """How the printer said it is: its alerts, none = well, and its very words."""

    text: str
    alerts: tuple[Alert, ...] = ()

    @property
    def well(self) -> bool:
        """Whether it said OK."""
        return not self.alerts

    @property
    def unexplained(self) -> bool:
        """Whether it is not well and nobody knows why."""
        return any(alert.kind is AlertKind.OTHER for alert in self.alerts)

    def status(self) -> PrinterStatus:
        """Return this as a status without supplies."""
        return PrinterStatus(ready=self.well, alerts=self.alerts)


class Conversation:
    """One dialogue with one printer; it remembers the last refusal that is not yet explained.

    `heard` are all refusal codes and status texts of the dialogue.
    """

    def __init__(self, settle: float) -> None:
        """Believe that a card is not printed after `settle` seconds of a counter that stands still."""
        self._settle = settle
        self._nack = ""
        self._blocked = self._stripe_told = False
        self.heard: set[str] = set()

    # questions

    def ask(self, *words: str, timeout: float = ANSWER, cancellable: bool = False) -> Dialogue[Reply]:
        """Ask and return text and refusals; a refusal of an earlier command may stand before the answer."""
        message = yield Ask(command(*words), reply_frame, timeout, cancellable)
        reply = self._heard(message)
        for _ in range(LATE_TRIES):
            if reply.text is not None:
                break
            try:
                reply = self._heard((yield Listen(reply_frame, LATE)), reply.nacks)
            except TimedOut:
                break
        return reply

    def _heard(self, message: object, before: tuple[str, ...] = ()) -> Reply:
        reply = parse_reply(message) if isinstance(message, bytes) else Reply()
        self.heard.update(reply.nacks)
        self._nack = next((code for code in reversed(reply.nacks) if code in ALERT_OF_NACK), self._nack)
        return Reply(reply.text, before + reply.nacks)

    def number(self, *words: str, timeout: float = ANSWER) -> Dialogue[int | None]:
        """Ask for a count; None when the answer is none."""
        return _count((yield from self.ask(*words, timeout=timeout)))

    def cards(self, timeout: float = ANSWER) -> Dialogue[int | None]:
        """Ask for the card counter, twice: one damaged or late answer must not decide about a card.

        None when the answers are no numbers or differ.
        """
        return (yield from self.counted("c", timeout))

    def counted(self, letter: str, timeout: float = ANSWER) -> Dialogue[int | None]:
        """Ask for one of the counters as `cards` does: `c` = cards, `n` = cleanings."""
        once = yield from self.number("Rco", letter, timeout=timeout)
        again = yield from self.number("Rco", letter, timeout=timeout)
        return once if once == again else None

    def health(self, timeout: float = ANSWER, cancellable: bool = False) -> Dialogue[Health]:
        """Ask for the last answer and judge it; a count is no answer to this, but one that comes late (law 6)."""
        reply = yield from self.ask("Rlr", timeout=timeout, cancellable=cancellable)
        if _count(reply) is not None:
            yield from self.drain()
            reply = yield from self.ask("Rlr", timeout=timeout, cancellable=cancellable)
        text = "" if reply.text is None else reply.text.strip()
        self.heard.add(text)
        if text == OK:
            self._nack = ""
            return Health(text)
        kind = ALERT_OF_TEXT.get(text) or ALERT_OF_NACK.get(self._nack, AlertKind.OTHER)
        return Health(text, (Alert(kind=kind, verbatim=text or "no answer to Rlr"),))

    def acknowledge_commands(self) -> Dialogue[None]:
        """Turn ACK and NACK on: the only place where the manual says what is wrong (not saved in the printer)."""
        yield from self.order("Pem", "4")

    def order(self, *words: str) -> Dialogue[None]:
        """Send a command that has no answer."""
        yield Send(command(*words), STALL)

    def get_in_step(self) -> Dialogue[None]:
        """Read late answers away until a text answers the question for a text, and a number that for a number.

        Raises TimedOut when the printer is silent, DeviceReplyUnknown when its answers never fit.
        """
        for _ in range(STEP_TRIES):
            yield from self.drain()
            text = yield from self.ask("Rlr", timeout=WORKING)
            count = yield from self.ask("Rco", "c")
            if _count(text) is None and _count(count) is not None:
                return
        raise DeviceReplyUnknown(f"asked for the card counter, it says {count.text!r}")

    def drain(self) -> Dialogue[None]:
        """Read what was said unasked; refusals among it are heard."""
        for _ in range(LATE_TRIES):
            try:
                self._heard((yield Listen(reply_frame, LATE)))
            except TimedOut as silence:
                self._heard(silence.partial)
                return

    # work on the printer itself

    def count_before(self, letter: str) -> Dialogue[int]:
        """Return a counter; what was said to the settings is read away first. Raises DeviceReplyUnknown for none."""
        yield from self.drain()
        count = yield from self.counted(letter)
        if count is None:
            raise DeviceReplyUnknown("the counter by which maintenance is known to have ended cannot be read")
        return count

    def until_counted(self, letter: str, before: int, stop: frozenset[str]) -> Dialogue[None]:
        """Wait until the printer is well and its counter has grown by one, or until a code in `stop` was heard.

        Raises DeviceReplyUnknown when the counter stands still for too long, or moves otherwise.
        """
        for _ in range(COUNT_POLLS):
            yield from self.drain()
            yield from self.settle_down(stop, cancellable=True)
            if self.heard & stop:
                return
            count = yield from self.counted(letter, WORKING)
            if count == before + 1:
                # law 6: the answer to the order may still stand before those to come
                yield from self.get_in_step()
                return
            if count not in (None, before):
                raise DeviceReplyUnknown(f"the printer's counter went from {before} to {count}")
            yield Wait(POLL, cancellable=True)
        raise DeviceReplyUnknown(f"the printer's counter still stands at {before}")

    # before the card

    def until_well(self) -> Dialogue[int]:
        """Wait until the printer is well and return its card counter; may be called off at any time."""
        tried = False
        while True:
            health = yield from self.health(WORKING, cancellable=True)
            count = (yield from self.cards()) if health.well else None
            if count is not None:
                yield from self._tell(None)
                return count
            if health.well and not tried:
                # law 6: its answers may be behind our questions by those to the settings
                tried = True
                yield from self.drain()
                continue
            yield from self._tell(health if not health.well else _unreadable_counter())
            yield Wait(POLL, cancellable=True)

    def _tell(self, health: Health | None) -> Dialogue[None]:
        """Report that the printer waits for a person, and, once, that it does no more."""
        if health is not None:
            self._blocked = True
            yield Report(health.status(), blocked=True)
        elif self._blocked:
            self._blocked = False
            yield Report(PrinterStatus(ready=True))

    # the card's bytes

    def send(self, block: Block) -> Dialogue[None]:
        """Send a block; a printer that takes nothing may wait for a person. Raises Stalled when it never tells why."""
        at, tries = 0, 0
        while True:
            try:
                yield Send(memoryview(block.data)[at:], STALL)
            except Stalled as stalled:
                at += stalled.sent
                tries = 0 if stalled.sent else tries + 1
                yield from self._hear_why()
                if not self._nack and tries >= STALL_TRIES:
                    raise
                yield from self._tell(self._stalled())
            else:
                yield from self._tell(None)
                return

    def _hear_why(self) -> Dialogue[None]:
        """Read what the printer has said by itself; nothing may be asked in the middle of a download."""
        try:
            self._heard((yield Listen(reply_frame, LATE)))
        except TimedOut as silence:
            self._heard(silence.partial)

    def _stalled(self) -> Health:
        kind = ALERT_OF_NACK.get(self._nack, AlertKind.OTHER)
        return Health("", (Alert(kind=kind, verbatim="the printer takes no more data"),))

    def encoded(self) -> Dialogue[bool]:
        """Wait until the stripe is written and return whether it is; the printer's refusal is final.

        After a jam the card may have been taken out, and the next one would be a blank; what no manual explains may
        have been the encoder. Neither is ever a written stripe, even when the printer is well again.
        """
        yield from self.get_in_step()
        while True:
            health = yield from self.health(WORKING)
            if health.well:
                yield from self._tell(None)
                return not self.heard & (JAM | ENCODER_NACKS)
            if self._nack in ENCODER_NACKS:
                return False
            self.heard.update(JAM if health.unexplained else ())
            yield from self._tell(health)
            yield Wait(POLL)

    def settle_down(self, stop: frozenset[str] = frozenset(), *, cancellable: bool = False) -> Dialogue[None]:
        """Wait until the printer is well, telling what a person must do, or until a code in `stop` was heard."""
        while not (health := (yield from self.health(WORKING))).well and not self.heard & stop:
            yield from self._tell(health)
            yield Wait(POLL, cancellable)
        yield from self._tell(None)

    def throw_out(self, before: int, reason: Reason) -> Dialogue[Outcome]:
        """Move a card that was not printed to the reject box, and see that it went there and not to the output."""
        yield from self.order("Ser")
        yield from self.order("Scs")
        verdict = yield from self._watch(before, SURE, True, well_texts=(NO_CARD,))
        return Spoiled(reason) if verdict is None else Unknown(Reason("counter-moved", reason.detail))

    # after the card

    def outcome(self, before: int, *, patient: bool = True) -> Dialogue[Outcome]:
        """Find out what became of the card fed when the counter stood at `before`; see law 3.

        Without `patient` a printer that waits too long for a person leaves the card in doubt.
        """
        verdict = yield from self._watch(before, self._settle, patient, well_texts=())
        if verdict is not None:
            return verdict
        yield from self.order("Ser")
        verdict = yield from self._watch(before, SURE, patient, well_texts=(NO_CARD,))
        return verdict or Spoiled(Reason("card-not-printed", "the printer is idle and its counter did not move"))

    def _watch(
        self, before: int, settle: float, patient: bool, well_texts: tuple[str, ...]
    ) -> Dialogue[Outcome | None]:
        """Watch the counter; None when it stood still for `settle` seconds at a printer that is well."""
        silent = strange = blocked = 0
        stood = 0.0
        while True:
            try:
                if silent:
                    yield from self.get_in_step()
                health = yield from self.health(WORKING)
                count = yield from self.cards(WORKING)
            except (TimedOut, DeviceReplyUnknown) as fault:
                silent += 1
                if silent >= SILENT_TRIES:
                    return Unknown(Reason(fault.code, fault.sentence()))
                continue
            silent = 0
            yield from self._tell_of_stripe()
            if not health.well and health.text not in well_texts:
                blocked += 1
                if not patient and blocked >= BLOCKED_POLLS:
                    return Unknown(Reason("device-waits", health.text))
                yield from self._tell(health)
                yield Wait(POLL, cancellable=not patient)
                continue
            yield from self._tell(None)
            if count is None:
                strange += 1
                yield from self.drain()
            if strange >= STRANGE_TRIES:
                return Unknown(Reason("device-reply-unknown", "the card counter cannot be read"))
            if count is not None and count != before:
                return (yield from self._moved(before, count))
            if count is not None and stood >= settle:
                return None
            yield Wait(POLL)
            stood += POLL

    def _tell_of_stripe(self) -> Dialogue[None]:
        """Journal once that the stripe was refused: no counter tells of it later."""
        if self.heard & ENCODER_NACKS and not self._stripe_told:
            self._stripe_told = True
            yield Mark(Point.MAG, {STRIPE: REFUSED})

    def _moved(self, before: int, count: int) -> Dialogue[Outcome]:
        if count != before + 1:
            return Unknown(Reason("counter-moved", f"from {before} to {count}"))
        evidence = {CARDS: str(count)}
        yield Mark(Point.EJECTED, evidence)
        return Done(evidence)


def _count(reply: Reply) -> int | None:
    text = (reply.text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _unreadable_counter() -> Health:
    return Health("", (Alert(kind=AlertKind.OTHER, verbatim="the card counter cannot be read"),))
