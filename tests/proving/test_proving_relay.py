"""Standing between a program and a printer: every byte goes on, both ways, and is written down."""

from __future__ import annotations

from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITransport
from twisted.internet.task import Clock

from printserver.dialogue import LinkLost
from printserver.dialogue.transcripts import Direction, LeftOut, Transcript
from printserver.proving.relay import LAST_BYTES, ROOM, Relay, kept
from printserver.transport.link import Link
from printserver.transport.loop import LoopLink
from tests.transport.transport_kit import PuppetLink, fault_of, result_of, waits


class Echo:
    """Says everything back, and keeps it."""

    def __init__(self) -> None:
        self.heard = b""

    def receive(self, data: bytes) -> bytes:
        self.heard += data
        return data.upper()


class Program:
    """A program's connection, as far as a relay uses it."""

    def __init__(self) -> None:
        self.heard = b""
        self.paused = self.disconnecting = False

    def write(self, data: bytes) -> None:
        self.heard += data

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def loseConnection(self) -> None:
        self.disconnecting = True


def relayed(link: Link, clock: Clock) -> tuple[Relay, Program, Deferred[Transcript]]:
    done: Deferred[Transcript] = Deferred()
    relay, program = Relay(link, clock, done), Program()
    relay.transport = cast(ITransport, program)
    relay.connectionMade()
    return relay, program, done


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=9000), max_size=8))
def test_every_byte_goes_on_both_ways_and_is_written_down(pieces: list[bytes]) -> None:
    clock, device = Clock(), Echo()
    relay, program, done = relayed(LoopLink(device, clock), clock)
    for piece in pieces:
        relay.dataReceived(piece)
    relay.connectionLost()
    transcript = result_of(done)
    whole = b"".join(pieces)
    assert device.heard == whole
    assert program.heard == whole.upper()
    assert transcript.said(Direction.HOST) == whole
    assert transcript.said(Direction.DEVICE) == whole.upper()


def test_a_program_waits_while_the_printer_takes_nothing() -> None:
    clock, link = Clock(), PuppetLink(piece=1000, takes=False)
    relay, program, done = relayed(link, clock)
    relay.dataReceived(bytes(ROOM + 1001))
    assert program.paused
    for _ in range(2):
        link.traffic.moved()
    assert not program.paused
    assert waits(done)


def test_the_recording_is_over_when_the_printer_took_the_last_byte() -> None:
    clock, link = Clock(), PuppetLink(piece=4, takes=False)
    relay, _, done = relayed(link, clock)
    relay.dataReceived(b"12345678")
    relay.connectionLost()
    assert waits(done)
    link.traffic.moved()
    assert waits(done)
    link.traffic.moved()
    assert result_of(done).said(Direction.HOST) == b"12345678"
    assert not clock.getDelayedCalls()


def test_a_printer_that_takes_no_last_byte_does_not_keep_it_for_ever() -> None:
    clock, link = Clock(), PuppetLink(piece=4, takes=False)
    relay, _, done = relayed(link, clock)
    relay.dataReceived(b"12345678")
    relay.connectionLost()
    clock.advance(LAST_BYTES)
    assert result_of(done).said(Direction.HOST) == b"1234"
    assert not clock.getDelayedCalls()


def test_the_printers_end_is_the_programs_end() -> None:
    clock = Clock()
    link = LoopLink(Echo(), clock)
    _, program, done = relayed(link, clock)
    link.traffic.lost("unplugged")
    assert program.disconnecting
    assert result_of(done).lines == []


class Unreachable(LoopLink):
    async def open(self) -> None:
        raise LinkLost(0, "nothing answered")


def test_a_printer_that_cannot_be_reached_is_told() -> None:
    clock = Clock()
    _, program, done = relayed(Unreachable(Echo(), clock), clock)
    assert program.disconnecting
    fault_of(done, LinkLost)


def test_a_foreign_job_is_left_out_unless_its_card_is_nobodys() -> None:
    clock = Clock()
    relay, _, done = relayed(LoopLink(Echo(), clock), clock)
    relay.dataReceived(b"track anna")
    relay.connectionLost()
    transcript = result_of(done)
    assert kept(transcript, {"model": "one"}, whole=True).said(Direction.HOST) == b"track anna"
    private = kept(transcript, {"model": "one"}, whole=False)
    assert [line.length for line in private.lines if isinstance(line, LeftOut)] == [10]
    assert private.facts == {"model": "one"}
