"""The examples of RFC 8010 Appendix A, byte for byte, both ways.

A.7 is given with the job-attributes tag that its table leaves out, although its text puts media-col into the job.
"""
from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from printserver.ipp import (
    Attribute,
    DateTime,
    Group,
    GroupTag,
    LocalizedString,
    Message,
    Opaque,
    Operation,
    OutOfBand,
    Status,
    ValueTag,
    build,
    encode,
    parse,
    plain_attributes,
)

PINETREE = "ipp://printer.example.com/ipp/print/pinetree"
HEAD = (
    b"\x01"
    b"\x47\x00\x12attributes-charset\x00\x05utf-8"
    b"\x48\x00\x1battributes-natural-language\x00\x05en-us"
)
TO_PINETREE = HEAD + b"\x45\x00\x0bprinter-uri\x00\x2cipp://printer.example.com/ipp/print/pinetree"

PRINT_JOB = (
    b"\x01\x01\x00\x02\x00\x00\x00\x01" + TO_PINETREE
    + b"\x42\x00\x08job-name\x00\x06foobar"
      b"\x22\x00\x16ipp-attribute-fidelity\x00\x01\x01"
      b"\x02"
      b"\x21\x00\x06copies\x00\x04\x00\x00\x00\x14"
      b"\x44\x00\x05sides\x00\x13two-sided-long-edge"
      b"\x03"
)
PRINTED = (
    b"\x01\x01\x00\x00\x00\x00\x00\x01" + HEAD
    + b"\x41\x00\x0estatus-message\x00\x0dsuccessful-ok"
      b"\x02"
      b"\x21\x00\x06job-id\x00\x04\x00\x00\x00\x93"
      b"\x45\x00\x07job-uri\x00\x30ipp://printer.example.com/ipp/print/pinetree/147"
      b"\x23\x00\x09job-state\x00\x04\x00\x00\x00\x03"
      b"\x03"
)
REFUSED = (
    b"\x01\x01\x04\x0b\x00\x00\x00\x01" + HEAD
    + b"\x41\x00\x0estatus-message\x00\x2fclient-error-attributes-or-values-not-supported"
      b"\x05"
      b"\x21\x00\x06copies\x00\x04\x00\x00\x00\x14"
      b"\x10\x00\x05sides\x00\x00"
      b"\x03"
)
CREATE_JOB_WITH_MEDIA = (
    b"\x01\x01\x00\x05\x00\x00\x00\x01" + TO_PINETREE
    + b"\x02"
      b"\x34\x00\x09media-col\x00\x00"
      b"\x4a\x00\x00\x00\x0amedia-size"
      b"\x34\x00\x00\x00\x00"
      b"\x4a\x00\x00\x00\x0bx-dimension\x21\x00\x00\x00\x04\x00\x00\x52\x08"
      b"\x4a\x00\x00\x00\x0by-dimension\x21\x00\x00\x00\x04\x00\x00\x74\x04"
      b"\x37\x00\x00\x00\x00"
      b"\x4a\x00\x00\x00\x0amedia-type\x44\x00\x00\x00\x0astationery"
      b"\x37\x00\x00\x00\x00"
      b"\x03"
)
GET_JOBS = (
    b"\x01\x01\x00\x0a\x00\x00\x00\x7b" + TO_PINETREE
    + b"\x21\x00\x05limit\x00\x04\x00\x00\x00\x32"
      b"\x44\x00\x14requested-attributes\x00\x06job-id"
      b"\x44\x00\x00\x00\x08job-name"
      b"\x44\x00\x00\x00\x0fdocument-format"
      b"\x03"
)
THREE_JOBS = (
    b"\x01\x01\x00\x00\x00\x00\x00\x7b" + HEAD
    + b"\x41\x00\x0estatus-message\x00\x0dsuccessful-ok"
      b"\x02"
      b"\x21\x00\x06job-id\x00\x04\x00\x00\x00\x93"
      b"\x36\x00\x08job-name\x00\x0c\x00\x05fr-ca\x00\x03fou"
      b"\x02"
      b"\x02"
      b"\x21\x00\x06job-id\x00\x04\x00\x00\x00\x95"
      b"\x36\x00\x08job-name\x00\x12\x00\x05de-CH\x00\x09isch guet"
      b"\x03"
)


