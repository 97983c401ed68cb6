"""An Evolis printer made of software: the ESC language on one side, a machine of `printserver.emulation` on the other.

Laws kept here:

1. Commands are carried out in the order in which they came; the download of panel n prints panel n - 1.
2. A question is answered when the machine rests: after the work before it, or while it waits for a person.
3. The card goes on when the host is gone; what the host had not sent whole is forgotten with the connection.
4. What no source tells (texts for cover and ribbon, answers to wrong commands) is made up here, and the driver must
   not know it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from printserver.driver.emulator import CardLost, Machine, Motion, Pause, Waiting
from printserver.emulation.activity import Activity
from printserver.model.alert import AlertKind
from printserver.model.card import Panel, Side
from printserver_evolis import codec
from printserver_evolis.bitmap import filled_panels, read_panel
from printserver_evolis.codec import NACK_COMMAND, NACK_PARAMETER, Command, Tokeniser
from printserver_evolis.complaints import NACK_OF, STRANGE, TEXT_OF, Refused, seen
from printserver_evolis.info import Variant, variant
from printserver_evolis.packing import BadDownload
from printserver_evolis.ribbons import CODE_OF
from printserver_evolis.service import EmulatedService
from printserver_evolis.states import State
from printserver_evolis.vocabulary import BITMAPS, KEYED, PARTS, READS, SETTINGS, UNDOCUMENTED

OK = "OK"
ACKNOWLEDGING = "4"
# The ribbon whose dyes are half panels: a whole download of one has no place on it.
HALF = CODE_OF["half-YMCKO"]


@dataclass(slots=True)
class _Sequence:
    """A printing sequence under way: the side that downloads go to, and the panel that is not yet printed."""

    open: bool = False
    side: Side = Side.FRONT
    ready: tuple[Side, Panel] | None = None
    lost: bool = False
    printed: list[tuple[Side, Panel]] = field(default_factory=list)


@dataclass(slots=True)
class _Memory:
    """What commands have set."""

    settings: dict[str, str] = field(default_factory=lambda: {"Pem": "0", "Pmi": "F"})
    buffers: dict[str, Panel] = field(default_factory=dict)
    tracks: dict[int, str] = field(default_factory=dict)
    last: str = OK
    last_card: list[tuple[Side, Panel]] = field(default_factory=list)


def _code_of(ribbon: str) -> str | None:
    return {name.lower(): code for name, code in CODE_OF.items()}.get(ribbon.lower())


class EvolisEmulator:
    """One emulated printer of a model such as `primacy+mag`; raises ConfigurationError for an unknown one.

    `at_station` = the card stands at a chip station, for whoever plays the reader.
    """

    def __init__(self, model: str, machine: Machine) -> None:
        self._variant: Variant = variant(model)
        self._machine = machine
        self._tokens = Tokeniser()
        self._queue: deque[Command] = deque()
        self._out = bytearray()
        self._alert: AlertKind | None = None
        self._memory = _Memory()
        self._memory.settings["Pr"] = _code_of(machine.ribbon) or CODE_OF[self._variant.model.default_ribbon]
        self._sequence = _Sequence()
        self.at_station = False
        self._activity = Activity(self._work(), machine.now)
        self._service = EmulatedService(self)
        # What this connection speaks, None until its first byte has come.
        self._asks_service: bool | None = None

    def connected(self) -> None:
        """Begin the framing anew; answers meant for the last host are gone."""
        self._tokens, self._asks_service = Tokeniser(), None
        self._service.begin()
        self._out.clear()

    def disconnected(self) -> None:
        """Go on with the card."""

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return the answers that are due now; a host that begins with a brace asks the service."""
        if self._asks_service is None and data.strip():
            self._asks_service = data.strip().startswith(b"{")
        if self._asks_service:
            self.tick()
            return self._service.receive(data)
        self._queue.extend(self._tokens.feed(data))
        return self.tick()

    def due(self) -> float | None:
        """Return when the motion under way ends."""
        return self._activity.due()

    def tick(self) -> bytes:
        """Go on as far as time allows and return what is to be said."""
        self._activity.run()
        if self._alert is not None and self._activity.waiting:
            self._answer_waiting_questions()
        answer = b"" if self._asks_service else bytes(self._out)
        self._out.clear()
        return answer

    # -- the work, command by command

    def _work(self) -> Motion:
        while True:
            while not self._queue:
                yield Waiting()
            yield from self._one(self._queue.popleft())

    def _one(self, command: Command) -> Motion:
        """Carry out one command and acknowledge it; a question's answer is its acknowledgement."""
        try:
            if command.name in READS:
                self._answer(command)
                return
            yield from self._carry_out(command)
            self._acknowledge()
        except Refused as refusal:
            self._refuse(refusal)
        except CardLost:
            self._lose_card()

    def _carry_out(self, command: Command) -> Motion:
        match command.name:
            case name if name in SETTINGS:
                self._set(command)
            case name if name in BITMAPS:
                yield from self._download(command)
            case "Dm":
                self._keep_track(command)
            case "Wcb":
                self._fill(command)
            case "Ss" | "Sr" | "Sv" | "Se" | "Sp" | "Ssd" | "Sc":
                yield from self._sequence_step(command)
            case name if name in UNDOCUMENTED:
                pass
            case name:
                yield from self._move_by(name, command)

    def _set(self, command: Command) -> None:
        if command.name in KEYED and len(command.parameters) > 1:
            self._memory.settings[f"{command.name};{command.parameter(0)}"] = command.parameters[-1]
        elif command.parameters:
            self._memory.settings[command.name] = command.parameter(0)
        else:
            raise Refused(NACK_PARAMETER)

    def _download(self, command: Command) -> Motion:
        """Keep a panel; inside a sequence the one before it is printed now."""
        try:
            panel = read_panel(command)
        except BadDownload as error:
            raise Refused(NACK_PARAMETER) from error
        letter, ribbon = command.parameter(0), self._memory.settings["Pr"]
        if letter not in ribbon:
            raise Refused("R")
        if ribbon == HALF and panel.name.is_dye and command.name not in PARTS:
            raise Refused(NACK_PARAMETER)
        self._memory.buffers[letter] = panel
        if self._sequence.open and not self._sequence.lost:
            yield from self._print_ready()
            self._sequence.ready = self._sequence.side, panel

    def _print_ready(self) -> Motion:
        ready, self._sequence.ready = self._sequence.ready, None
        if ready is not None:
            yield from self._moving(self._machine.print_panel(*ready))
            self._sequence.printed.append(ready)

    def _sequence_step(self, command: Command) -> Motion:
        match command.name:
            case "Ss":
                self._sequence = _Sequence(open=True)
                self._memory.last = OK
            case "Sr":
                self._sequence.side = Side.FRONT
            case "Sv" if self._variant.duplex:
                self._sequence.side = Side.BACK
            case "Se":
                yield from self._end_sequence()
            case "Sp" | "Ssd":
                yield from self._print_again(command)
            case "Sc" if self._memory.last_card:
                for side, panel in tuple(self._memory.last_card):
                    yield from self._moving(self._machine.print_panel(side, panel))
                yield from self._moving(self._machine.eject())
            case _:
                raise Refused(NACK_COMMAND)

    def _print_again(self, command: Command) -> Motion:
        """Print what a panel's buffer holds: now (`Sp`), or in the place of a download (`Ssd`)."""
        panel, ready = self._memory.buffers.get(command.parameter(0)), self._sequence.ready
        if panel is None:
            raise Refused(NACK_PARAMETER)
        yield from self._print_ready()
        if ready is not None and ready[1] is panel:
            return
        self._sequence.ready = self._sequence.side, panel
        if command.name == "Sp":
            yield from self._print_ready()

    def _end_sequence(self) -> Motion:
        """Print what is left and eject; a sequence whose card was lost ends in a refusal and moves nothing."""
        lost = self._sequence.lost
        if not lost:
            yield from self._print_ready()
            yield from self._moving(self._machine.eject())
            self._memory.last_card = self._sequence.printed
        self._sequence = _Sequence()
        if lost:
            raise Refused("T", lasting=False)

    def _move_by(self, name: str, command: Command) -> Motion:
        """Carry out a command that moves a card or the printer itself."""
        machine = self._machine
        match name:
            case "Si" | "Sib":
                yield from self._moving(machine.feed())
            case "Sis" | "Sic" if self._has_station(name):
                yield from self._moving(machine.feed())
                self.at_station = True
            case "Sie" | "St" | "Stt":
                yield from self._moving(machine.feed())
                yield from self._moving(machine.eject())
            case "Ser" | "Seb":
                self._sequence = _Sequence()
                yield from self._moving(machine.reject())
            case "Smw" if self._variant.mag:
                yield from self._write_tracks()
            case "Scp":
                yield from self._moving(machine.clean())
            case "Scs" | "Srs":
                self._memory.last = OK
            case "Sdm" if command.parameter(0).isdigit():
                yield Pause(min(int(command.parameter(0)), 60_000) / 1000)
            case "Sa" | "Sdu":
                pass
            case _:
                raise Refused(NACK_COMMAND)

    def _has_station(self, name: str) -> bool:
        return self._variant.chip if name == "Sis" else self._variant.contactless

    def _keep_track(self, command: Command) -> None:
        if not self._variant.mag or command.parameter(0) not in ("1", "2", "3"):
            raise Refused(NACK_PARAMETER)
        self._memory.tracks[int(command.parameter(0))] = command.parameter(1)

    def _write_tracks(self) -> Motion:
        yield from self._moving(self._machine.encode(self._memory.tracks))
        self._memory.tracks = {}
        if self._machine.faulty("mag-error"):
            raise Refused("W")

    def _fill(self, command: Command) -> None:
        """Fill one panel's buffer, or all of them, with one level of 256 (one-bit panels: any ink)."""
        try:
            self._memory.buffers.update(filled_panels(command))
        except BadDownload as error:
            raise Refused(NACK_PARAMETER) from error

    # -- waiting for a person

    def _moving(self, motion: Motion) -> Motion:
        """Pass a motion on; the first time that it waits for a person, say so."""
        self.at_station = False
        try:
            for step in motion:
                self._note(step)
                yield step
        finally:
            self._alert = None

    def _note(self, step: Pause | Waiting) -> None:
        alert = step.alert if isinstance(step, Waiting) else None
        if alert in NACK_OF and alert is not self._alert and self._acknowledges:
            self._out += codec.nack(NACK_OF[alert])
        self._alert = alert

    def _lose_card(self) -> None:
        """The rest of the sequence is taken and thrown away; the person who took the card out has cleared the error."""
        self._sequence.lost, self._sequence.ready = self._sequence.open, None
        if self._acknowledges:
            self._out += codec.nack("T")

    def _answer_waiting_questions(self) -> None:
        questions = [command for command in self._queue if command.name in READS]
        self._queue = deque(command for command in self._queue if command.name not in READS)
        for question in questions:
            self._answer(question)

    # -- what is said

    @property
    def _acknowledges(self) -> bool:
        return self._memory.settings["Pem"] == ACKNOWLEDGING

    def _acknowledge(self) -> None:
        if self._acknowledges:
            self._out += codec.ack()

    def _refuse(self, refusal: Refused) -> None:
        if refusal.lasting:
            self._memory.last = f"ERR {refusal.letter}"
        if self._acknowledges:
            self._out += codec.nack(refusal.letter)

    def _answer(self, command: Command) -> None:
        text = self._text_for(command)
        if text is not None:
            self._out += codec.text_reply(text)
        else:
            self._refuse(Refused(NACK_COMMAND))

    def _text_for(self, command: Command) -> str | None:
        return self.answer_of(command.name, command.parameter(0))

    def answer_of(self, name: str, parameter: str) -> str | None:
        """Answer a question, None for one that is not known."""
        match name:
            case "Rlr":
                return self._last_reply()
            case "Rtp":
                return self.title.removeprefix("Evolis ")
            case "Rsn":
                return self._machine.serial
            case "Rfv":
                return "EMULATED"
            case "Rco":
                return self._counter(parameter)
            case "Rcr":
                return OK
            case name:
                key = f"P{name[1:]}"
                keyed = f"{key};{parameter}" if key in KEYED else key
                return self._memory.settings.get(keyed)

    @property
    def title(self) -> str:
        """Return the model's whole name."""
        return self._variant.model.title

    def state(self) -> State:
        """Tell how the printer is, in the words of the service."""
        return seen(self._machine, self._alert, at_station=self.at_station)

    def _last_reply(self) -> str:
        if self._machine.faulty("unknown-reply"):
            return STRANGE
        return self._memory.last if self._alert is None else TEXT_OF[self._alert]

    def _counter(self, which: str) -> str | None:
        left, capacity = self._machine.supply("cleaning")
        values = {
            "p": self._machine.counter("panels"), "c": self._machine.counter("cards"), "a": capacity, "m": capacity,
            "n": self._machine.counter("cleanings"), "l": left, "I": left,
        }
        return str(values[which]) if which in values else None
