"""Framers: the same messages however the bytes are cut up, and no exception whatever the bytes are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.dialogue import Framer, fixed, json_to_end, line, one_of, until

FRAMERS = {
    "until": until(b"\r\n", limit=8),
    "line": line(limit=8),
    "fixed": fixed(3),
    "json": json_to_end(limit=24),
    "line or three": one_of(line(limit=8), fixed(12)),
}
# Bytes that mean something to one of the framers, so that the interesting cuts come often.
TALK = st.lists(st.sampled_from([b"\r", b"\n", b"{", b"}", b'"a"', b":", b"1", b" ", b"x", b"\xff", b"\xc3\xa9"])).map(
    b"".join
)


def messages(framer: Framer, chunks: Iterable[bytes]) -> list[bytes]:
    """Frame everything as the runner does: after each piece as often as it yields, and once at the end."""
    buffer, found = b"", []
    for chunk, ended in [*((chunk, False) for chunk in chunks), (b"", True)]:
        buffer += chunk
        while (framed := framer(buffer, ended)) is not None:
            found.append(framed.message)
            assert 0 < framed.used <= len(buffer)
            buffer = buffer[framed.used :]
    assert buffer == b"", "the link's end left bytes behind"
    return found


@pytest.mark.parametrize("name", FRAMERS)
@given(data=TALK, cuts=st.lists(st.integers(0, 40)))
def test_messages_do_not_depend_on_the_pieces(name: str, data: bytes, cuts: list[int]) -> None:
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert messages(FRAMERS[name], pieces) == messages(FRAMERS[name], [data])


@pytest.mark.parametrize("name", FRAMERS)
@given(data=st.binary(max_size=60), ended=st.booleans())
def test_a_framer_never_raises_and_never_uses_more_than_there_is(name: str, data: bytes, ended: bool) -> None:
    framed = FRAMERS[name](data, ended)
    if framed is not None:
        assert 0 < framed.used <= len(data)
        assert len(framed.message) <= framed.used


def test_lines_lose_their_end_and_nothing_else() -> None:
    assert messages(line(), [b"OK\r\nNO CARD\n\r\nlast"]) == [b"OK", b"NO CARD", b"", b"last"]


def test_a_message_without_an_end_is_cut_at_the_limit() -> None:
    assert messages(until(b"\0", limit=4), [b"abcdefgh\0"]) == [b"abcd", b"efgh", b""]


@given(st.lists(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=4), max_size=3), max_size=3))
def test_json_objects_are_found_one_by_one(objects: list[dict[str, int | str]]) -> None:
    stream = b"\n".join(json.dumps(each, ensure_ascii=False).encode("utf-8", "surrogatepass") for each in objects)
    found = [json.loads(message.decode("utf-8", "surrogatepass")) for message in messages(json_to_end(), [stream])]
    assert found == objects


def test_a_number_is_not_whole_before_the_end() -> None:
    assert messages(json_to_end(), [b"1", b"2"]) == [b"12"]


def test_a_device_that_nests_without_end_does_not_break_the_framer() -> None:
    hostile = b'{"a":' * 100_000 + b"}"
    assert json_to_end()(hostile, False) is None
