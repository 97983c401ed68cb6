"""Documents that came compressed: unpacked within limits, or a typed error."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.documents.unpacking import COMPRESSIONS, unpacked
from printserver.errors import CompressionUnsupported, DocumentBroken, DocumentTooLarge


def raw(data: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-15)
    return squeezer.compress(data) + squeezer.flush()


@given(st.binary(max_size=2_000))
def test_what_was_compressed_comes_back(data: bytes) -> None:
    assert unpacked(data, "none") == data
    assert unpacked(gzip.compress(data), "gzip") == data
    assert unpacked(raw(data), "deflate") == data
    assert unpacked(zlib.compress(data), "deflate") == data


@given(st.sampled_from(COMPRESSIONS), st.binary(max_size=200))
def test_any_bytes_end_in_a_document_or_in_a_typed_error(word: str, data: bytes) -> None:
    with suppress(DocumentBroken, DocumentTooLarge):
        assert len(unpacked(data, word, 1_000)) <= 1_000


@given(st.binary(min_size=30, max_size=300), st.data())
def test_a_stream_that_is_cut_or_goes_on_is_broken(data: bytes, draw: st.DataObject) -> None:
    whole = gzip.compress(data)
    cut = draw.draw(st.integers(1, len(whole) - 1))
    for wrong in (whole[:cut], whole + b"more"):
        with pytest.raises(DocumentBroken):
            unpacked(wrong, "gzip")


def test_a_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    with pytest.raises(DocumentTooLarge):
        unpacked(bomb, "gzip", 1_000_000)
    assert len(unpacked(bomb, "gzip", 10_000_000)) == 10_000_000


def test_a_bomb_takes_no_more_memory_than_the_limit() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(DocumentTooLarge):
            unpacked(bomb, "gzip", 1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_another_compression_is_named_with_those_that_are_unpacked() -> None:
    with pytest.raises(CompressionUnsupported) as refused:
        unpacked(b"x", "compress")
    assert (refused.value.where, refused.value.allowed) == ("compression", "none, gzip, deflate")
