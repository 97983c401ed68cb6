"""What the transport tests share: a link whose every move the test decides, and marks that land in a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from printserver.dialogue import Control, Dialogue, Hold, LinkLost, Mark, Rejected, Report, Resumed, Unsupported
from printserver.driver import LinkInfo
from printserver.transport.link import Traffic
from printserver.transport.runner import DialogueRunner

Result = TypeVar("Result")
Fault = TypeVar("Fault", bound=BaseException)


def result_of(deferred: Deferred[Result]) -> Result:
    """Return what a deferred has come to; it must have come to something good by now."""
    found: list[Result | Failure] = []
    deferred.addBoth(found.append)
    assert found, "nothing has come of it yet"
    if isinstance(found[0], Failure):
        found[0].raiseException()
    return found[0]


def waits(deferred: Deferred[Result]) -> bool:
    """Tell whether nothing has come of a deferred yet."""
    found: list[Result | Failure] = []

    def look(result: Result | Failure) -> Result | Failure:
        found.append(result)
        return result

    deferred.addBoth(look)
    return not found


def fault_of(deferred: Deferred[Result], kind: type[Fault]) -> Fault:
    """Return the fault that a deferred has failed with by now."""
    found: list[Result | Failure] = []
    deferred.addBoth(found.append)
    assert found, "nothing has come of it yet"
    assert isinstance(found[0], Failure), f"it went well: {found[0]}"
    fault = found[0].value
    assert isinstance(fault, kind), repr(fault)
    return fault


class PuppetLink:
    """A link that takes bytes only when the test says so."""

    info = LinkInfo("puppet")

    def __init__(self, *, piece: int = 4, takes: bool = True) -> None:
        self.piece = piece
        self.takes = takes
        self.written: list[bytes] = []
        self.opened = 0
        self.closed = 0
        self.refuses = ""
        self.control_answers: list[Deferred[bytes]] = []
        self.traffic = Traffic()
        self.lock = DeferredLock()

    @property
    def sent(self) -> bytes:
        return b"".join(self.written)

    async def open(self) -> None:
        if self.traffic.ended:
            if self.refuses:
                raise LinkLost(0, self.refuses)
            self.opened += 1
            self.traffic.opened()

    async def close(self) -> None:
        self.closed += 1
        self.traffic.lost("closed")

    def close_write(self) -> None:
        raise Unsupported("a puppet has no halves")

    def write(self, data: bytes) -> None:
        assert not self.traffic.ended, "a byte was sent on a dead link"
        assert not self.traffic.outgoing, "a piece was handed over before the last was taken"
        self.written.append(data)
        self.traffic.handed()
        if self.takes:
            self.traffic.moved()

    async def control(self, transfer: Control) -> bytes:
        answer: Deferred[bytes] = Deferred()
        self.control_answers.append(answer)
        return await answer


class Host:
    """The queue's side of a runner: keeps marks and reports, and fails where the test wants it."""

    def __init__(self, link: PuppetLink | None = None) -> None:
        self.clock = Clock()
        self.link = link or PuppetLink()
        self.marks: list[Mark] = []
        self.reports: list[Report] = []
        self.store_away = False
        self.store_answers: Deferred[None] | None = None
        self.runner = self.make_runner()

    def make_runner(
        self, on_hold: Callable[[Hold], Awaitable[Resumed | Rejected]] | None = None
    ) -> DialogueRunner:
        return DialogueRunner(
            clock=self.clock, link=self.link, on_mark=self.mark, on_report=self.reports.append, on_hold=on_hold
        )

    async def mark(self, mark: Mark) -> None:
        if self.store_away:
            raise OSError("the store is away")
        if self.store_answers is not None:
            await self.store_answers
        self.marks.append(mark)

    def start(self, dialogue: Dialogue[Result]) -> Deferred[Result]:
        return Deferred.fromCoroutine(self.runner.run(dialogue))