def answer(status: Status, request_id: int, *groups: Group) -> Message:
    asked = Message((1, 1), 0, request_id)
    return build.response(asked, status, *groups, message=status.keyword, language="en-us")


def asked(operation: Operation, *attributes: Attribute, job: tuple[Attribute, ...] = (), number: int = 1) -> Message:
    return build.request(operation, PINETREE, *attributes, job=job, version=(1, 1), language="en-us", request_id=number)


MEDIA = build.collection("media-col", build.members(
    build.collection("media-size", build.members(
        build.integer("x-dimension", 21000), build.integer("y-dimension", 29700))),
    build.keyword("media-type", "stationery")))

EXAMPLES = {
    "A.1 Print-Job request": (PRINT_JOB, asked(
        Operation.PRINT_JOB, build.name("job-name", "foobar"), build.boolean("ipp-attribute-fidelity", True),
        job=(build.integer("copies", 20), build.keyword("sides", "two-sided-long-edge")))),
    "A.2 Print-Job succeeded": (PRINTED, answer(Status.OK, 1, build.job_group(
        build.integer("job-id", 147), build.uri("job-uri", PINETREE + "/147"), build.enum("job-state", 3)))),
    "A.3 Print-Job failed": (REFUSED, answer(
        Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, 1,
        build.unsupported_group(build.integer("copies", 20), build.unsupported("sides")))),
    "A.6 Create-Job request": (
        b"\x01\x01\x00\x05\x00\x00\x00\x01" + TO_PINETREE + b"\x03", asked(Operation.CREATE_JOB)),
    "A.7 Create-Job with a collection": (CREATE_JOB_WITH_MEDIA, asked(Operation.CREATE_JOB, job=(MEDIA,))),
    "A.8 Get-Jobs request": (GET_JOBS, asked(
        Operation.GET_JOBS, build.integer("limit", 50),
        build.keyword("requested-attributes", "job-id", "job-name", "document-format"), number=123)),
    "A.9 Get-Jobs answer": (THREE_JOBS, answer(
        Status.OK, 123,
        build.job_group(build.integer("job-id", 147), Attribute("job-name", (
            LocalizedString(ValueTag.NAME_WITH_LANGUAGE, "fr-ca", "fou"),))),
        build.job_group(),
        build.job_group(build.integer("job-id", 149), Attribute("job-name", (
            LocalizedString(ValueTag.NAME_WITH_LANGUAGE, "de-CH", "isch guet"),))))),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_standard_s_example_is_read(example: str) -> None:
    data, message = EXAMPLES[example]
    assert parse(data) == (message, b"")


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_standard_s_example_is_written(example: str) -> None:
    data, message = EXAMPLES[example]
    assert encode(message) == data


def test_the_document_follows_the_attributes_untouched() -> None:
    message, document = parse(PRINT_JOB + b"%!PDF...\x03\x01")
    assert message.code == Operation.PRINT_JOB
    assert document == b"%!PDF...\x03\x01"


def test_each_job_of_an_answer_has_its_own_group() -> None:
    message, _ = parse(THREE_JOBS)
    jobs = [plain_attributes(group) for group in message.groups_of(GroupTag.JOB)]
    assert jobs == [{"job-id": [147], "job-name": ["fou"]}, {}, {"job-id": [149], "job-name": ["isch guet"]}]


def test_a_collection_reads_as_nested_names() -> None:
    message, _ = parse(CREATE_JOB_WITH_MEDIA)
    assert plain_attributes(message.group(GroupTag.JOB)) == {"media-col": [{
        "media-size": [{"x-dimension": [21000], "y-dimension": [29700]}], "media-type": ["stationery"]}]}


def one_value(tag: int, value: bytes) -> bytes:
    """An answer with a printer attribute `a` of one value."""
    return (b"\x02\x00\x00\x00\x00\x00\x00\x01" + HEAD + b"\x04" + bytes([tag]) + b"\x00\x01a"
            + len(value).to_bytes(2, "big") + value + b"\x03")


# RFC 2579 DateAndTime gives this very moment as its example: Tuesday May 26, 1992 at 1:30:15 PM EDT.
EASTERN = datetime(1992, 5, 26, 13, 30, 15, tzinfo=timezone(timedelta(hours=-4)))
VALUES = {
    "a negative integer": (0x21, b"\xff\xff\xff\xfe", build.integer("a", -2)),
    "an enum": (0x23, b"\x00\x00\x00\x05", build.enum("a", 5)),
    "false": (0x22, b"\x00", build.boolean("a", False)),
    "octets": (0x30, b"\x00\xff", build.octets("a", b"\x00\xff")),
    "a moment west of UTC": (0x31, b"\x07\xc8\x05\x1a\x0d\x1e\x0f\x00\x2d\x04\x00", build.date_time("a", EASTERN)),
    "a tenth of a second": (0x31, b"\x07\xea\x0b\x16\x00\x00\x01\x09\x2b\x00\x00", build.date_time(
        "a", datetime(2026, 11, 22, 0, 0, 1, 900_000, tzinfo=UTC))),
    "300 dpi": (0x32, b"\x00\x00\x01\x2c\x00\x00\x01\x2c\x03", build.resolution("a", (300, 300))),
    "1 to 3": (0x33, b"\x00\x00\x00\x01\x00\x00\x00\x03", build.range_of("a", (1, 3))),
    "a text with language": (0x35, b"\x00\x02id\x00\x05kartu", Attribute(
        "a", (LocalizedString(ValueTag.TEXT_WITH_LANGUAGE, "id", "kartu"),))),
    "an Arabic name": (0x42, b"\xd8\xa8\xd8\xb7\xd8\xa7\xd9\x82\xd8\xa9", build.name("a", "بطاقة")),
    "no value": (0x13, b"", build.no_value("a")),
    "unknown": (0x12, b"", build.unknown("a")),
    "not settable": (0x15, b"", Attribute("a", (OutOfBand(ValueTag.NOT_SETTABLE),))),
    "delete attribute": (0x16, b"", Attribute("a", (OutOfBand(ValueTag.DELETE_ATTRIBUTE),))),
    "admin define": (0x17, b"", Attribute("a", (OutOfBand(ValueTag.ADMIN_DEFINE),))),
    "a URI scheme": (0x46, b"ipps", build.uri_scheme("a", "ipps")),
    "a media type": (0x49, b"image/png", build.mime_type("a", "image/png")),
    "a tag nobody registered": (0x2F, b"\x01\x02", Attribute("a", (Opaque(0x2F, b"\x01\x02"),))),
    "an extension tag": (0x7F, b"\x40\x00\x00\x01x", Attribute("a", (Opaque(0x7F, b"\x40\x00\x00\x01x"),))),
}


@pytest.mark.parametrize("case", VALUES)
def test_each_syntax_has_its_bytes(case: str) -> None:
    tag, data, attribute = VALUES[case]
    message, _ = parse(one_value(tag, data))
    assert message.group(GroupTag.PRINTER).attributes == (attribute,)
    assert encode(message) == one_value(tag, data)


def test_a_leap_second_reads_as_the_second_before_it() -> None:
    message, _ = parse(one_value(0x31, b"\x07\xe0\x0c\x1f\x17\x3b\x3c\x00\x2b\x00\x00"))
    attribute = message.get("a")
    assert attribute is not None
    assert attribute.value == DateTime(datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize(("status", "keyword"), [
    (Status.OK, "successful-ok"),
    (Status.OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES, "successful-ok-ignored-or-substituted-attributes"),
    (Status.BAD_REQUEST, "client-error-bad-request"),
    (Status.INTERNAL_ERROR, "server-error-internal-error"),
    (Status.VERSION_NOT_SUPPORTED, "server-error-version-not-supported"),
])
def test_a_status_is_spelled_as_the_standard_spells_it(status: Status, keyword: str) -> None:
    assert status.keyword == keyword
