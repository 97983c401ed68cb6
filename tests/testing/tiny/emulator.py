"""The Tiny printer made of software."""

from __future__ import annotations

import numpy as np

from printserver.driver import DecodedCard, DecodedJob, Machine
from printserver.driver.emulator import Motion, Waiting
from printserver.emulation import Activity
from printserver.model.card import Panel, PanelName, Side, SidePanels

HEAD, SIZE, SHAPE = b"CARD\n", 32, (4, 8)


class TinyEmulator:
    """One Tiny printer."""

    def __init__(self, model: str, machine: Machine) -> None:
        self._machine = machine
        self._held = b""
        self._panels: list[Panel] = []
        self._activity = Activity(self._work(), machine.now)

    def connected(self) -> None:
        self._held = b""

    def disconnected(self) -> None:
        """Go on with the card."""

    def receive(self, data: bytes) -> bytes:
        self._held += data
        answer = b""
        while (used := self._used()) > 0:
            part, self._held = self._held[:used], self._held[used:]
            if part.startswith(HEAD):
                self._panels.append(_panel(part))
            self._activity.run()
            answer += self._status() if part == b"STATUS\n" else b""
        return answer

    def _used(self) -> int:
        """Return how many bytes the first whole message takes."""
        if self._held.startswith(HEAD):
            return SIZE + len(HEAD) if len(self._held) >= SIZE + len(HEAD) else 0
        return self._held.find(b"\n") + 1

    def _status(self) -> bytes:
        busy = self._machine.loaded or self._panels or not self._activity.waiting
        return b"%s %d\n" % (b"BUSY" if busy else b"READY", self._machine.counter("cards"))

    def due(self) -> float | None:
        return self._activity.due()

    def tick(self) -> bytes:
        self._activity.run()
        return b""

    def _work(self) -> Motion:
        while True:
            if not self._panels:
                yield Waiting()
                continue
            yield from self._machine.feed()
            yield from self._machine.print_panel(Side.FRONT, self._panels[0])
            yield from self._machine.eject()
            del self._panels[0]


def _panel(message: bytes) -> Panel:
    plane = np.frombuffer(message, np.uint8, SIZE, len(HEAD)).reshape(SHAPE)
    return Panel(PanelName.K, plane, 2)


def decode(model: str, job: bytes) -> DecodedJob:
    """Take a recorded job apart."""
    cards = []
    while job.startswith(HEAD) and len(job) >= SIZE + len(HEAD):
        cards.append(DecodedCard((SidePanels(Side.FRONT, (_panel(job),)),)))
        job = job[SIZE + len(HEAD) :]
    return DecodedJob(tuple(cards), (), len(job))
