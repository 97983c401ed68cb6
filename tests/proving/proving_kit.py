"""An emulated printer on a bench, and a person whose hands and eyes are the test's."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from printserver.driver import Driver, EmulatorEntry
from printserver.driver.proofs import Finding, Proof
from printserver.emulation import FAST, CardMachine, FaultBook, Memory, NoShelf
from printserver.emulation.faults import FaultKind, parse_fault
from printserver.model.printer import Identity
from printserver.proving.checks import CHECKS, Desk
from printserver.proving.session import Subject, prove
from printserver.proving.station import Station
from printserver.testing.hostile import Disturbance, HostileLink
from printserver.transport.link import Link
from printserver.transport.loop import LoopLink

Result = TypeVar("Result")


class Hands:
    """A person who does what is asked for; `lies` are answers that differ, by a word of the question."""

    def __init__(self, clock: Clock, machine: CardMachine, faults: FaultBook) -> None:
        self._clock, self._machine, self._faults = clock, machine, faults
        self._counted = 0
        self.cut: Disturbance | None = None
        self.told: list[str] = []
        self.lies: dict[str, object] = {}
        self.skips: set[str] = set()
        self.deeds: dict[str, Callable[[], None]] = {
            "OPEN THE COVER": lambda: self._fault("cover-open@panel=M", FaultKind.COVER_OPEN, 20.0),
            "SWITCH THE PRINTER OFF": lambda: self._cut(Disturbance.BREAK),
            "PULL THE DATA CABLE": lambda: self._cut(Disturbance.CUT_MIDWAY),
            "TAKE THE RIBBON OUT": lambda: self._fault("ribbon-out", FaultKind.RIBBON_OUT, 40.0),
            "TAKE ALL BLANK CARDS OUT": lambda: self._fault("hopper-empty", FaultKind.HOPPER_EMPTY, 40.0),
        }

    def _fault(self, spec: str, kind: FaultKind, seconds: float) -> None:
        self._faults.set(parse_fault(spec))
        self._clock.callLater(seconds, self._faults.clear, kind)

    def _cut(self, kind: Disturbance) -> None:
        self.cut = kind

    async def tell(self, text: str) -> None:
        self.told.append(text)

    async def ready(self, text: str) -> bool:
        if any(word in text for word in self.skips):
            return False
        for words, deed in self.deeds.items():
            if words in text:
                deed()
        return True

    async def confirm(self, question: str) -> bool:
        return bool(self._lie(question, True))

    async def count(self, question: str) -> int:
        out = self._machine.counter("cards")
        seen, self._counted = out - self._counted, out
        return cast(int, self._lie(question, seen))

    async def word(self, question: str) -> str:
        return str(self._lie(question, ""))

    def _lie(self, question: str, truth: object) -> object:
        return next((lie for word, lie in self.lies.items() if word in question), truth)


class Scene:
    """A driver, its emulator, and the person beside it."""

    def __init__(self, driver: Driver, entry: EmulatorEntry, model: str, *, serial: str = "A-77") -> None:
        self.clock = Clock()
        self.driver, self.model, self.family = driver, model, entry.driver
        self.capabilities = driver.capabilities(Identity(family=entry.driver, model=model))
        self.faults = FaultBook()
        self.machine = CardMachine(
            now=self.clock.seconds, geometry=self.capabilities.geometry, shelf=NoShelf(), faults=self.faults,
            memory=Memory(), pace=FAST, serial=serial,
        )  # fmt: skip
        self.device: Any = entry.build(model, self.machine)
        self.hands = Hands(self.clock, self.machine, self.faults)

    def link(self) -> Link:
        """A new link; the one after a cable was pulled breaks while the card's bytes go out."""
        cut, self.hands.cut = self.hands.cut, None
        if cut is None:
            return LoopLink(self.device, self.clock)
        return Snapping(self.device, self.clock, cut)

    def station(self) -> Station:
        return Station(self.driver, self.link, self.clock, self.capabilities)

    def prove(self, folder: Path, *keys: str, ribbon: str = "") -> Proof:
        """Go through all checks, or those of these keys."""
        desk = Desk(self.station(), self.hands, self.capabilities.ribbon(ribbon) or self.capabilities.ribbons[0])
        subject = Subject(
            driver=self.family, model=self.model, code="c0de", by="dewi", now=lambda: "2026-05-04T10:00:00+00:00"
        )
        checks = [check for check in CHECKS if not keys or check.key in keys]
        return self.play(prove(desk, subject, folder, checks))

    def play(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Let time pass until something has come of it."""
        ends: list[Result | Failure] = []
        Deferred.fromCoroutine(work).addBoth(ends.append)
        while not ends:
            times: list[float] = [cast(Any, call).getTime() for call in self.clock.getDelayedCalls()]
            assert times, "it waits for ever"
            self.clock.advance(max(0.0, min(times) - self.clock.seconds()))
        if isinstance(ends[0], Failure):
            ends[0].raiseException()
        return ends[0]


class Deaf:
    """A device that takes everything and says nothing."""

    def receive(self, data: bytes) -> bytes:
        return b""


class Snapping(HostileLink):
    """A link that is cut in the first long stretch of bytes, which is a card's."""

    def __init__(self, device: Any, clock: Clock, kind: Disturbance) -> None:  # noqa: ANN401 - whatever answers
        super().__init__(device, clock, kind, at=10**9)
        self._left = 3000

    def write(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left <= 0:
            self.traffic.lost("it was cut")
        else:
            super().write(data)


def finding(proof: Proof, check: str) -> Finding:
    """What was found by one check."""
    return next(each for each in proof.findings if each.check == check)
