"""Any message goes out and comes back the same; any bytes end in a message or in a typed error."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.ipp import (
    Attribute,
    Boolean,
    Collection,
    DateTime,
    Enum,
    Group,
    Integer,
    IppError,
    LocalizedString,
    Message,
    MessageParser,
    NotEncodable,
    OctetString,
    Opaque,
    Operation,
    OutOfBand,
    Range,
    Resolution,
    String,
    Value,
    ValueTag,
    build,
    encode,
    parse,
)
from printserver.ipp.tags import OUT_OF_BAND, STRINGS, WITH_LANGUAGE

int32 = st.integers(-2**31, 2**31 - 1)
words = st.text(st.characters(codec="utf-8"), max_size=40)
names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=30)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.builds(
    lambda moment, tenth, zone: moment.replace(microsecond=tenth * 100_000, tzinfo=zone),
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), st.integers(0, 9), offsets)
known_tags = frozenset(int(tag) for tag in ValueTag)
unknown_tags = st.integers(0x10, 0xFF).filter(lambda tag: tag not in known_tags)

simple_values: st.SearchStrategy[Value] = st.one_of(
    st.builds(Integer, int32), st.builds(Enum, int32), st.builds(Boolean, st.booleans()),
    st.builds(OctetString, st.binary(max_size=40)), st.builds(DateTime, moments),
    st.builds(Resolution, int32, int32, st.integers(-128, 127)), st.builds(Range, int32, int32),
    st.builds(String, st.sampled_from(sorted(STRINGS)), words),
    st.builds(LocalizedString, st.sampled_from(sorted(WITH_LANGUAGE)), words, words),
    st.builds(OutOfBand, st.sampled_from(sorted(OUT_OF_BAND))),
    st.builds(Opaque, unknown_tags, st.binary(max_size=40)),
    st.builds(Opaque, st.just(0x7F), st.binary(min_size=4, max_size=40)),
)


def attributes_of(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Attribute]:
    return st.builds(Attribute, names, st.lists(values, min_size=1, max_size=3).map(tuple))


values = st.recursive(
    simple_values,
    lambda inner: st.builds(Collection, st.lists(attributes_of(inner), max_size=3).map(tuple)), max_leaves=8)
group_tags = st.sampled_from([1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
groups = st.builds(Group, group_tags, st.lists(attributes_of(values), max_size=4).map(tuple))
messages = st.builds(
    Message, st.tuples(st.sampled_from([1, 2]), st.integers(0, 255)), st.integers(0, 0xFFFF), int32,
    st.lists(groups, max_size=4).map(tuple))


@given(messages, st.binary(max_size=30))
def test_a_message_comes_back_as_it_went(message: Message, document: bytes) -> None:
    assert parse(encode(message) + document) == (message, document)


@given(messages, st.binary(max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any))
def test_any_cutting_into_chunks_gives_the_same(message: Message, document: bytes, sizes: list[int]) -> None:
    data = encode(message) + document
    parser, read = MessageParser(), b""
    for size in cycle(sizes):
        chunk, data = data[:size], data[size:]
        if parser.feed(chunk) is not None:
            read += parser.rest
        if not data:
            break
    assert parser.finish() == message
    assert read == document


def test_one_byte_at_a_time() -> None:
    data = encode(build.request(Operation.PRINT_JOB, "ipp://host/ipp/print", user="alice"))
    parser = MessageParser()
    whole = [parser.feed(data[index:index + 1]) is not None for index in range(len(data))]
    assert whole.index(True) == len(data) - 1
    assert encode(parser.finish()) == data


@given(messages, st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4),
       st.sampled_from(["replace", "insert", "delete", "cut"]))
def test_damaged_bytes_end_in_a_value_or_a_typed_error(
        message: Message, edits: list[tuple[int, int]], how: str) -> None:
    data = bytearray(encode(message))
    for place, byte in edits:
        at = place % (len(data) or 1)
        match how:
            case "replace":
                data[at:at + 1] = bytes([byte])
            case "insert":
                data[at:at] = bytes([byte])
            case "delete":
                del data[at:at + 1]
            case _:
                del data[at:]
    survives(bytes(data))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_end_in_a_value_or_a_typed_error(data: bytes) -> None:
    survives(data)
    survives(b"\x02\x00\x00\x02\x00\x00\x00\x01\x01" + data)


def survives(data: bytes) -> None:
    """Parse hostile bytes: a typed error is well, and a message must be able to go out again."""
    try:
        message, rest = parse(data)
    except IppError:
        return
    assert parse(encode(message) + rest) == (message, rest)


@pytest.mark.parametrize("wrong", [
    build.integer("a", 2**31),
    build.range_of("a", (0, -2**31 - 1)),
    build.resolution("a", (2**31, 1)),
    build.keyword("a"),
    build.keyword("", "b"),
    build.text("a", "x" * 0x8000),
    build.name("a", "\ud800"),
    build.keyword("a" * 0x8000, "b"),
    build.date_time("a", datetime(2026, 1, 1)),
    build.date_time("a", datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=1)))),
    build.date_time("a", datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=15)))),
    build.collection("a", build.members(build.keyword("b"))),
    Attribute("a", (Opaque(0x37, b""),)),
    Attribute("a", (Opaque(0x05, b""),)),
    Attribute("a", (Opaque(0x100, b""),)),
    Attribute("a", (LocalizedString(ValueTag.TEXT_WITH_LANGUAGE, "en", "x" * 0x8000),)),
], ids=lambda attribute: repr(attribute)[:60])
def test_what_has_no_bytes_is_refused(wrong: Attribute) -> None:
    with pytest.raises(NotEncodable):
        encode(Message((2, 0), 0, 1, (build.job_group(wrong),)))


@pytest.mark.parametrize("message", [
    Message((2, 0), 0x10000, 1), Message((256, 0), 0, 1), Message((2, 0), 0, 2**31),
    Message((2, 0), 0, 1, (Group(0x03),)), Message((2, 0), 0, 1, (Group(0x00),)), Message((2, 0), 0, 1, (Group(0x21),)),
])
def test_an_impossible_header_or_group_is_refused(message: Message) -> None:
    with pytest.raises(NotEncodable):
        encode(message)


def test_a_collection_without_bottom_is_refused() -> None:
    deep = Collection()
    for _ in range(100):
        deep = Collection((Attribute("a", (deep,)),))
    with pytest.raises(NotEncodable, match="too deep"):
        encode(Message((2, 0), 0, 1, (build.job_group(Attribute("a", (deep,))),)))


def test_moments_keep_their_offset() -> None:
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    message, _ = parse(encode(Message((2, 0), 0, 1, (build.job_group(build.date_time("a", moment)),))))
    attribute = message.get("a")
    assert attribute is not None
    assert attribute.value == DateTime(moment)
