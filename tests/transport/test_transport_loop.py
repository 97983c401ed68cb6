"""The link to a device in memory: the same clock moves runner and device."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from printserver.dialogue import Ask, CloseWrite, Control, LinkLost, Listen, Send, Unsupported, line
from printserver.transport.loop import LoopLink
from printserver.transport.runner import DialogueRunner
from tests.transport.test_transport_runner import says
from tests.transport.transport_kit import Host, fault_of, result_of, waits


class Clockwork:
    """Answers at once, and once more three seconds after the last question; keeps who came and went."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.wanted: float | None = None
        self.visits: list[str] = []

    def connected(self) -> None:
        self.visits.append("in")

    def disconnected(self) -> None:
        self.visits.append("out")

    def receive(self, data: bytes) -> bytes:
        self.wanted = self.clock.seconds() + 3.0
        return b"now\n"

    def due(self) -> float | None:
        return self.wanted

    def tick(self) -> bytes:
        self.wanted = None
        return b"later\n"


class Desk:
    def __init__(self) -> None:
        self.clock = Clock()
        self.device = Clockwork(self.clock)
        self.link = LoopLink(self.device, self.clock)
        host = Host()
        self.runner = DialogueRunner(
            clock=self.clock, link=self.link, on_mark=host.mark, on_report=host.reports.append
        )


def test_a_device_answers_now_and_later() -> None:
    desk = Desk()
    done = Deferred.fromCoroutine(desk.runner.run(says(Ask(b"?", line(), 1.0), Listen(line(), 5.0))))
    assert waits(done)
    desk.clock.advance(3.0)
    assert result_of(done) == [b"now", b"later"]


def test_the_machine_goes_on_while_nobody_listens() -> None:
    desk = Desk()
    result_of(Deferred.fromCoroutine(desk.runner.run(says(Send(b"card", 1.0)))))
    result_of(Deferred.fromCoroutine(desk.link.close()))
    desk.clock.advance(3.0)
    assert desk.device.wanted is None
    assert desk.device.visits == ["in", "out"]


def test_what_comes_late_is_not_heard_on_the_next_visit() -> None:
    desk = Desk()
    result_of(Deferred.fromCoroutine(desk.runner.run(says(Ask(b"?", line(), 1.0)))))
    result_of(Deferred.fromCoroutine(desk.link.close()))
    desk.clock.advance(3.0)
    done = Deferred.fromCoroutine(desk.runner.run(says(Listen(line(), 1.0))))
    assert waits(done)
    desk.clock.advance(1.0)
    assert done.called
    fault_of(done, Exception)


def test_half_closing_ends_the_conversation() -> None:
    desk = Desk()
    fault_of(Deferred.fromCoroutine(desk.runner.run(says(CloseWrite(), Send(b"x", 1.0)))), LinkLost)
    assert desk.device.visits == ["in", "out"]


def test_there_are_no_control_transfers() -> None:
    fault_of(Deferred.fromCoroutine(Desk().runner.run(says(Control(0xA1, 1, 0, 0, length=1)))), Unsupported)
