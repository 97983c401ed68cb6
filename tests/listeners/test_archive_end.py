"""Where card jobs end: held against archives of zipfile, however the stream is cut."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printserver.documents.cardjob import write_cardjob
from printserver.documents.cardjob.names import Slot
from printserver.errors import DocumentBroken
from printserver.listeners.archive_end import ArchiveScanner
from printserver.listeners.first_bytes import scanner_for
from printserver.model.card import Side
from tests.documents.cardjob_kit import card, patched, piped, zipped

END = b"PK\x05\x06"
# records within a member and within a comment are no records
TRICKY = card(front=zipped(card(front=b"f")), back=END + b"\0" * 18)
ARCHIVES = [
    write_cardjob(b"", {Slot(Side.FRONT): ("png", b"abc")}),
    zipped(TRICKY),
    zipped(TRICKY, zipfile.ZIP_DEFLATED),
    zipped(TRICKY, comment=b"printed with care"),
    zipped(TRICKY, comment=END + b"\0" * 18 + b"PK\x03\x04"),
]
PIPED = piped(TRICKY)


def fed(scanner: ArchiveScanner, data: bytes, sizes: list[int]) -> int | None:
    """Feed data cut into pieces of the given sizes, over and over; return where the archive ended."""
    at, turn = 0, 0
    while at < len(data):
        piece = data[at : at + sizes[turn % len(sizes)]]
        end = scanner.feed(piece)
        if end is not None:
            return at + end
        at, turn = at + len(piece), turn + 1
    return None


@pytest.mark.parametrize("sizes", [[1], [3], [22, 46, 30], [10**6]])
@pytest.mark.parametrize("data", ARCHIVES)
def test_an_archive_ends_with_its_end_record_and_comment(data: bytes, sizes: list[int]) -> None:
    assert fed(ArchiveScanner(), data + b"\r\nPK\x05\x06 trailing", sizes) == len(data)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ARCHIVES), st.lists(st.integers(1, 100), min_size=1, max_size=8), st.binary(max_size=40))
def test_the_end_does_not_depend_on_the_cut(data: bytes, sizes: list[int], trailing: bytes) -> None:
    assert fed(ArchiveScanner(), data + trailing, sizes) == len(data)


@pytest.mark.parametrize("data", ARCHIVES)
def test_no_shorter_archive_has_an_end_by_itself_or_by_closing(data: bytes) -> None:
    for length in range(4, len(data)):
        scanner = ArchiveScanner()
        assert scanner.feed(data[:length]) is None
        assert not scanner.ends_by_closing()


@pytest.mark.parametrize("sizes", [[1], [7], [10**6]])
@pytest.mark.parametrize("comment", [b"", b"a comment", END + b"\0" * 18])
def test_an_archive_out_of_a_pipe_ends_when_its_sender_closes_after_its_end_record(
    sizes: list[int], comment: bytes
) -> None:
    data = patched(PIPED, END, 20, "<H", len(comment), nth=PIPED.count(END) - 1) + comment
    scanner = ArchiveScanner()
    assert fed(scanner, data, sizes) is None
    assert scanner.ends_by_closing()


def test_an_archive_out_of_a_pipe_that_stops_elsewhere_is_not_whole() -> None:
    for data in (*(PIPED[:length] for length in range(4, len(PIPED))), PIPED + b"x", PIPED + PIPED[-22:]):
        scanner = ArchiveScanner()
        scanner.feed(data)
        assert not scanner.ends_by_closing()


def test_the_end_record_must_stand_where_it_says() -> None:
    scanner = ArchiveScanner()
    scanner.feed(patched(PIPED, END, 16, "<I", 1, nth=PIPED.count(END) - 1))
    assert not scanner.ends_by_closing()


def test_a_long_archive_out_of_a_pipe_keeps_only_its_tail() -> None:
    data = piped({"job.toml": b"", "front.png": bytes(range(256)) * 2000})
    scanner = ArchiveScanner()
    assert fed(scanner, data * 1, [5000]) is None
    assert scanner.ends_by_closing()


@pytest.mark.parametrize("record", [b"PK\x06\x06", b"PK\x08\x08", b"xxxx"])
def test_records_that_do_not_follow_each_other_are_broken(record: bytes) -> None:
    data = ARCHIVES[0]
    with pytest.raises(DocumentBroken):
        ArchiveScanner().feed(data[: data.index(b"PK\x01\x02")] + record)


def test_a_card_job_is_known_as_soon_as_its_first_bytes_are_there() -> None:
    assert [scanner_for(b"PK\x03\x04"[:count]) for count in (1, 2, 3)] == [None] * 3
    assert isinstance(scanner_for(b"PK\x03\x04"), ArchiveScanner)


@given(st.binary(max_size=200), st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_anything_after_the_first_bytes_ends_goes_on_or_is_broken_however_it_is_cut(
    data: bytes, sizes: list[int]
) -> None:
    results: list[int | None] = []
    for cut in (sizes, [10**6]):
        try:
            results.append(fed(ArchiveScanner(), ARCHIVES[0][:60] + data, cut))
        except DocumentBroken:
            results.append(-1)
    assert results[0] == results[1]
