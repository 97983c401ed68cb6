"""A link that writes down what goes over it."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from printserver.dialogue import Ask, Control, Dialogue, Send, Stalled, Wait, line
from printserver.dialogue.replaying import PipedReplay, replay_of
from printserver.transport.loop import LoopLink
from printserver.transport.recording import RecordingLink
from printserver.transport.runner import DialogueRunner
from tests.transport.transport_kit import Host, fault_of, result_of


class Device:
    """Answers each line, and one control request."""

    def receive(self, data: bytes) -> bytes:
        return b"OK\n" if data.endswith(b"\n") else b""

    def control(
        self, request_type: int, request: int, value: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        return b"\x18" if request == 1 else None


def conversation() -> Dialogue[bytes]:
    yield Send(b"\x1bbegin", 5.0)
    yield Wait(1.5)
    yield Control(0xA1, 1, 0, 0, length=1)
    answer = yield Ask(b"status\n", line(), 5.0)
    assert isinstance(answer, bytes)
    return answer


def recorded() -> RecordingLink:
    clock = Clock()
    clock.advance(100.0)
    link = RecordingLink(LoopLink(Device(), clock), clock)
    host = Host()
    runner = DialogueRunner(clock=clock, link=link, on_mark=host.mark, on_report=host.reports.append)
    going = Deferred.fromCoroutine(runner.run(conversation()))
    clock.advance(1.5)
    assert result_of(going) == b"OK"
    return link


def test_both_sides_are_written_down_with_times_since_its_beginning() -> None:
    assert recorded().transcript.text() == (
        "# printserver transcript 1\n"
        "0.000000 > a \\x1bbegin\n"
        "1.500000 > c a1 01 0000 0000 1\n"
        "1.500000 < c 18\n"
        "1.500000 > a status\\n\n"
        "1.500000 < a OK\\n\n"
    )


def test_what_was_recorded_can_be_replayed() -> None:
    replay = replay_of(recorded().transcript)
    assert isinstance(replay, PipedReplay)
    clock, host = Clock(), Host()
    runner = DialogueRunner(
        clock=clock, link=LoopLink(replay, clock), on_mark=host.mark, on_report=host.reports.append
    )
    going = Deferred.fromCoroutine(runner.run(conversation()))
    clock.advance(1.5)
    assert result_of(going) == b"OK"
    assert replay.finished


def test_a_stalled_control_transfer_is_written_down_and_still_a_fault() -> None:
    clock = Clock()
    link = RecordingLink(LoopLink(Device(), clock), clock)
    result_of(Deferred.fromCoroutine(link.open()))
    fault_of(Deferred.fromCoroutine(link.control(Control(0xC1, 7, 0, 0, length=1))), Stalled)
    assert link.transcript.text().splitlines()[-1] == "0.000000 < c stall"


def test_it_is_the_link_itself_otherwise() -> None:
    clock = Clock()
    inner = LoopLink(Device(), clock)
    link = RecordingLink(inner, clock)
    assert (link.info, link.lock, link.piece, link.traffic) == (inner.info, inner.lock, inner.piece, inner.traffic)
    result_of(Deferred.fromCoroutine(link.open()))
    link.close_write()
    assert link.traffic.ended


@pytest.mark.parametrize("start", [0.0, 60.0])
def test_times_may_count_from_an_earlier_moment(start: float) -> None:
    clock = Clock()
    clock.advance(100.0)
    link = RecordingLink(LoopLink(Device(), clock), clock, start)
    result_of(Deferred.fromCoroutine(link.open()))
    link.write(b"x")
    assert link.transcript.lines[0].at == 100.0 - start
