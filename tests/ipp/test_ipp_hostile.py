"""Hostile and broken messages: each is refused with the right status, within its limits, and the request id is kept."""
from __future__ import annotations

import pytest

from printserver.ipp import (
    CharsetNotSupported,
    GroupTag,
    IppError,
    Limits,
    MalformedMessage,
    Message,
    MessageParser,
    MessageTooLarge,
    Operation,
    Status,
    VersionNotSupported,
    build,
    encode,
    parse,
)

HEADER = b"\x02\x00\x00\x0b\x00\x00\x00\x2a"
REQUEST_ID = 0x2A

BROKEN = {
    "a value before any group": b"\x21\x00\x01a\x00\x04\x00\x00\x00\x01\x03",
    "the reserved group tag 0": b"\x00\x03",
    "a nameless first value": b"\x01\x21\x00\x00\x00\x04\x00\x00\x00\x01\x03",
    "a negative name length": b"\x01\x21\xff\xff",
    "a negative value length": b"\x01\x21\x00\x01a\x80\x00",
    "a short integer": b"\x01\x21\x00\x01a\x00\x03\x00\x00\x00\x03",
    "an empty integer": b"\x01\x21\x00\x01a\x00\x00\x03",
    "a short enum": b"\x01\x23\x00\x01a\x00\x01\x00\x03",
    "a boolean of 2": b"\x01\x22\x00\x01a\x00\x01\x02\x03",
    "an empty boolean": b"\x01\x22\x00\x01a\x00\x00\x03",
    "a short range": b"\x01\x33\x00\x01a\x00\x04\x00\x00\x00\x01\x03",
    "a short resolution": b"\x01\x32\x00\x01a\x00\x08\x00\x00\x00\x01\x00\x00\x00\x01\x03",
    "a short dateTime": b"\x01\x31\x00\x01a\x00\x08\x07\xc8\x05\x1a\x0d\x1e\x0f\x00\x03",
    "a thirteenth month": b"\x01\x31\x00\x01a\x00\x0b\x07\xc8\x0d\x1a\x0d\x1e\x0f\x00\x2d\x04\x00\x03",
    "the year 0": b"\x01\x31\x00\x01a\x00\x0b\x00\x00\x01\x01\x00\x00\x00\x00\x2b\x00\x00\x03",
    "a sign that is none": b"\x01\x31\x00\x01a\x00\x0b\x07\xc8\x05\x1a\x0d\x1e\x0f\x00\x20\x04\x00\x03",
    "an offset of 15 hours": b"\x01\x31\x00\x01a\x00\x0b\x07\xc8\x05\x1a\x0d\x1e\x0f\x00\x2b\x0f\x00\x03",
    "a value for no-value": b"\x01\x13\x00\x01a\x00\x01x\x03",
    "text that is not UTF-8": b"\x01\x41\x00\x01a\x00\x01\xff\x03",
    "a name that is not UTF-8": b"\x01\x41\x00\x01\xff\x00\x01x\x03",
    "a language longer than its value": b"\x01\x35\x00\x01a\x00\x04\x00\x09en\x03",
    "a language without text": b"\x01\x35\x00\x01a\x00\x04\x00\x02en\x03",
    "bytes after a text with language": b"\x01\x35\x00\x01a\x00\x07\x00\x01e\x00\x01xy\x03",
    "an empty text with language": b"\x01\x36\x00\x01a\x00\x00\x03",
    "an extension tag without its tag": b"\x01\x7f\x00\x01a\x00\x03\x40\x00\x00\x03",
    "an end of no collection": b"\x01\x37\x00\x00\x00\x00\x03",
    "a member of no collection": b"\x01\x4a\x00\x00\x00\x01b\x03",
    "a named member tag outside": b"\x01\x4a\x00\x01a\x00\x01b\x03",
    "a collection left open": b"\x01\x34\x00\x01a\x00\x00\x03",
    "a collection cut by a group": b"\x01\x34\x00\x01a\x00\x00\x02\x03",
    "a member without a value": b"\x01\x34\x00\x01a\x00\x00\x4a\x00\x00\x00\x01b\x37\x00\x00\x00\x00\x03",
    "a value without a member": b"\x01\x34\x00\x01a\x00\x00\x21\x00\x00\x00\x04\x00\x00\x00\x01",
    "a named value in a collection": b"\x01\x34\x00\x01a\x00\x00\x4a\x00\x00\x00\x01b\x13\x00\x01c\x00\x00",
    "a member with an empty name": b"\x01\x34\x00\x01a\x00\x00\x4a\x00\x00\x00\x00",
    "bytes in a collection's begin": b"\x01\x34\x00\x01a\x00\x01x",
    "bytes in a collection's end": b"\x01\x34\x00\x01a\x00\x00\x37\x00\x00\x00\x01x",
    "a collection inside no member": b"\x01\x34\x00\x01a\x00\x00\x34\x00\x00\x00\x00",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_message_is_a_bad_request(case: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        parse(HEADER + BROKEN[case])
    assert caught.value.status == Status.BAD_REQUEST
    assert (caught.value.request_id, caught.value.version) == (REQUEST_ID, (2, 0))
    # The fault itself was found, not merely the end of the bytes missed.
    assert "ends before" not in caught.value.message


def test_a_fault_names_its_attribute() -> None:
    with pytest.raises(MalformedMessage, match=r"^copies: an integer has 1 bytes \(allowed: 4\)$"):
        parse(HEADER + b"\x02\x21\x00\x06copies\x00\x01\x14\x03")


def test_a_message_that_stops_early_is_a_bad_request() -> None:
    data = encode(build.request(Operation.GET_JOBS, "ipp://host/ipp/print", request_id=REQUEST_ID))
    for end in range(len(data)):
        parser = MessageParser()
        assert parser.feed(data[:end]) is None
        with pytest.raises(MalformedMessage, match="ends before") as caught:
            parser.finish()
        assert caught.value.request_id == (REQUEST_ID if end >= 8 else None)


@pytest.mark.parametrize("version", [b"\x00\x00", b"\x00\x01", b"\x03\x00", b"\xff\xff"])
def test_a_foreign_version_is_refused_at_the_header(version: bytes) -> None:
    with pytest.raises(VersionNotSupported) as caught:
        MessageParser().feed(version + HEADER[2:])
    assert caught.value.status == Status.VERSION_NOT_SUPPORTED
    assert caught.value.request_id == REQUEST_ID


def test_a_foreign_charset_is_told_before_its_text_is_read() -> None:
    latin = (HEADER + b"\x01\x47\x00\x12attributes-charset\x00\x0aiso-8859-1"
             b"\x48\x00\x1battributes-natural-language\x00\x02de\x42\x00\x08job-name\x00\x01\xfc\x03")
    with pytest.raises(CharsetNotSupported, match="iso-8859-1") as caught:
        parse(latin)
    assert caught.value.status == Status.CHARSET_NOT_SUPPORTED
    assert caught.value.request_id == REQUEST_ID


def test_a_charset_of_the_printer_group_is_only_an_attribute() -> None:
    message = Message((2, 0), 0, 1, (build.printer_group(build.charset("attributes-charset", "iso-8859-1")),))
    assert parse(encode(message)) == (message, b"")


def test_an_error_stays_with_the_parser() -> None:
    parser = MessageParser()
    for _ in range(2):
        with pytest.raises(MalformedMessage, match="begins no group"):
            parser.feed(HEADER + b"\x00")
    with pytest.raises(MalformedMessage, match="begins no group"):
        parser.finish()


def nested(depth: int) -> bytes:
    opening = b"\x34\x00\x01a\x00\x00" + b"\x4a\x00\x00\x00\x01b\x34\x00\x00\x00\x00" * (depth - 1)
    return HEADER + b"\x02" + opening + b"\x37\x00\x00\x00\x00" * depth + b"\x03"


def test_collections_are_nested_to_a_limit() -> None:
    parse(nested(8))
    with pytest.raises(MessageTooLarge, match="nested too deep"):
        parse(nested(9))
    with pytest.raises(MessageTooLarge, match="nested too deep"):
        parse(nested(50_000))


def integers(attributes: int, values: int) -> bytes:
    """A message of so many attributes with so many values each."""
    group = build.job_group(*(build.integer(f"a{n}", *range(values)) for n in range(attributes)))
    return encode(Message((2, 0), 0, 1, (group,)))


@pytest.mark.parametrize(("limits", "what"), [
    (Limits(attributes=2), "too many attributes"),
    (Limits(values=11), "too many values"),
    (Limits(total_bytes=60), "too many bytes"),
    (Limits(name_length=1), "a name of 2 bytes"),
    (Limits(value_length=3), "a value of 4 bytes"),
])
def test_each_limit_holds(limits: Limits, what: str) -> None:
    data = integers(3, 4)
    parse(data)
    with pytest.raises(MessageTooLarge, match=what) as caught:
        parse(data, limits)
    assert caught.value.status == Status.REQUEST_ENTITY_TOO_LARGE


def test_a_limit_is_reached_and_not_passed() -> None:
    data = integers(3, 4)
    parse(data, Limits(total_bytes=len(data), attributes=3, values=12, name_length=2, value_length=4, depth=0))


def test_members_count_as_attributes_and_values() -> None:
    member = b"\x4a\x00\x00\x00\x01b\x13\x00\x00\x00\x00"
    data = HEADER + b"\x02\x34\x00\x01a\x00\x00" + member * 10 + b"\x37\x00\x00\x00\x00\x03"
    parse(data, Limits(attributes=11, values=11))
    with pytest.raises(MessageTooLarge):
        parse(data, Limits(attributes=10))
    with pytest.raises(MessageTooLarge):
        parse(data, Limits(values=10))


def test_a_long_value_is_refused_before_it_arrives() -> None:
    parser = MessageParser(Limits(total_bytes=100))
    with pytest.raises(MessageTooLarge):
        parser.feed(HEADER + b"\x01\x41\x00\x01a\x7f\xff")


def test_a_document_of_any_size_is_no_attribute() -> None:
    message, document = parse(HEADER + b"\x03" + bytes(5_000_000))
    assert message.groups == ()
    assert len(document) == 5_000_000


@pytest.mark.parametrize("garbage", [b"", b"GET / HTTP/1.1", HEADER + b"\x00", b"\x09" + HEADER[1:]])
def test_the_answer_to_garbage_can_be_sent(garbage: bytes) -> None:
    with pytest.raises(IppError) as caught:
        parse(garbage)
    answer, _ = parse(encode(build.refusal(caught.value)))
    assert answer.code == caught.value.status
    assert answer.request_id == (caught.value.request_id or 0)
    assert answer.get("status-message", GroupTag.OPERATION) is not None
