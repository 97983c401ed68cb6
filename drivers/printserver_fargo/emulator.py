"""A Fargo printer made of software: the language on one side, a machine of `printserver.emulation` on the other.

Laws kept here:

1. A card is fed when the configuration has come; each panel is printed when it is whole; the end of the job lets the
   card out. Nothing is ever said by the pipe of the data.
2. How it is, it tells to the vendor's control transfers alone, and only to their exact bytes.
3. The card goes on when the host is gone; half a job, or one that cannot be read, ends in the reject box.
4. What no source tells (its words beside USR_CMD_SUCCESSFUL, when it feeds, what it does with half a job) is made up
   here, and the driver must not know it.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from printserver.driver.emulator import CardLost, Machine, Motion, Waiting
from printserver.emulation.activity import Activity
from printserver.model.alert import AlertKind
from printserver.model.card import Side
from printserver_fargo.info import variant
from printserver_fargo.layout import WIDTH, widened
from printserver_fargo.recorded import StrangePanel, complaint, printed
from printserver_fargo.replies import IN, OUT, QUESTION, WELL, answer_of
from printserver_fargo.rows import BadRows
from printserver_fargo.sections import (
    CALIBRATE_LAMINATION,
    CALIBRATE_RIBBON,
    CLEAN,
    Broken,
    Configuration,
    JobEnd,
    JobStart,
    Order,
    PanelSection,
    SectionReader,
    Token,
    Unknown,
)

# Made up (law 4).
STRANGE = "SEE_THE_MANUAL"
COMPLAINT = "EMULATED"


@dataclass(frozen=True, slots=True)
class _Abandoned:
    """The host left in the middle of a job."""


@dataclass(slots=True)
class _Card:
    """The card under way; it may have been taken out, or its data may be no good."""

    lost: bool = False


class FargoEmulator:
    """One emulated printer of a model such as `dtc4500e+duo`; raises ConfigurationError for an unknown one.

    `unknown` counts the sections and commands that it skipped.
    """

    def __init__(self, model: str, machine: Machine) -> None:
        self._variant = variant(model)
        self._machine = machine
        self._sections = SectionReader()
        self._queue: deque[Token | _Abandoned] = deque()
        self._alert: AlertKind | None = None
        self._card: _Card | None = None
        self._asked = self._in_job = False
        self.unknown: Counter[str] = Counter()
        self._activity = Activity(self._work(), machine.now)

    def connected(self) -> None:
        """Begin the framing anew."""
        self.disconnected()

    def disconnected(self) -> None:
        """Go on with the card; half a job will never be whole."""
        if self._in_job:
            self._queue.append(_Abandoned())
        self._sections, self._in_job, self._asked = SectionReader(), False, False
        self._activity.run()

    def receive(self, data: bytes) -> bytes:
        """Take bytes; there is never an answer."""
        for token in self._sections.feed(data):
            self._in_job = not isinstance(token, JobEnd) and (self._in_job or isinstance(token, JobStart))
            self._queue.append(token)
        return self.tick()

    def due(self) -> float | None:
        """Return when the motion under way ends."""
        return self._activity.due()

    def tick(self) -> bytes:
        """Go on as far as time allows; there is never anything to say."""
        self._activity.run()
        return b""

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        """Answer the vendor's question after it was put; every other request is stalled."""
        self._activity.run()
        match request_type, request, value, index:
            case (kind, 0, 0, 0) if kind == OUT and data == QUESTION:
                self._asked = True
                return b""
            case (kind, 0, 0, 0) if kind == IN and self._asked:
                self._asked = False
                return answer_of(self._verdict(), self._flags())[:length]
            case _:
                return None

    def _verdict(self) -> str:
        if self._machine.faulty("unknown-reply"):
            return STRANGE
        return WELL if self._alert is None else f"{COMPLAINT} {self._alert}"

    def _flags(self) -> str:
        """The flags of the capture; FL follows the model, which is a guess at its meaning."""
        return f"DH:1;IH:0;LM:0;FL:{self._variant.duplex:d};MG:0;SM:0;SG:0;DS:0;SC:0;MF:0;HD:0;IC:0;PE:0;"

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
            case JobStart() | _Abandoned():
                yield from self._reject()
            case Configuration():
                yield from self._begin()
            case PanelSection():
                yield from self._panel(token)
            case JobEnd():
                yield from self._end()
            case Order(command, _):
                yield from self._order(command)
            case Unknown(what):
                self.unknown[what] += 1
            case Broken(what):
                self.unknown[what] += 1
                yield from self._spoil()

    def _begin(self) -> Motion:
        """Feed; a second configuration within a job changes nothing."""
        if self._card is None:
            self._card = _Card()
            yield from self._moving(self._machine.feed())

    def _panel(self, section: PanelSection) -> Motion:
        if self._card is None:
            self.unknown["panel outside of a job"] += 1
            return
        try:
            side, panel = printed(section)
        except (BadRows, StrangePanel) as error:
            self.unknown[complaint(section, error)] += 1
            yield from self._spoil()
            return
        if panel is None or self._card.lost or (side is Side.BACK and not self._variant.duplex):
            return
        yield from self._moving(self._machine.print_panel(side, widened(panel, WIDTH)))

    def _end(self) -> Motion:
        card, self._card = self._card, None
        if card is not None and not card.lost:
            yield from self._moving(self._machine.eject())

    def _spoil(self) -> Motion:
        """Data that cannot be read: the card leaves by the reject path, what else comes for it is skipped."""
        if self._card is not None and not self._card.lost:
            self._card.lost = True
            yield from self._moving(self._machine.reject())

    def _reject(self) -> Motion:
        """A job that has no end will get none."""
        yield from self._spoil()
        self._card = None

    def _order(self, command: int) -> Motion:
        match command:
            case found if found == CLEAN:
                yield from self._moving(self._machine.clean())
            case found if found in (CALIBRATE_RIBBON, CALIBRATE_LAMINATION):
                return
            case _:
                self.unknown[f"command {command:#x}"] += 1

    def _moving(self, motion: Motion) -> Motion:
        """Pass a motion on; while it waits for a person, that is what the printer complains of."""
        try:
            for step in motion:
                self._alert = step.alert if isinstance(step, Waiting) else None
                yield step
        finally:
            self._alert = None
