"""The player and its hostile link: what each disturbance does to a conversation, and how the player ends one."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from printserver.dialogue import (
    Answer,
    Ask,
    Cancelled,
    Dialogue,
    Effect,
    Hold,
    LinkLost,
    Listen,
    Mark,
    Point,
    Rejected,
    Reopen,
    Report,
    Resumed,
    Send,
    Sent,
    Stalled,
    TimedOut,
    Wait,
    line,
)
from printserver.dialogue.replaying import TranscriptDiffers
from printserver.dialogue.transcripts import Direction
from printserver.errors import StoreBusy
from printserver.testing import DialoguePlayer, Disturbance, Stuck, script

ASK = Ask(b"?\n", line(), 5.0)


class Echo:
    """Says everything back, and keeps what it heard and how often a host came and went."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.visits: list[str] = []

    def connected(self) -> None:
        self.visits.append("in")

    def disconnected(self) -> None:
        self.visits.append("out")

    def receive(self, data: bytes) -> bytes:
        self.heard.append(data)
        return data


class Timer:
    """A device that says something by itself, every two seconds."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.next = 2.0

    def receive(self, data: bytes) -> bytes:
        return b""

    def due(self) -> float | None:
        return self.next

    def tick(self) -> bytes:
        self.next += 2.0
        return b"%d\n" % self.clock.seconds()


def says(*effects: Effect) -> Dialogue[list[Answer]]:
    answers = []
    for effect in effects:
        answers.append((yield effect))
    return answers


def disturbed(kind: Disturbance, at: int, device: Echo | None = None) -> DialoguePlayer:
    return DialoguePlayer(device or Echo(), Clock(), disturbance=kind, at=at)


def test_a_device_that_speaks_by_itself_is_heard_in_its_time() -> None:
    clock = Clock()
    player = DialoguePlayer(Timer(clock), clock)
    assert player.play(says(Listen(line()), Wait(1.0), Listen(line()))) == [b"2", None, b"4"]
    assert clock.seconds() == 4.0
    player.rest(5.0)
    assert clock.seconds() == 9.0


@pytest.mark.parametrize(
    ("kind", "fault", "heard"),
    [
        (Disturbance.CUT_BEFORE, LinkLost, b"?\n"),
        (Disturbance.CUT_MIDWAY, LinkLost, b"?\n?"),
        (Disturbance.CUT_AFTER, LinkLost, b"?\n?\n"),
        (Disturbance.BREAK, LinkLost, b"?\n?"),
        (Disturbance.STALL, Stalled, b"?\n?"),
        (Disturbance.SILENCE, TimedOut, b"?\n?\n"),
        (Disturbance.MUTE, TimedOut, b"?\n?\n"),
    ],
)
def test_each_fault_strikes_at_its_effect(kind: Disturbance, fault: type[Exception], heard: bytes) -> None:
    device = Echo()
    player = disturbed(kind, 1, device)
    with pytest.raises(fault):
        player.play(says(ASK, ASK, ASK))
    assert b"".join(device.heard) == heard == player.transcript.said(Direction.HOST)
    assert len(player.effects) == 2


def test_a_device_that_was_cut_off_stays_away_and_one_that_broke_off_comes_back() -> None:
    def reopens() -> Dialogue[Answer]:
        try:
            return (yield ASK)
        except LinkLost:
            yield Reopen()
            return (yield ASK)

    with pytest.raises(LinkLost, match="away"):
        disturbed(Disturbance.CUT_AFTER, 0).play(reopens())
    device = Echo()
    assert disturbed(Disturbance.BREAK, 0, device).play(reopens()) == b"?"
    assert device.visits[:3] == ["in", "out", "in"]


def asks_until_answered() -> Dialogue[list[Answer]]:
    heard: list[Answer] = []
    while b"?" not in heard:
        try:
            heard.append((yield ASK))
        except TimedOut:
            heard.append(None)
    return heard


def test_one_answer_is_damaged_or_lost_and_then_all_is_well() -> None:
    assert disturbed(Disturbance.GARBLE, 0).play(asks_until_answered()) == [b"\x9a", b"?"]
    assert disturbed(Disturbance.SILENCE, 0).play(asks_until_answered()) == [None, b"?"]


def test_lasting_trouble_is_ended_by_a_person() -> None:
    player = disturbed(Disturbance.MUTE, 0)
    heard = player.play(asks_until_answered())
    assert len(heard) > 100
    assert player.helped


def test_what_a_stalled_device_had_not_taken_goes_in_when_it_is_helped() -> None:
    def insists() -> Dialogue[Answer]:
        at, data = 0, b"0123456789\n"
        while True:
            try:
                yield Send(data[at:], 30.0)
                return (yield Listen(line(), 1.0))
            except Stalled as stalled:
                at += stalled.sent

    device = Echo()
    assert disturbed(Disturbance.STALL, 0, device).play(insists()) == b"0123456789"
    assert b"".join(device.heard) == b"0123456789\n"


def test_splinters_change_nothing_but_the_pieces() -> None:
    device = Echo()
    card = bytes(range(200)) * 10 + b"\n"
    player = DialoguePlayer(device, Clock(), disturbance=Disturbance.SPLINTER)
    whole = Ask(card, lambda data, ended: None if len(data) < len(card) else line()(b"all\n", ended), 60.0)
    assert player.play(says(whole)) == [b"all"]
    assert len(device.heard) == 4
    assert b"".join(device.heard) == card


def test_an_effect_without_bytes_is_cut_at_once() -> None:
    player = disturbed(Disturbance.CUT_MIDWAY, 0)
    with pytest.raises(LinkLost):
        player.play(says(Wait(1.0), ASK))
    assert player.transcript.said(Direction.HOST) == b""


def test_a_dialogue_that_waits_for_ever_is_called_stuck() -> None:
    with pytest.raises(Stuck, match="Listen"):
        DialoguePlayer(Echo(), Clock()).play(says(Listen(line())))


def test_a_dialogue_that_waits_too_long_is_cancelled() -> None:
    with pytest.raises(Cancelled):
        DialoguePlayer(Echo(), Clock()).play(says(Listen(line(), cancellable=True)))


def test_marks_reports_and_the_bytes_round_the_commit_are_kept() -> None:
    player = DialoguePlayer(Echo(), Clock())
    player.play(says(ASK, Mark(Point.COMMITTED, {"n": "1"}), Report(progress=0.5), Send(b"feed", 1.0)))
    assert player.committed
    assert player.bytes_around_commit() == (b"?\n", b"feed")
    assert (player.marks, player.reports) == ([Mark(Point.COMMITTED, {"n": "1"})], [Report(progress=0.5)])


def test_a_store_that_is_away_keeps_the_card_where_it_is() -> None:
    player = DialoguePlayer(Echo(), Clock(), store_away=True)
    with pytest.raises(StoreBusy):
        player.play(says(ASK, Mark(Point.COMMITTED), Send(b"feed", 1.0)))
    assert player.bytes_around_commit() == (b"?\n", b"")


def test_the_host_may_hold() -> None:
    async def encode(hold: Hold) -> Resumed | Rejected:
        return Resumed(hold.reason.encode())

    player = DialoguePlayer(Echo(), Clock(), on_hold=encode)
    assert player.play(says(Hold("chip", 1.0))) == [Resumed(b"chip")]


def test_a_script_is_a_device_too() -> None:
    player = DialoguePlayer(script((b"?\n", b"OK\n"), (b"!", b""), (b"?\n", b"DONE\n")), Clock())
    assert player.play(says(ASK, Send(b"!", 1.0), ASK)) == [b"OK", Sent(), b"DONE"]
    with pytest.raises(TranscriptDiffers):
        DialoguePlayer(script((b"?\n", b"OK\n")), Clock()).play(says(Send(b"x", 1.0)))
