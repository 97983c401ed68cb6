"""The runner and a dialogue whose code is elsewhere: it waits for it as for anything else, and misses nothing."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from printserver.dialogue import Answer, DialogueFault, Effect, Ended, Framed, Listen, Mark, Point
from printserver.transport.loop import LoopLink
from printserver.transport.runner import DialogueRunner


class Mute:
    def receive(self, data: bytes) -> bytes:
        return b""


class SlowFramer:
    """Says where a message of three bytes ends, when it is let."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bool]] = []
        self.waiting: list[Deferred[Framed | None]] = []

    def __call__(self, data: bytes, ended: bool) -> Framed | None:
        raise AssertionError("a listening dialogue looks, it does not guess")

    async def look(self, data: bytes, ended: bool) -> Framed | None:
        self.asked.append((data, ended))
        answer: Deferred[Framed | None] = Deferred()
        self.waiting.append(answer)
        return await answer

    def answer(self) -> None:
        data, _ = self.asked[-1]
        self.waiting.pop().callback(Framed(data[:3], 3) if len(data) >= 3 else None)


class SlowTalk:
    """Yields its effects when it is let."""

    def __init__(self, *effects: Effect | Ended[Answer]) -> None:
        self.effects = list(effects)
        self.heard: list[object] = []
        self.waiting: list[Deferred[None]] = []
        self.closed = False

    async def step(self, answer: Answer, fault: DialogueFault | None) -> Effect | Ended[Answer]:
        self.heard.append(fault or answer)
        gate: Deferred[None] = Deferred()
        self.waiting.append(gate)
        await gate
        return self.effects.pop(0)

    def close(self) -> None:
        self.closed = True

    def let(self) -> None:
        self.waiting.pop().callback(None)


class Desk:
    """A runner with its link, and what became of a talk."""

    def __init__(self, talk: SlowTalk) -> None:
        self.clock = Clock()
        self.link = LoopLink(Mute(), self.clock)
        self.marks: list[Mark] = []
        self.ends: list[object] = []
        self.runner = DialogueRunner(
            clock=self.clock, link=self.link, on_mark=self.mark, on_report=lambda report: None
        )
        self.going: Deferred[Answer] = Deferred.fromCoroutine(self.runner.run(talk))
        self.going.addBoth(self.ends.append)

    async def mark(self, mark: Mark) -> None:
        self.marks.append(mark)


def test_bytes_that_come_while_a_framer_thinks_are_looked_at_too() -> None:
    framer = SlowFramer()
    talk = SlowTalk(Listen(framer), Ended(b"over"))
    desk = Desk(talk)
    talk.let()
    assert framer.asked == [(b"", False)]
    desk.link.traffic.received(b"abcd")
    framer.answer()
    assert framer.asked[-1] == (b"abcd", False)
    framer.answer()
    assert talk.heard == [None, b"abc"]
    talk.let()
    assert desk.ends == [b"over"]
    assert desk.link.traffic.take_all() == b"d"


def test_a_link_that_ends_while_a_framer_thinks_is_noticed() -> None:
    framer = SlowFramer()
    talk = SlowTalk(Listen(framer), Ended(None))
    desk = Desk(talk)
    talk.let()
    desk.link.traffic.lost("it was cut")
    framer.answer()
    assert framer.asked[-1] == (b"", True)
    framer.answer()
    assert "it was cut" in str(talk.heard[-1])


def test_called_off_before_the_commit_mark_the_talk_is_closed() -> None:
    talk = SlowTalk(Ended(None))
    desk = Desk(talk)
    desk.going.cancel()
    [end] = desk.ends
    assert getattr(end, "type", None) is CancelledError
    assert talk.closed


def test_called_off_after_it_the_talk_goes_on_to_its_end() -> None:
    talk = SlowTalk(Mark(Point.COMMITTED), Ended(b"over"))
    desk = Desk(talk)
    talk.let()
    assert [mark.point for mark in desk.marks] == [Point.COMMITTED]
    desk.going.cancel()
    assert not talk.closed
    talk.let()
    assert desk.ends == [b"over"]
