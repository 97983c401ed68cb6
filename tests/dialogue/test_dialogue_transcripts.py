"""Transcripts: written, read back, and played."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.dialogue import Control
from printserver.dialogue.replaying import PipedReplay, Replay, TranscriptDiffers, replay_of
from printserver.dialogue.transcripts import (
    Direction,
    LeftOut,
    Line,
    Reading,
    Said,
    Setup,
    Transcript,
    TranscriptBroken,
    parse_transcript,
)

HOST, DEVICE = Direction.HOST, Direction.DEVICE
BYTES = st.binary(min_size=1, max_size=40) | st.text(max_size=20).map(str.encode).filter(bool)
SECONDS = st.integers(0, 10**9).map(lambda micro: micro / 1e6)
WORDS = st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=20).map(str.strip)
FIELD, BYTE = st.integers(0, 0xFFFF), st.integers(0, 0xFF)
LINES: st.SearchStrategy[list[Said]] = st.lists(
    st.builds(Line, SECONDS, st.sampled_from(Direction), BYTES)
    | st.builds(LeftOut, SECONDS, st.sampled_from(Direction), st.integers(0, 10**9 - 1), WORDS)
    | st.builds(Setup, SECONDS, st.integers(0, 0x7F), BYTE, FIELD, FIELD, data=st.binary(max_size=20))
    | st.builds(Setup, SECONDS, st.integers(0x80, 0xFF), BYTE, FIELD, FIELD, length=FIELD)
    | st.builds(Reading, SECONDS, st.binary(max_size=20) | st.none())
)
FACTS = st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]*", fullmatch=True), WORDS)


@given(LINES, FACTS)
def test_what_is_written_is_read_back(lines: list[Said], facts: dict[str, str]) -> None:
    transcript = Transcript(lines, facts)
    assert parse_transcript(transcript.text()) == transcript


@given(st.text())
def test_any_text_is_a_transcript_or_a_refusal(text: str) -> None:
    try:
        parsed = parse_transcript(text)
    except TranscriptBroken as refusal:
        found = refusal
    else:
        assert parse_transcript(parsed.text()) == parsed
        return
    assert found.where.startswith("line ")


def test_a_transcript_reads_like_a_conversation() -> None:
    transcript = Transcript()
    transcript.add(0.0, HOST, b"\x1bRlr\r")
    transcript.add(0.0215, DEVICE, b"OK\0")
    transcript.add(0.03, DEVICE, b"")
    transcript.add(0.1, HOST, bytes([200, 201, 202]))
    assert transcript.text() == (
        "# printserver transcript 1\n"
        "0.000000 > a \\x1bRlr\\r\n"
        "0.021500 < a OK\\x00\n"
        "0.100000 > x c8c9ca\n"
    )
    assert transcript.said(HOST) == b"\x1bRlr\r\xc8\xc9\xca"


@pytest.mark.parametrize(
    "line",
    [
        "0.1 > a", "soon > a x", "nan > a x", "0.1 ! a x", "0.1 > b x", "0.1 > x 0g", "0.1 > a \\q", "0.1 > a \\",
        "0.1 > a \\x4", "0.1 > a é", "-1 > a x", "= Model alto", "0.1 > r -4", "0.1 > r many", "0.1 > c a1 01 0 0 1",
        "0.1 > c a1 01 0000 0000", "0.1 > c a1 01 0000 0000 18x", "0.1 > c 21 01 0000 0000 1", "0.1 < c", "0.1 < c 1",
    ],
)
def test_a_line_that_is_not_understood_is_named(line: str) -> None:
    with pytest.raises(TranscriptBroken) as refusal:
        parse_transcript(f"# a note\n\n{line}\n")
    assert refusal.value.where == "line 3"


RECORDED = Transcript([
    Line(0.0, DEVICE, b"hello\n"), Line(0.1, HOST, b"sta"), Line(0.2, HOST, b"tus\n"), Line(0.3, DEVICE, b"re"),
    Line(0.4, DEVICE, b"ady\n"), Line(0.5, HOST, b"print\n"),
])  # fmt: skip


@given(st.integers(1, 6))
def test_a_replay_answers_whatever_the_pieces(size: int) -> None:
    replay, said = Replay(RECORDED), b"status\nprint\n"
    answers = [replay.greeting(), *(replay.receive(said[at : at + size]) for at in range(0, len(said), size))]
    assert b"".join(answers) == b"hello\nready\n"
    assert replay.finished


def test_a_replay_waits_for_the_whole_question() -> None:
    replay = Replay(RECORDED)
    assert replay.receive(b"status") == b"hello\n"
    assert replay.receive(b"\n") == b"ready\n"
    assert not replay.finished


def test_a_host_that_says_something_else_is_told_where() -> None:
    replay = Replay(RECORDED)
    replay.receive(b"status\n")
    with pytest.raises(TranscriptDiffers) as difference:
        replay.receive(b"prune\n")
    assert (difference.value.where, difference.value.allowed) == ("byte 9", "b'int\\n'")


def test_a_host_that_goes_on_is_told_so() -> None:
    replay = Replay(RECORDED)
    replay.receive(b"status\nprint\n")
    with pytest.raises(TranscriptDiffers, match="goes on"):
        replay.receive(b"?")


def test_control_transfers_and_what_was_left_out_read_like_a_conversation() -> None:
    transcript = Transcript(facts={"model": "alto"})
    transcript.add_setup(0.0, Control(0xA1, 1, 0, 2, length=1))
    transcript.add_reading(0.001, b"\x18")
    transcript.add_setup(0.2, Control(0x41, 0, 0, 0, data=b"\0F"))
    transcript.add_reading(0.201, b"")
    transcript.add_reading(0.3, None)
    transcript.lines.append(LeftOut(0.4, HOST, 81920, "panel Y"))
    assert transcript.text() == (
        "# printserver transcript 1\n"
        "= model alto\n"
        "0.000000 > c a1 01 0000 0002 1\n"
        "0.001000 < c 18\n"
        "0.200000 > c 41 00 0000 0000 0046\n"
        "0.201000 < c -\n"
        "0.300000 < c stall\n"
        "0.400000 > r 81920 panel Y\n"
    )


def test_a_fact_after_the_first_thing_said_is_not_understood() -> None:
    with pytest.raises(TranscriptBroken) as refusal:
        parse_transcript("0.1 > a x\n= model alto\n")
    assert refusal.value.where == "line 2"


@given(st.integers(1, 9))
def test_any_bytes_will_do_where_something_was_left_out(size: int) -> None:
    said = Transcript([
        Line(0.0, HOST, b"tracks "), LeftOut(0.1, HOST, 6), Line(0.2, HOST, b"\n"), Line(0.3, DEVICE, b"read "),
        LeftOut(0.3, DEVICE, 3),
    ])  # fmt: skip
    replay, words = Replay(said), b"tracks secret\n"
    answers = [replay.receive(words[at : at + size]) for at in range(0, len(words), size)]
    assert b"".join(answers) == b"read ???"
    assert replay.finished
    shorter = Replay(said)
    with pytest.raises(TranscriptDiffers) as difference:
        shorter.receive(b"tracks secre\n?")
    assert difference.value.where == "byte 13"


POLLED = Transcript([
    Setup(0.0, 0xA1, 1, 0, 0, length=1), Reading(0.1, b"\x18"), Setup(0.2, 0xC1, 0, 0, 0, length=9), Reading(0.2, None),
    Setup(0.3, 0xA1, 1, 0, 0, length=1), Setup(0.4, 0xA1, 1, 0, 0, length=1), Reading(0.5, b"\x08"),
])  # fmt: skip


def test_control_transfers_are_answered_in_their_order_and_the_last_again() -> None:
    replay = replay_of(POLLED)
    assert isinstance(replay, PipedReplay)
    assert [replay.control(0xA1, 1, 0, 0, b"", 1) for _ in range(3)] == [b"\x18", b"\x08", b"\x08"]
    assert not replay.finished
    assert replay.control(0xC1, 0, 0, 0, b"", 9) is None
    assert replay.finished


def test_a_control_transfer_that_was_never_made_is_a_difference() -> None:
    with pytest.raises(TranscriptDiffers):
        PipedReplay(POLLED).control(0xA1, 1, 0, 0, b"", 2)


def test_a_transcript_without_control_transfers_is_a_device_without_a_control_pipe() -> None:
    assert isinstance(replay_of(RECORDED), Replay)
