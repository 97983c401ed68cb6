"""A Magicard printer made of software: the language on one side, a machine of `printserver.emulation` on the other.

Laws kept here:

1. A card is fed when a side's header has come; each plane is printed when it is whole, the overcoat at the side's end.
2. Questions are answered at once, between the sides of jobs; within one all bytes are its own. The port status is
   always told.
3. The card goes on when the host is gone; half a side leaves the card in the machine and an error until OKY or CAN.
4. What no source tells (codes and texts beside 11:01, what becomes of a cancelled card) is made up here, and the
   driver must not know it.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from printserver.driver.emulator import CardLost, Machine, Motion, Waiting
from printserver.emulation.activity import Activity
from printserver.model.alert import AlertKind
from printserver.model.card import Panel, Side
from printserver_magicard.codec import (
    ETX,
    SOH,
    Broken,
    PlaneData,
    Request,
    SideEnd,
    SideHead,
    Token,
    Tokeniser,
)
from printserver_magicard.info import Line, variant
from printserver_magicard.layout import BadPlane
from printserver_magicard.recorded import SideReader
from printserver_magicard.replies import BUSY, FAULT, FIELDS, IDLE, WELL

# 11:01 and its text are recorded; the others are made up (law 4).
COMPLAINTS = {
    AlertKind.FEEDER: ("11:01", "Karte wurde nicht in den Drucker eingezogen. Versuchen Sie es erneut."),
    AlertKind.COVER_OPEN: ("90:01", "Lid open."),
    AlertKind.RIBBON_EMPTY: ("90:02", "Film ended."),
    AlertKind.CARD_JAM: ("90:03", "Card stuck."),
    AlertKind.CLEANING_DUE: ("90:04", "Clean the printer."),
    AlertKind.ENCODER: ("90:05", "Stripe not written."),
    AlertKind.CARD_PATH: ("90:06", "Job not complete."),
}
STRANGE = ("99:42", "See the manual.")

GET_DEVICE_ID, GET_PORT_STATUS = (0xA1, 0), (0xA1, 1)
SETTLED_BY = frozenset({"OKY", "CAN"})
# Taken and without effect here; firmware words (FRM, UPG) are unknown to this printer.
QUIET = frozenset({"RST", "TST", "ENC", "FLIP", "CAM", "DYE", "SET", "ERASE"})


@dataclass(frozen=True, slots=True)
class _Abandoned:
    """The host left in the middle of a side."""


@dataclass(slots=True)
class _Card:
    """The card under way."""

    side: SideReader
    sides: list[SideReader] = field(default_factory=list)
    lost: bool = False


class MagicardEmulator:
    """One emulated printer of a model such as `enduro+duo`; raises ConfigurationError for an unknown one.

    `unknown` counts the commands that it skipped.
    """

    def __init__(self, model: str, machine: Machine) -> None:
        self._variant = variant(model)
        self._machine = machine
        self._tokens = Tokeniser()
        self._queue: deque[Token | _Abandoned] = deque()
        self._out = bytearray()
        self._alert: AlertKind | None = None
        self._card: _Card | None = None
        self._settled = False
        self.unknown: Counter[str] = Counter()
        self._activity = Activity(self._work(), machine.now)

    def connected(self) -> None:
        """Begin the framing anew; answers meant for the last host are gone."""
        self.disconnected()
        self._out.clear()

    def disconnected(self) -> None:
        """Go on with the card; half a side will never be whole."""
        if self._tokens.in_side:
            self._queue.append(_Abandoned())
        self._tokens = Tokeniser()

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return the answers that are due now."""
        for token in self._tokens.feed(data):
            if isinstance(token, Request):
                self._request(token.words)
            else:
                self._queue.append(token)
        return self.tick()

    def due(self) -> float | None:
        """Return when the motion under way ends."""
        return self._activity.due()

    def tick(self) -> bytes:
        """Go on as far as time allows and return what is to be said."""
        self._activity.run()
        answer = bytes(self._out)
        self._out.clear()
        return answer

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        """Answer the printer class's own requests; every other is stalled."""
        self._activity.run()
        match request_type, request:
            case found if found == GET_PORT_STATUS:
                return self._port_status()[:length]
            case found if found == GET_DEVICE_ID:
                told = f"MFG:Magicard;MDL:{self._name};SN:{self._machine.serial};".encode("ascii", "replace")
                return ((len(told) + 2).to_bytes(2, "big") + told)[:length]
            case _:
                return None

    # -- how it is

    @property
    def _name(self) -> str:
        return self._variant.model.title.removeprefix("Magicard ")

    @property
    def _at_work(self) -> bool:
        return self._card is not None or bool(self._queue) or self._tokens.in_side or not self._activity.waiting

    def _port_status(self) -> bytes:
        if self._complaint()[0] != WELL:
            return FAULT
        return BUSY if self._at_work else IDLE

    def _complaint(self) -> tuple[str, str]:
        if self._machine.faulty("unknown-reply"):
            return STRANGE
        if self._alert is None:
            return WELL, "Printerstatus OK."
        return COMPLAINTS[self._alert]

    # -- requests

    def _request(self, words: tuple[str, ...]) -> None:
        match words[0], self._variant.line:
            case "ERR", Line.AOTA | Line.AVALON:
                self._say(self._error_text())
            case "INF", Line.ENDURO:
                self._say("STA$$" + ",".join(self._information()) + ",")
            case "STA", Line.RIO if len(words) > 1:
                self._say(f"STA,{words[1]}{self._parameter(words[1])},")
            case ("OKY" | "CAN"), _:
                self._settle(words[0])
            case "CLN", _:
                self._start(self._machine.clean())
            case "EJT", _:
                self._start(self._machine.eject())
            case name, _ if name not in QUIET:
                self.unknown[name] += 1

    def _say(self, text: str) -> None:
        self._out += bytes([SOH]) + text.encode("latin-1", "replace") + bytes([ETX])

    def _error_text(self) -> str:
        code, text = self._complaint()
        if code == WELL:
            return f"STA{text}\n{code}\n(c0300)"
        return f"STA{text}\nFehlercode - {code}\n(c0201)"

    def _information(self) -> list[str]:
        machine, (code, _) = self._machine, self._complaint()
        cleaning, interval = machine.supply("cleaning")
        shots, most = machine.supply("ribbon")
        flags = self._variant.duplex + 2 * self._variant.mag
        told = {
            0: flags, 1: self._name, 3: machine.serial, 4: "HEAD", 5: "PCB", 6: "EMULATED", 7: "2.0",
            9: machine.counter("cards"), 10: machine.counter("cards"), 11: machine.counter("panels"),
            12: machine.counter("cleanings"), 14: interval - cleaning, 15: interval, 16: 50, 17: 50, 18: 50,
            19: int(code[:2]), 20: int(code[3:]), 21: "E0040100", 22: most, 23: most - shots,
            24: machine.ribbon or self._variant.model.default_ribbon,
        }  # fmt: skip
        return [str(told.get(place, 0)) for place in range(FIELDS)]

    def _parameter(self, key: str) -> str:
        told = {"MDL": self._name, "PSR": self._machine.serial, "VRS": "EMULATED"}
        return told.get(key, "0")

    def _settle(self, word: str) -> None:
        """OKY lets what waits go on; CAN throws away what was sent and the card with it."""
        self._settled = True
        if word == "CAN" and (self._card is not None or self._queue):
            self._queue.clear()
            self._card = None
            self._start(self._machine.reject())

    def _start(self, motion: Motion) -> None:
        """Do something else first; what was under way is dropped where it is."""
        self._alert = None
        self._activity = Activity(self._then_work(motion), self._machine.now)

    def _then_work(self, motion: Motion) -> Motion:
        try:
            yield from self._moving(motion)
        except CardLost:
            self._card = None
        yield from self._work()

    # -- the work, token by token

    def _work(self) -> Motion:
        while True:
            while not self._queue:
                yield Waiting()
            try:
                yield from self._one(self._queue.popleft())
            except CardLost:
                if self._card is not None:
                    self._card.lost = True

    def _one(self, token: Token | _Abandoned) -> Motion:
        match token:
            case SideHead(words):
                yield from self._begin(SideReader(words, self._variant))
            case PlaneData():
                yield from self._plane(token)
            case SideEnd():
                yield from self._end()
            case Broken(what):
                self.unknown[what] += 1
                yield from self._give_up()
            case _Abandoned():
                yield from self._give_up()

    def _begin(self, side: SideReader) -> Motion:
        """Feed for a first side and write its tracks; a second side goes on with the card that is there."""
        self.unknown.update(side.header.unknown)
        if self._card is None:
            self._card = _Card(side)
        self._card.side = side
        if not self._card.lost:
            yield from self._moving(self._machine.feed())
            yield from self._write(side)

    def _write(self, side: SideReader) -> Motion:
        if not side.header.tracks or not self._variant.mag:
            return
        yield from self._moving(self._machine.encode(side.header.tracks))
        if self._machine.faulty("mag-error"):
            yield from self._until("mag-error", AlertKind.ENCODER)
            yield from self._moving(self._machine.reject())
            raise CardLost

    def _until(self, fault: str, alert: AlertKind) -> Motion:
        """Wait for a person, who ends the fault."""
        self._alert = alert
        while self._machine.faulty(fault):
            yield Waiting(alert)
        self._alert = None

    def _plane(self, plane: PlaneData) -> Motion:
        card = self._card
        if card is None:
            return
        try:
            panel = card.side.plane(plane)
        except BadPlane:
            self.unknown[f"SZ{plane.tag}"] += 1
            return
        yield from self._print(card, card.side.header.side, panel)

    def _print(self, card: _Card, side: Side, panel: Panel) -> Motion:
        if not card.lost and (side is Side.FRONT or self._variant.duplex):
            yield from self._moving(self._machine.print_panel(side, panel))

    def _end(self) -> Motion:
        """Lay the overcoat; the card leaves unless the other side is still to come."""
        card = self._card
        if card is None:
            return
        header, overcoat = card.side.header, card.side.overcoat()
        if overcoat is not None and header.overcoat is not None and header.overcoat.on:
            yield from self._print(card, header.side, overcoat)
        card.sides.append(card.side)
        if header.duplex and header.side is Side.FRONT and card.side.panels:
            return
        for _ in range(header.copies - 1):
            yield from self._leave(card)
            yield from self._again(card)
        yield from self._leave(card)
        self._card = None

    def _leave(self, card: _Card) -> Motion:
        if not card.lost:
            yield from self._moving(self._machine.eject())

    def _again(self, card: _Card) -> Motion:
        """Print one more card of what was sent."""
        card.lost = False
        yield from self._moving(self._machine.feed())
        for side in card.sides:
            yield from self._write(side)
            for panel in side.panels:
                yield from self._print(card, side.header.side, panel)

    def _give_up(self) -> Motion:
        """Half a side was sent: the card waits for OKY or CAN, and leaves by the reject path either way."""
        if self._card is None:
            return
        self._settled, self._alert = False, AlertKind.CARD_PATH
        while not self._settled:
            yield Waiting(AlertKind.CARD_PATH)
        self._alert, self._card = None, None
        yield from self._moving(self._machine.reject())

    def _moving(self, motion: Motion) -> Motion:
        """Pass a motion on; while it waits for a person, that is what the printer complains of."""
        try:
            for step in motion:
                self._alert = step.alert if isinstance(step, Waiting) else None
                yield step
        finally:
            self._alert = None
