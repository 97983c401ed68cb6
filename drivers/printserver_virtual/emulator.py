"""The virtual printer itself: it takes cards one after the other and says what becomes of each."""

from __future__ import annotations

from collections import deque

from printserver.driver import DecodedCard, DecodedJob
from printserver.driver.emulator import CardLost, Machine, Motion, Waiting
from printserver.emulation.activity import Activity
from printserver_virtual.codec import BadJob, Question, Reader, Said, VirtualJob, Word, write_word
from printserver_virtual.info import RIBBONS, known_model


class VirtualPrinter:
    """One virtual printer; raises ConfigurationError for an unknown model."""

    def __init__(self, model: str, machine: Machine) -> None:
        self._model = known_model(model)
        self._machine = machine
        self._reader: Reader | None = Reader()
        self._queue: deque[VirtualJob] = deque()
        self._working = False
        self._alert = ""
        self._out = bytearray()
        self._activity = Activity(self._work(), machine.now)

    def connected(self) -> None:
        """Begin the framing anew; what was meant for the last host is gone."""
        self._reader = Reader()
        self._out.clear()

    def disconnected(self) -> None:
        """Go on with the card."""

    def receive(self, data: bytes) -> bytes:
        """Take bytes; after nonsense this connection is not listened to any more."""
        questions = 0
        try:
            for item in self._reader.feed(data) if self._reader is not None else ():
                if isinstance(item, Question):
                    questions += 1
                else:
                    self._queue.append(item)
        except BadJob:
            self._reader = None
        self._activity.run()
        for _ in range(questions):
            self._say(Said.STATUS)
        return self._taken()

    def due(self) -> float | None:
        """Return when the motion under way ends."""
        return self._activity.due()

    def tick(self) -> bytes:
        """Go on as far as time allows."""
        self._activity.run()
        return self._taken()

    def _taken(self) -> bytes:
        answer = bytes(self._out)
        self._out.clear()
        return answer

    def _say(self, said: Said) -> None:
        idle = not self._working and not self._queue
        self._out += write_word(Word(
            say=said, cards=self._machine.counter("cards"), serial=self._machine.serial, idle=idle, alert=self._alert,
            ribbon=self._machine.ribbon or self._model.default_ribbon,
        ))

    def _work(self) -> Motion:
        while True:
            while not self._queue:
                yield Waiting()
            self._working = True
            yield from self._one(self._queue.popleft())

    def _one(self, job: VirtualJob) -> Motion:
        try:
            yield from self._watched(self._print(job))
            said = Said.CARD
        except CardLost:
            said = Said.SPOILED
        self._working = False
        self._say(said)

    def _print(self, job: VirtualJob) -> Motion:
        yield from self._machine.feed()
        for side in job.sides:
            for panel in side.panels:
                yield from self._machine.print_panel(side.side, panel)
        yield from self._machine.eject()

    def _watched(self, motion: Motion) -> Motion:
        """Pass a motion on and tell when it begins or ends to wait for a person."""
        try:
            for step in motion:
                alert = step.alert if isinstance(step, Waiting) and step.alert is not None else ""
                if alert != self._alert:
                    self._alert = alert
                    self._say(Said.WAITING)
                yield step
        finally:
            self._alert = ""


def decode(model: str, job: bytes) -> DecodedJob:
    """Return the cards of a recorded job; one that cannot be read to its end is left over."""
    reader = Reader()
    try:
        items = reader.feed(job)
    except BadJob:
        return DecodedJob((), ("?",), len(job))
    ribbons = {ribbon.name: ribbon for ribbon in RIBBONS}
    cards = [item for item in items if isinstance(item, VirtualJob)]
    return DecodedJob(
        tuple(DecodedCard(card.sides, ribbons.get(card.head.ribbon), card.head.tracks) for card in cards),
        trailing_bytes=reader.pending,
    )
