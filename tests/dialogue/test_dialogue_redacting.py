"""Cards are left out of transcripts, wherever their bytes stand and however they were cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from printserver.dialogue import Control
from printserver.dialogue.redacting import LONG, LONG_NAME, Secret, without, without_host
from printserver.dialogue.transcripts import Direction, LeftOut, Line, Transcript

HOST, DEVICE = Direction.HOST, Direction.DEVICE
PANEL = Secret("panel Y", bytes(40) + bytes(range(200)) + bytes(60))
TRACK = Secret("track", b"%B999^ANNA?")


def said_in_pieces(data: bytes, sizes: list[int]) -> Transcript:
    """A host that says `data` in pieces, the device answering after each."""
    transcript, at = Transcript(facts={"model": "alto"}), 0
    for number, size in enumerate([*sizes, len(data)]):
        transcript.add(float(number), HOST, data[at : at + size])
        at += size
    return transcript


def length(transcript: Transcript, direction: Direction) -> int:
    return sum(
        len(line.data) if isinstance(line, Line) else line.length
        for line in transcript.lines if isinstance(line, Line | LeftOut) and line.direction is direction
    )  # fmt: skip


@given(st.lists(st.integers(1, 120), max_size=12), st.binary(max_size=40), st.binary(max_size=40))
def test_a_stretch_is_left_out_however_it_was_cut(sizes: list[int], before: bytes, after: bytes) -> None:
    whole = before + b"\x1bDY" + PANEL.data + b"\x1bEND" + after + PANEL.data
    kept = without(said_in_pieces(whole, sizes), [PANEL])
    text = b"".join(line.data for line in kept.lines if isinstance(line, Line))
    assert PANEL.data[40:240] not in text
    assert length(kept, HOST) == len(whole)
    assert kept.facts == {"model": "alto"}
    assert sum(line.length for line in kept.lines if isinstance(line, LeftOut)) == 2 * len(PANEL.data)


@given(st.lists(st.integers(1, 9), max_size=12))
def test_words_are_left_out_on_both_sides(sizes: list[int]) -> None:
    transcript = said_in_pieces(b"write " + TRACK.data + b"\r", sizes)
    transcript.add(20.0, DEVICE, b"read " + TRACK.data[:5])
    transcript.add(21.0, DEVICE, TRACK.data[5:] + b"\r")
    kept = without(transcript, [], [TRACK])
    assert kept.said(HOST) == b"write \r"
    assert kept.said(DEVICE) == b"read \r"
    assert b"ANNA" not in kept.text().encode()
    assert [line.name for line in kept.lines if isinstance(line, LeftOut)][-1] == "track"


def test_a_part_of_a_stretch_that_was_broken_off_is_left_out_too() -> None:
    broken = b"begin\r" + PANEL.data[:-1]
    assert len(PANEL.data) > LONG
    kept = without(said_in_pieces(broken, [10, 20, 200]), [PANEL])
    assert [line.name for line in kept.lines if isinstance(line, LeftOut)] == [LONG_NAME]
    assert length(kept, HOST) == len(broken)


def test_short_commands_between_stretches_stay() -> None:
    kept = without(said_in_pieces(b"A" + PANEL.data + b"B" + PANEL.data + b"C", []), [PANEL])
    assert kept.lines == [
        Line(0.0, HOST, b"A"), LeftOut(0.0, HOST, 300, "panel Y"), Line(0.0, HOST, b"B"),
        LeftOut(0.0, HOST, 300, "panel Y"), Line(0.0, HOST, b"C"),
    ]  # fmt: skip


def test_what_is_long_stays_only_where_the_card_is_nobodys() -> None:
    transcript = said_in_pieces(bytes(range(256)), [])
    assert without(transcript, []).said(HOST) == b""
    assert without(transcript, [], keep_long=True).said(HOST) == bytes(range(256))


def test_words_in_control_transfers_become_zeros() -> None:
    transcript = Transcript()
    transcript.add_setup(0.0, Control(0x41, 0, 0, 0, data=b"<" + TRACK.data + b">"))
    transcript.add_reading(0.1, b"[" + TRACK.data + b"]")
    text = without(transcript, [], [TRACK]).text()
    assert TRACK.data.hex() not in text
    assert (b"<" + bytes(len(TRACK.data)) + b">").hex() in text
    assert (b"[" + bytes(len(TRACK.data)) + b"]").hex() in text


def test_of_an_unknown_program_only_the_device_is_kept() -> None:
    transcript = said_in_pieces(b"secret words", [6])
    transcript.add(5.0, DEVICE, b"OK\r")
    transcript.add_setup(6.0, Control(0x41, 0, 0, 0, data=b"secret"))
    kept = without_host(transcript)
    assert kept.said(HOST) == b""
    assert kept.said(DEVICE) == b"OK\r"
    assert length(kept, HOST) == 12
    assert b"secret".hex() not in kept.text()
