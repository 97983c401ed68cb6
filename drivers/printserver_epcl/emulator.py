"""An EPCL printer made of software: the language on one side, a machine of `printserver.emulation` on the other.

Laws kept here:

1. Commands are done in the order in which they came, each answered when it is over: accepted, refused, or data.
2. A card leaves by MO or MC, and by nothing else; a batch moves one out before it begins anew.
3. What stands in the way refuses the command with its code and ends its batch. The error stays until `.`.
4. The card goes on when the host is gone; half a command is forgotten.
5. What no source tells (the text of V, codes of the encoder, what V says in an error, what prints a test card) is made
   up here, and the driver must not know it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Generator, Mapping
from typing import NoReturn

import numpy as np

from printserver.driver.emulator import CardLost, Machine, Motion, Pause, Waiting
from printserver.emulation.activity import Activity
from printserver.model.alert import AlertKind
from printserver.model.card import Panel, PanelName, Side
from printserver_epcl import magnetic
from printserver_epcl.codec import ACK, EOT, NACK, Broken, Command, Strange, Token, Tokeniser
from printserver_epcl.compression import BadImage
from printserver_epcl.image import IMAGE_COMMANDS, ImageMemory
from printserver_epcl.info import variant
from printserver_epcl.recorded import QUIET
from printserver_epcl.steps import MOVES, Lay, Leave, NotKnown, Step, TestCard, Write, steps_of

# 980081-001 Rev F, B-2; codes of the encoder are not known, this one is made up (law 5).
CODES: Mapping[AlertKind, str] = {
    AlertKind.RIBBON_EMPTY: "01", AlertKind.HEAD_HOT: "02", AlertKind.CARD_JAM: "03", AlertKind.FEEDER: "04",
    AlertKind.ENCODER: "90",
}  # fmt: skip
MECHANICAL, IN_ENCODER, NOT_IN_ENCODER, INVALID, UNKNOWN, BAD_IMAGE = "-1", "05", "06", "10", "14", "22"
STRANGE = "99"
GET_DEVICE_ID, GET_PORT_STATUS = (0xA1, 0), (0xA1, 1)
# Bits of the USB printer class: 10 selected, 08 no error, 20 paper empty.
PORT_WELL, PORT_EMPTY, PORT_MECHANICAL = b"\x18", b"\x38", b"\x30"


class Refusal(Exception):
    """The printer refuses a command with a code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class EpclEmulator:
    """One emulated printer of a model such as `p310+mag`; raises ConfigurationError for an unknown one.

    `unknown` counts the commands that it refused because it does not know them.
    """

    def __init__(self, model: str, machine: Machine) -> None:
        self._variant = variant(model)
        self._machine = machine
        self._tokens = Tokeniser()
        self._queue: deque[Token] = deque()
        self._out = bytearray()
        self._last = b""
        self._error = ""
        self._memory = ImageMemory(*self._variant.size)
        self._tracks: dict[int, str] = {}
        self.unknown: Counter[str] = Counter()
        self._activity = Activity(self._work(), machine.now)

    def connected(self) -> None:
        """Begin the framing anew; answers meant for the last host are gone."""
        self.disconnected()
        self._out.clear()

    def disconnected(self) -> None:
        """Go on with what is whole."""
        self._tokens = Tokeniser()

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return the answers that are due now."""
        self._queue += self._tokens.feed(data)
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
        match request_type, request:
            case found if found == GET_PORT_STATUS:
                return self._port_status()[:length]
            case found if found == GET_DEVICE_ID:
                told = f"MFG:Zebra;MDL:{self._name};SN:{self._machine.serial};".encode("ascii", "replace")
                return ((len(told) + 2).to_bytes(2, "big") + told)[:length]
            case _:
                return None

    @property
    def _name(self) -> str:
        return self._variant.model.title.split(" ")[-1]

    def _port_status(self) -> bytes:
        match self._error:
            case "":
                return PORT_WELL
            case "01" | "04":
                return PORT_EMPTY
            case _:
                return PORT_MECHANICAL

    # -- the work, command by command

    def _work(self) -> Motion:
        while True:
            while not self._queue:
                yield Waiting()
            try:
                answer = yield from self._answer(self._queue.popleft())
            except Refusal as refusal:
                answer = bytes([NACK]) + refusal.code.encode("ascii") + bytes([EOT])
            self._last = answer
            self._out += answer

    def _answer(self, token: Token) -> Generator[Pause | Waiting, None, bytes]:
        """Do a command and return its answer; raises Refusal."""
        match token:
            case Broken():
                raise Refusal(INVALID)
            case Strange(name):
                self._refuse(name)
            case Command("V"):
                return self._who()
            case Command("E"):
                return self._last
            case Command("."):
                self._error = ""
            case Command("&P"):
                raise Refusal(IN_ENCODER if self._machine.loaded else NOT_IN_ENCODER)
            case Command("&B"):
                self._track(token)
            case Command(name) if name in IMAGE_COMMANDS:
                self._image(token)
            case Command(name) if name in MOVES:
                yield from self._move(token)
            case Command(name) if name not in QUIET:
                self._refuse(name)
        return bytes([ACK])

    def _refuse(self, name: str) -> NoReturn:
        self.unknown[name] += 1
        raise Refusal(UNKNOWN)

    def _who(self) -> bytes:
        if self._machine.faulty("unknown-reply"):
            raise Refusal(STRANGE)
        if self._error:
            raise Refusal(self._error)
        return f"{self._name} EMULATED V1.0\r".encode("ascii")

    def _image(self, said: Command) -> None:
        try:
            self._memory.take(said)
        except BadImage:
            raise Refusal(BAD_IMAGE) from None

    def _track(self, said: Command) -> None:
        found = magnetic.read_track(said) if self._variant.mag else None
        if found is None:
            raise Refusal(INVALID)
        self._tracks[found[0]] = found[1]

    # -- what moves

    def _move(self, said: Command) -> Motion:
        """What is done several times moves a card out before it begins anew."""
        if self._error:
            raise Refusal(self._error)
        for number, steps in enumerate(steps_of(said)):
            if number:
                yield from self._moving(self._machine.eject())
            for step in steps:
                yield from self._step(step)

    def _step(self, step: Step) -> Motion:
        match step:
            case Lay(name):
                yield from self._moving(self._machine.print_panel(Side.FRONT, self._memory.panel(name)))
            case Write(number):
                yield from self._write(number)
            case Leave():
                yield from self._moving(self._machine.eject())
            case TestCard():
                yield from self._moving(self._machine.print_panel(Side.FRONT, self._checks()))
                yield from self._moving(self._machine.eject())
            case NotKnown(name):
                self._refuse(name)

    def _write(self, number: int | None) -> Motion:
        if not self._variant.mag:
            raise Refusal(UNKNOWN)
        wanted = self._tracks if number is None else {number: self._tracks.get(number, "")}
        yield from self._moving(self._machine.encode(dict(wanted)))
        if self._machine.faulty("mag-error"):
            self._error = CODES[AlertKind.ENCODER]
            raise Refusal(self._error)

    def _checks(self) -> Panel:
        width, height = self._variant.size
        rows, columns = np.indices((height, width)) // 32
        return Panel(PanelName.K, np.ascontiguousarray((rows + columns) % 2, dtype=np.uint8), 2)

    def _moving(self, motion: Motion) -> Motion:
        """Pass a motion on until something stands in its way; raises Refusal then."""
        try:
            for step in motion:
                if isinstance(step, Waiting):
                    self._error = CODES.get(step.alert, MECHANICAL) if step.alert is not None else MECHANICAL
                    raise Refusal(self._error)
                yield step
        except CardLost:
            self._error = MECHANICAL
            raise Refusal(self._error) from None
