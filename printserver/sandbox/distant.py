"""A driver that is not bundled, as the queue sees it: its dialogues run in a process of its own.

Laws kept here:

1. The link, its marks and its waits stay with the server's runner: what a process wants is an effect like any other.
2. What the process says is taken for what it may be, or the process is ended and the dialogue with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar, cast

from twisted.internet.defer import Deferred

from printserver.dialogue import Answer, DialogueFault, Effect, Ended, Framed, Framer
from printserver.driver import Block, Evidence, LinkInfo, MaintenanceAction, Outcome, PrintableCard
from printserver.errors import PluginBroken, WorkerFailed
from printserver.model.alert import Alert
from printserver.model.printer import Identity, PrinterStatus
from printserver.sandbox.questions import Begin, Finished, Found, Leave, Look, Raised, Reply, Step, Wants
from printserver.sandbox.speaking import DriverCrashed, DriverHome, DriverProcess
from printserver.sandbox.wire import carry, effect_in, fault_out, result_in

T = TypeVar("T")


class _Frame:
    """A framer whose code runs in the process."""

    def __init__(self, process: DriverProcess, number: int) -> None:
        self._process, self._number = process, number
        self._known: tuple[bytes, bool, Framed | None] | None = None
        self._asking = False

    def __call__(self, data: bytes, ended: bool) -> Framed | None:
        """Return what is known; a poll beside a sending asks again and again."""
        if self._known is not None and self._known[:2] == (data, ended):
            return self._known[2]
        if not self._asking:
            self._asking = True
            Deferred.fromCoroutine(self.look(data, ended)).addErrback(lambda failure: None)
        return None

    async def look(self, data: bytes, ended: bool) -> Framed | None:
        """Ask the process; raises DriverCrashed."""
        try:
            reply = await self._process.ask(Look(self._number, data, ended))
        finally:
            self._asking = False
        if not isinstance(reply, Found):
            raise DriverCrashed("the driver's framer failed")
        self._known = (data, ended, reply.framed())
        return self._known[2]


class DistantTalk(Generic[T]):
    """A dialogue whose code runs in a driver's process; see `printserver.dialogue.Talk`."""

    def __init__(self, home: DriverHome, begin: Begin, kinds: tuple[type, ...]) -> None:
        """Begin at the first step; the end is one of `kinds`."""
        self._home, self._begin, self._kinds = home, begin, kinds
        self._process: DriverProcess | None = None

    async def step(self, answer: Answer, fault: DialogueFault | None) -> Effect | Ended[T]:
        """Ask for the next effect; raises what the driver's code raised, DriverCrashed, PluginBroken."""
        try:
            match await self._ask(answer, fault):
                case Wants(effect):
                    return effect_in(effect, self._framer)
                case Finished(result):
                    return self._ended(result_in(result))
                case Raised() as raised:
                    self._home.went_well()
                    raise raised.error(self._home.driver)
                case _:
                    raise WorkerFailed("it answered something else than it was asked")
        except WorkerFailed as error:
            if self._process is not None:
                self._process.end()
            raise DriverCrashed(f"the printer's driver: {error.message}") from error

    def close(self) -> None:
        """Let the driver close its dialogue; whatever it says to that counts for nothing."""
        if self._process is not None and not self._process.gone:
            self._process.ask(Leave()).addErrback(lambda failure: None)

    async def _ask(self, answer: Answer, fault: DialogueFault | None) -> Reply:
        if self._process is None:
            self._process, reply = await self._home.begin(self._begin)
            return reply
        thrown = None if fault is None else fault_out(fault)
        return await self._process.ask(Step(answer=carry(answer), fault=thrown))

    def _framer(self, number: int) -> Framer:
        assert self._process is not None  # it has just spoken
        return _Frame(self._process, number)

    def _ended(self, result: object) -> Ended[T]:
        self._home.went_well()
        if not isinstance(result, self._kinds):
            raise PluginBroken(f"{self._begin.verb} ended with {type(result).__name__}", where=self._home.driver)
        return Ended(cast(T, result))


class DistantDriver:
    """The verbs of a driver whose dialogues run in a process of its own."""

    def __init__(self, home: DriverHome) -> None:
        """Speak through `home`."""
        self._home = home

    def identify(self, link: LinkInfo) -> DistantTalk[Identity]:
        """Ask the device who it is."""
        return DistantTalk(self._home, Begin(verb="identify", link=link), (Identity,))

    def status(self, link: LinkInfo) -> DistantTalk[PrinterStatus]:
        """Ask the device for supplies, alerts and counters."""
        return DistantTalk(self._home, Begin(verb="status", link=link), (PrinterStatus,))

    def print_card(
        self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo
    ) -> DistantTalk[Outcome]:
        """Print one card; its panels stay with the worker that made the blocks."""
        return DistantTalk(self._home, Begin(verb="print_card", link=link, blocks=tuple(blocks)), Outcome.__args__)

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> DistantTalk[Outcome]:
        """Find out what became of a committed card whose attempt was broken off."""
        return DistantTalk(self._home, Begin(verb="reconcile", link=link, evidence=evidence), Outcome.__args__)

    def recover(self, alert: Alert, link: LinkInfo) -> DistantTalk[None]:
        """Bring the device back after a person has removed a cause."""
        return DistantTalk(self._home, Begin(verb="recover", link=link, alert=alert), (type(None),))

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> DistantTalk[None]:
        """Clean, calibrate or print the device's own test card."""
        return DistantTalk(self._home, Begin(verb="maintain", link=link, action=action), (type(None),))
