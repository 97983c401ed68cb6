"""Transcripts: written, read back, and played."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.dialogue.transcripts import (
    Direction,
    Line,
    Replay,
    Transcript,
    TranscriptBroken,
    TranscriptDiffers,
    parse_transcript,
)

HOST, DEVICE = Direction.HOST, Direction.DEVICE
BYTES = st.binary(min_size=1, max_size=40) | st.text(max_size=20).map(str.encode).filter(bool)
LINES = st.lists(
    st.builds(Line, st.integers(0, 10**9).map(lambda micro: micro / 1e6), st.sampled_from(Direction), BYTES)
)


@given(LINES)
def test_what_is_written_is_read_back(lines: list[Line]) -> None:
    transcript = Transcript(lines)
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
        "0.1 > a \\x4", "0.1 > a é", "-1 > a x",
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
