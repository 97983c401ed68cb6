"""Plays a dialogue to its end in no time: the server's own runner, a device in memory, the player's own clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from printserver.dialogue import Dialogue, DialogueFault, Effect, Hold, Mark, Point, Rejected, Report, Resumed
from printserver.dialogue.replaying import Replay
from printserver.dialogue.transcripts import Direction, Line, Said, Transcript
from printserver.errors import StoreBusy
from printserver.testing.hostile import Disturbance, HostileLink
from printserver.transport.loop import Answering
from printserver.transport.runner import DialogueRunner

Result = TypeVar("Result")

# Simulated seconds after which a person looks after a dialogue that does not end, gives it up, and doubts the driver.
HEAL_AFTER, CANCEL_AFTER, STUCK_AFTER = 600.0, 1800.0, 86_400.0
REST = 600.0


class Stuck(AssertionError):
    """A dialogue waits for ever."""


class DialoguePlayer:
    """Plays dialogues with one device; `effects`, `marks`, `reports` and the transcript tell what happened.

    With a `disturbance` the link is disturbed at effect `at`; a dialogue that then waits too long gets a healed link,
    then a cancel, and is stuck when it does not end after that. With `store_away` no COMMITTED mark can be kept.
    """

    def __init__(
        self, device: Answering, clock: Clock, *, disturbance: Disturbance | None = None, at: int = 0,
        store_away: bool = False,
        on_hold: Callable[[Hold], Awaitable[Resumed | Rejected]] | None = None,
    ) -> None:
        self.clock = clock
        self.link = HostileLink(device, clock, disturbance, at)
        self.effects: list[Effect] = []
        self.marks: list[Mark] = []
        self.reports: list[Report] = []
        self.sent_when_committed: int | None = None
        self._store_away = store_away
        self.helped = False
        self.runner = DialogueRunner(
            clock=clock, link=self.link, on_mark=self._mark, on_report=self.reports.append, on_hold=on_hold
        )

    @property
    def transcript(self) -> Transcript:
        """Return what was said."""
        return self.link.transcript

    @property
    def committed(self) -> bool:
        """Tell whether COMMITTED was passed."""
        return self.runner.committed

    def play(self, dialogue: Dialogue[Result]) -> Result:
        """Return what the dialogue returns; raises what it raises, and Stuck when it never ends."""
        ends: list[Result | Failure] = []
        Deferred.fromCoroutine(self.runner.run(self._observed(dialogue))).addBoth(ends.append)
        self._let_time_pass(ends)
        if isinstance(ends[0], Failure):
            ends[0].raiseException()
        return ends[0]

    def rest(self, seconds: float = REST) -> None:
        """Let the device finish what it is doing; nobody asks it anything."""
        until = self.clock.seconds() + seconds
        while (due := self._next_time()) is not None and due <= until:
            self.clock.advance(max(0.0, due - self.clock.seconds()))
        self.clock.advance(max(0.0, until - self.clock.seconds()))

    def bytes_around_commit(self) -> tuple[bytes, bytes]:
        """Return what the device had got when COMMITTED was passed, and what it got after that."""
        said = self.transcript.said(Direction.HOST)
        at = len(said) if self.sent_when_committed is None else self.sent_when_committed
        return said[:at], said[at:]

    def _let_time_pass(self, ends: list[Result | Failure]) -> None:
        start = self.clock.seconds()
        helps = [(HEAL_AFTER, self._heal), (CANCEL_AFTER, self.runner.cancel), (STUCK_AFTER, self._give_up)]
        while not ends:
            due = self._next_time()
            if due is None or due - start >= helps[0][0]:
                helps.pop(0)[1]()
            else:
                self.clock.advance(max(0.0, due - self.clock.seconds()))

    def _heal(self) -> None:
        self.helped = True
        self.link.heal()

    def _give_up(self) -> None:
        raise Stuck(f"the dialogue waits for ever at {self.effects[-1:]}")

    def _next_time(self) -> float | None:
        times: list[float] = [cast(Any, call).getTime() for call in self.clock.getDelayedCalls()]
        return min(times, default=None)

    async def _mark(self, mark: Mark) -> None:
        if self._store_away and mark.point is Point.COMMITTED:
            raise StoreBusy
        self.marks.append(mark)
        if mark.point is Point.COMMITTED and self.sent_when_committed is None:
            self.sent_when_committed = len(self.transcript.said(Direction.HOST))

    def _observed(self, dialogue: Dialogue[Result]) -> Dialogue[Result]:
        """Pass effects on and count them."""
        try:
            effect = next(dialogue)
            while True:
                self.link.begin(len(self.effects), effect)
                self.effects.append(effect)
                try:
                    answer = yield effect
                except DialogueFault as fault:
                    effect = dialogue.throw(fault)
                else:
                    effect = dialogue.send(answer)
        except StopIteration as end:
            result: Result = end.value
            return result
        finally:
            dialogue.close()


def script(*turns: tuple[bytes, bytes]) -> Replay:
    """Return a device that says the second bytes of each turn after it has heard the first ones, and nothing else."""
    lines: list[Said] = [
        Line(0.0, direction, data)
        for heard, said in turns
        for direction, data in ((Direction.HOST, heard), (Direction.DEVICE, said))
        if data
    ]
    return Replay(Transcript(lines))
