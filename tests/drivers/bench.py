"""A desk for driver and emulator: both in memory, one clock that stands still until somebody waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from printserver.dialogue import (
    Answer,
    Ask,
    Dialogue,
    DialogueFault,
    Effect,
    Framer,
    LinkLost,
    Listen,
    Mark,
    Report,
    Send,
    Sent,
    Stalled,
    TimedOut,
    Wait,
)
from printserver.driver import EmulatedPrinter, LinkInfo, Machine, PrintableCard
from printserver.emulation import FAST, CardMachine, CardShelf, FaultBook, Memory, NoShelf, Pace, Port, parse_fault
from printserver.model.card import Geometry, Panel, PanelName, Plane, Ribbon, Side, SidePanels

T = TypeVar("T")
LINK = LinkInfo("loop")


class FakeClock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """An emulated printer, its faults, and what a dialogue did with it."""

    port: Port
    machine: CardMachine
    faults: FaultBook
    memory: Memory
    clock: FakeClock
    inbox: bytearray = field(default_factory=bytearray)
    marks: list[Mark] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    on_report: Callable[[Report], None] = lambda report: None
    link_up: bool = False

    def connect(self) -> None:
        self.inbox.clear()
        self.port.connected()
        self.link_up = True

    def cut(self) -> None:
        self.port.disconnected()
        self.link_up = False

    def write(self, data: bytes) -> None:
        """Carry bytes in; a device that drops the link takes those before the drop."""
        self.inbox += self.port.receive(data)
        if self.port.drops():
            self.cut()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, waking the machine at each moment that it asked for."""
        until = self.clock.now + seconds
        while (due := self.port.due()) is not None and due <= until:
            self.clock.now = max(self.clock.now, due)
            self.inbox += self.port.tick()
        self.clock.now = until
        self.inbox += self.port.tick()

    def play(self, dialogue: Dialogue[T], limit: int = 2000) -> T:
        """Run a dialogue to its end; more than `limit` effects are a dialogue that never ends."""
        if not self.link_up:
            self.connect()
        answer: Answer = None
        fault: DialogueFault | None = None
        for _ in range(limit):
            try:
                effect = dialogue.send(answer) if fault is None else dialogue.throw(fault)
            except StopIteration as end:
                result: T = end.value
                return result
            self.effects.append(effect)
            answer, fault = None, None
            try:
                answer = self.perform(effect)
            except DialogueFault as raised:
                fault = raised
        raise AssertionError(f"no end after {limit} effects, the last: {self.effects[-1]}")

    def perform(self, effect: Effect) -> Answer:
        match effect:
            case Mark():
                self.marks.append(effect)
            case Report():
                self.reports.append(effect)
                self.on_report(effect)
            case Wait(seconds):
                self.pass_time(seconds)
            case Send(data, stall):
                return self.send(bytes(data), stall)
            case Ask(data, frame, timeout):
                self.send(data, timeout)
                return self.listen(frame, timeout)
            case Listen(frame, timeout):
                return self.listen(frame, timeout or 1e6)
            case _:
                raise AssertionError(f"the desk does not know {effect}")
        return None

    def send(self, data: bytes, stall: float) -> Answer:
        if not self.link_up:
            raise LinkLost(0)
        if self.port.stalled:
            self.pass_time(stall)
            raise Stalled(0)
        self.write(data)
        if not self.link_up:
            raise LinkLost(len(data))
        return Sent()

    def listen(self, frame: Framer, timeout: float) -> bytes:
        until = self.clock.now + timeout
        while True:
            found = frame(bytes(self.inbox), not self.link_up)
            if found is not None:
                del self.inbox[: found.used]
                return found.message
            if not self.link_up:
                raise LinkLost(0)
            due = self.port.due()
            if due is None or due > until:
                self.pass_time(max(0.0, until - self.clock.now))
                partial = bytes(self.inbox)
                if frame(partial, False) is None:
                    self.inbox.clear()
                    raise TimedOut(partial)
            else:
                self.pass_time(max(0.0, due - self.clock.now))


Build = Callable[[str, Machine], EmulatedPrinter]


def desk(build: Build, model: str, geometry: Geometry, cards: Path | None = None, *faults: str,
         memory: Memory | None = None, ribbon: str = "", pace: Pace = FAST) -> Desk:
    clock, book, kept = FakeClock(), FaultBook(*map(parse_fault, faults)), memory or Memory()
    shelf = NoShelf() if cards is None else CardShelf(cards)
    machine = CardMachine(
        now=clock, geometry=geometry, shelf=shelf, faults=book, memory=kept, pace=pace, serial="SN1", ribbon=ribbon
    )
    return Desk(Port(build(model, machine), book), machine, book, kept, clock)


def panel(name: PanelName, levels: int, geometry: Geometry, seed: int) -> Panel:
    plane: Plane = np.random.default_rng(seed).integers(0, levels, (geometry.height, geometry.width), dtype=np.uint8)
    return Panel(name, plane, levels)


def card_of(ribbon: Ribbon, geometry: Geometry, levels: int, *, back: bool = False, seed: int = 1,
            tracks: Sequence[str] = ()) -> PrintableCard:
    """Return a card of random panels; resin and overlay are one-bit."""
    sides = [Side.FRONT, Side.BACK] if back else [Side.FRONT]
    panels = tuple(
        SidePanels(side, tuple(
            panel(name, levels if name.is_dye else 2, geometry, seed + 10 * at + 100 * (side is Side.BACK))
            for at, name in enumerate(ribbon.panels(side))
        ))
        for side in sides
    )
    return PrintableCard(panels, ribbon, geometry, tuple(tracks))
