"""A poll beside a long sending: asks between pieces, interrupts on the readings that stop, disturbs nothing else."""

from __future__ import annotations

from printserver.dialogue import (
    Answer,
    Ask,
    Control,
    Dialogue,
    Interrupted,
    LinkLost,
    Listen,
    Send,
    Sent,
    Stalled,
    TimedOut,
    line,
)
from tests.transport.test_transport_runner import says
from tests.transport.transport_kit import Host, PuppetLink, fault_of, result_of, waits

STATUS = Ask(b"<st>", line(), timeout=2.0)
READ_PORT = Control(0xA1, 1, 0, 0, length=1, timeout=2.0)


def slow_host() -> Host:
    return Host(PuppetLink(piece=4, takes=False))


def test_the_poll_goes_out_between_two_pieces() -> None:
    host = slow_host()
    done = host.start(says(Send(b"AAAABBBBCCCC", 9.0, beside=STATUS, every=1.0)))
    host.clock.advance(1.5)
    assert host.link.written == [b"AAAA"]
    host.link.traffic.moved()
    assert host.link.written == [b"AAAA", b"<st>"]
    host.link.traffic.moved()
    host.link.traffic.received(b"fine\n")
    host.link.traffic.moved()
    host.link.traffic.moved()
    assert result_of(done) == [Sent()]
    assert host.link.written == [b"AAAA", b"<st>", b"BBBB", b"CCCC"]


def test_a_reading_that_stops_ends_the_sending_with_the_count_of_bytes() -> None:
    host = slow_host()
    stop = frozenset({b"ribbon out"})
    done = host.start(says(Send(b"AAAABBBBCCCC", 9.0, beside=STATUS, every=1.0, stop=stop)))
    host.clock.advance(1.0)
    host.link.traffic.moved()
    host.link.traffic.moved()
    host.link.traffic.received(b"fine\n")
    assert waits(done)
    host.clock.advance(1.0)
    host.link.traffic.moved()
    host.link.traffic.received(b"ribbon out\n")
    assert result_of(done) == [Interrupted(8, b"ribbon out")]


def test_a_poll_without_an_answer_does_not_end_the_sending() -> None:
    host = slow_host()
    done = host.start(says(Send(b"AAAABBBB", 9.0, beside=STATUS, every=1.0, stop=frozenset({b"x"}))))
    host.clock.advance(1.0)
    for _ in range(3):
        host.link.traffic.moved()
    assert waits(done), "the overdue answer must not meet the next effect"
    host.clock.advance(2.0)
    assert result_of(done) == [Sent()]


def test_a_control_transfer_polls_while_no_byte_is_taken() -> None:
    host = slow_host()
    done = host.start(says(Send(b"AAAABBBBCCCC", 9.0, beside=READ_PORT, every=1.0, stop=frozenset({b"\x20"}))))
    host.clock.advance(1.0)
    host.link.control_answers[0].callback(b"\x18")
    assert waits(done)
    host.clock.advance(1.0)
    host.link.control_answers[1].callback(b"\x20")
    assert result_of(done) == [Interrupted(4, b"\x20")]


def test_a_short_sending_is_over_before_its_first_poll() -> None:
    host = slow_host()
    done = host.start(says(Send(b"AAAA", 9.0, beside=READ_PORT, every=1.0)))
    host.link.traffic.moved()
    assert result_of(done) == [Sent()]
    assert host.link.control_answers == []
    assert host.clock.getDelayedCalls() == []


def test_a_stalled_sending_is_stalled_though_the_poll_is_answered() -> None:
    host = slow_host()
    done = host.start(says(Send(b"AAAABBBB", 4.5, beside=READ_PORT, every=1.0)))
    for _ in range(4):
        host.clock.advance(1.0)
        host.link.control_answers[-1].callback(b"\x18")
    assert waits(done)
    host.clock.advance(0.5)
    assert fault_of(done, Stalled).sent == 4


def test_a_control_poll_that_fails_is_no_reading() -> None:
    host = slow_host()
    done = host.start(says(Send(b"AAAABBBB", 9.0, beside=READ_PORT, every=1.0, stop=frozenset({b"\x20"}))))
    host.clock.advance(1.0)
    host.link.control_answers[0].errback(TimedOut())
    host.link.traffic.moved()
    host.link.traffic.moved()
    assert result_of(done) == [Sent()]


def test_a_cut_beside_a_poll_is_a_loss() -> None:
    host = slow_host()
    done = host.start(says(Send(b"AAAABBBB", 9.0, beside=STATUS, every=1.0)))
    host.clock.advance(1.0)
    host.link.traffic.lost("pulled")
    assert fault_of(done, LinkLost).sent == 4


def test_after_an_interruption_the_dialogue_goes_on_in_step() -> None:
    def resumes() -> Dialogue[list[Answer]]:
        first = yield Send(b"AAAABBBB", 9.0, beside=STATUS, every=1.0, stop=frozenset({b"full"}))
        assert isinstance(first, Interrupted)
        rest = yield Send(b"AAAABBBB"[first.sent :], 9.0)
        return [first, rest, (yield Listen(line(), 1.0))]

    host = slow_host()
    done = host.start(resumes())
    host.clock.advance(1.0)
    host.link.traffic.moved()
    host.link.traffic.moved()
    host.link.traffic.received(b"full\nempty again\n")
    for _ in range(2):
        host.link.traffic.moved()
    assert result_of(done)[2] == b"empty again"
    assert host.link.sent.replace(b"<st>", b"") == b"AAAABBBB"
