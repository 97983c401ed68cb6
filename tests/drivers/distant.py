"""A driver whose dialogues pass the wire of a driver's process, without a process: for sweeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar, cast

import msgspec
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from printserver.dialogue import Answer, Dialogue, DialogueFault, Effect, Ended, Talk
from printserver.driver import (
    Block,
    Capabilities,
    Driver,
    Evidence,
    LinkInfo,
    MaintenanceAction,
    Outcome,
    PrintableCard,
)
from printserver.model.alert import Alert
from printserver.model.printer import Identity, PrinterStatus
from printserver.sandbox.distant import DistantDriver
from printserver.sandbox.questions import Begin, Question, Reply, read
from printserver.sandbox.speaker import Speaker
from printserver.sandbox.speaking import DriverHome

T = TypeVar("T")


class NextDoor:
    """Answers as a process would, its messages written and read again."""

    gone = False

    def __init__(self, driver: Driver) -> None:
        self._speaker = Speaker(driver)

    def ask(self, question: Question) -> Deferred[Reply]:
        asked: Question = read(msgspec.msgpack.encode(question), Question)
        reply: Reply = read(msgspec.msgpack.encode(self._speaker.answer(asked)), Reply)
        return succeed(reply)

    def end(self) -> None:
        self.gone = True


class OpenHouse:
    """Stands for the home of a process that is always there."""

    driver = "distant"

    def __init__(self, driver: Driver) -> None:
        self._process = NextDoor(driver)

    async def begin(self, question: Begin) -> tuple[NextDoor, Reply]:
        return self._process, await self._process.ask(question)

    def went_well(self) -> None:
        return None


class Abroad:
    """A driver that is what another one is, and says what that says from elsewhere."""

    def __init__(self, driver: Driver) -> None:
        self._here = driver
        self._there = DistantDriver(cast(DriverHome, OpenHouse(driver)))

    def capabilities(self, identity: Identity) -> Capabilities:
        return self._here.capabilities(identity)

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        return self._here.encode(card)

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        return spoken(self._there.identify(link))

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        return spoken(self._there.status(link))

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        return spoken(self._there.print_card(card, blocks, link))

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        return spoken(self._there.reconcile(evidence, link))

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        return spoken(self._there.recover(alert, link))

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        return spoken(self._there.maintain(action, link))


def spoken(talk: Talk[T]) -> Dialogue[T]:
    """Let a talk whose answers come at once be a generator, so that it can be watched."""
    answer: Answer = None
    fault: DialogueFault | None = None
    while True:
        effect = at_once(talk, answer, fault)
        if isinstance(effect, Ended):
            return effect.result
        answer = fault = None
        try:
            answer = yield effect
        except DialogueFault as thrown:
            fault = thrown


def at_once(talk: Talk[T], answer: Answer, fault: DialogueFault | None) -> Effect | Ended[T]:
    ends: list[Effect | Ended[T] | Failure] = []
    Deferred.fromCoroutine(talk.step(answer, fault)).addBoth(ends.append)
    if isinstance(ends[0], Failure):
        ends[0].raiseException()
    return ends[0]
