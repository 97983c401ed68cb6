"""Which requests are valid (RFC 8011 section 4.1), and what is told when one is not."""
from __future__ import annotations

from dataclasses import replace

import pytest

from printserver.ipp import (
    ON_A_JOB,
    WITHOUT_TARGET,
    Attribute,
    CharsetNotSupported,
    Group,
    GroupTag,
    InvalidRequest,
    LocalizedString,
    Message,
    Operation,
    OperationNotSupported,
    OutOfBand,
    Status,
    String,
    Target,
    ValueTag,
    ValueTooLong,
    build,
    check_request,
    encode,
    parse,
)
from printserver.ipp.syntax import JOB_ATTRIBUTES, OPERATION_ATTRIBUTES, read_syntax

PRINTER = "ipp://127.0.0.1:8631/ipp/print/card"
CHARSET = build.charset("attributes-charset", "utf-8")
LANGUAGE = build.natural_language("attributes-natural-language", "en")
URI = build.uri("printer-uri", PRINTER)


def message(*attributes: Attribute, groups: tuple[Group, ...] = (),
            operation: int = Operation.PRINT_JOB, request_id: int = 7) -> Message:
    return Message((2, 0), operation, request_id, (Group(GroupTag.OPERATION, attributes), *groups))


def test_a_print_request_says_what_and_where() -> None:
    sent = build.request(Operation.PRINT_JOB, PRINTER, build.name("job-name", "badge"), user="alice",
                         job=(build.integer("copies", 2), build.keyword("sides", "one-sided")), request_id=9)
    request = check_request(parse(encode(sent))[0])
    assert request.operation is Operation.PRINT_JOB
    assert request.target == Target(printer_uri=PRINTER)
    assert request.misfits == ()
    assert [attribute.name for attribute in request.operation_attributes.attributes] == [
        "attributes-charset", "attributes-natural-language", "printer-uri", "requesting-user-name", "job-name"]
    assert "copies" in request.job_attributes


def test_a_job_is_named_by_its_number_or_its_uri() -> None:
    by_number = build.request(Operation.CANCEL_JOB, PRINTER, job_id=12)
    assert check_request(by_number).target == Target(PRINTER, 12)
    by_uri = message(CHARSET, LANGUAGE, build.uri("job-uri", PRINTER + "/12"), operation=Operation.CANCEL_JOB)
    assert check_request(by_uri).target == Target(job_uri=PRINTER + "/12")


@pytest.mark.parametrize("operation", sorted(set(Operation) - WITHOUT_TARGET))
def test_every_operation_needs_its_target(operation: Operation) -> None:
    with pytest.raises(InvalidRequest, match="names no"):
        check_request(message(CHARSET, LANGUAGE, operation=operation))
    job = (build.integer("job-id", 1),) if operation in ON_A_JOB else ()
    assert check_request(message(CHARSET, LANGUAGE, URI, *job, operation=operation)).operation is operation


@pytest.mark.parametrize("operation", sorted(WITHOUT_TARGET))
def test_some_operations_are_on_the_whole_server(operation: Operation) -> None:
    assert check_request(message(CHARSET, LANGUAGE, operation=operation)).target == Target()


@pytest.mark.parametrize("operation", sorted(ON_A_JOB))
def test_a_job_number_without_its_printer_names_no_job(operation: Operation) -> None:
    with pytest.raises(InvalidRequest, match="names no job"):
        check_request(message(CHARSET, LANGUAGE, URI, operation=operation))
    with pytest.raises(InvalidRequest, match="names no job"):
        check_request(message(CHARSET, LANGUAGE, build.integer("job-id", 3), operation=operation))


OPERATION_GROUP = Group(GroupTag.OPERATION, (CHARSET, LANGUAGE, URI))
JOB_GROUP = Group(GroupTag.JOB, (build.integer("copies", 1),))
INVALID = {
    "no group at all": Message((2, 0), 2, 7),
    "the job group first": Message((2, 0), 2, 7, (JOB_GROUP, OPERATION_GROUP)),
    "only a job group": Message((2, 0), 2, 7, (JOB_GROUP,)),
    "two operation groups": Message((2, 0), 2, 7, (OPERATION_GROUP, OPERATION_GROUP)),
    "two job groups": Message((2, 0), 2, 7, (OPERATION_GROUP, JOB_GROUP, JOB_GROUP)),
    "groups out of order": Message((2, 0), 2, 7, (OPERATION_GROUP, Group(GroupTag.SUBSCRIPTION), JOB_GROUP)),
    "an empty operation group": message(),
    "no charset": message(LANGUAGE, URI),
    "no language": message(CHARSET, URI),
    "language before charset": message(LANGUAGE, CHARSET, URI),
    "the target before the language": message(CHARSET, URI, LANGUAGE),
    "an attribute twice": message(CHARSET, LANGUAGE, URI, build.name("job-name", "a"), build.name("job-name", "b")),
    "a job attribute twice": message(CHARSET, LANGUAGE, URI, groups=(
        build.job_group(build.integer("copies", 1), build.integer("copies", 2)),)),
    "a charset that is a keyword": message(build.keyword("attributes-charset", "utf-8"), LANGUAGE, URI),
    "a language with blanks": message(CHARSET, build.natural_language("attributes-natural-language", "e n"), URI),
    "a printer-uri that is a text": message(CHARSET, LANGUAGE, build.text("printer-uri", PRINTER)),
    "a printer-uri without a scheme": message(CHARSET, LANGUAGE, build.uri("printer-uri", "/ipp/print")),
    "a printer-uri with a line break": message(CHARSET, LANGUAGE, build.uri("printer-uri", PRINTER + "\r\nX: y")),
    "two printer-uris": message(CHARSET, LANGUAGE, build.uri("printer-uri", PRINTER, PRINTER)),
    "a limit of 0": message(CHARSET, LANGUAGE, URI, build.integer("limit", 0)),
    "a limit that is an enum": message(CHARSET, LANGUAGE, URI, build.enum("limit", 1)),
    "an empty keyword": message(CHARSET, LANGUAGE, URI, build.keyword("which-jobs", "")),
    "a format that is no media type": message(CHARSET, LANGUAGE, URI, build.mime_type("document-format", "png")),
    "a job-name without a value": message(CHARSET, LANGUAGE, URI, build.no_value("job-name")),
    "a request id of 0": message(CHARSET, LANGUAGE, URI, request_id=0),
    "a negative request id": message(CHARSET, LANGUAGE, URI, request_id=-7),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_request_is_a_bad_request(case: str) -> None:
    received, _ = parse(encode(INVALID[case]))
    with pytest.raises(InvalidRequest) as caught:
        check_request(received)
    assert caught.value.status == Status.BAD_REQUEST
    assert (caught.value.request_id, caught.value.version) == (received.request_id, (2, 0))


def test_an_operation_nobody_knows_is_not_supported() -> None:
    with pytest.raises(OperationNotSupported, match="0x3fff") as caught:
        check_request(message(CHARSET, LANGUAGE, URI, operation=0x3FFF))
    assert caught.value.status == Status.OPERATION_NOT_SUPPORTED
    assert caught.value.request_id == 7


def test_a_charset_that_is_not_read_here_is_named() -> None:
    with pytest.raises(CharsetNotSupported, match="koi8-r"):
        check_request(message(build.charset("attributes-charset", "koi8-r"), LANGUAGE, URI))


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "us-ascii"])
def test_both_charsets_are_read_in_any_case(charset: str) -> None:
    request = check_request(message(build.charset("attributes-charset", charset), LANGUAGE, URI))
    assert request.target.printer_uri == PRINTER


def test_groups_without_a_name_here_may_stand_anywhere() -> None:
    request = check_request(Message((2, 0), 2, 7, (OPERATION_GROUP, Group(0x0F), JOB_GROUP, Group(0x0B))))
    assert request.job_attributes == JOB_GROUP


LONGEST = {
    "text": (1023, build.text), "name": (255, build.name), "keyword": (255, build.keyword),
    "charset": (63, build.charset), "scheme": (63, build.uri_scheme),
}


@pytest.mark.parametrize("syntax", LONGEST)
def test_a_value_may_be_as_long_as_its_syntax_and_no_longer(syntax: str) -> None:
    length, builder = LONGEST[syntax]
    check_request(message(CHARSET, LANGUAGE, URI, builder("vendor-note", "a" * length)))
    with pytest.raises(ValueTooLong) as caught:
        check_request(message(CHARSET, LANGUAGE, URI, builder("vendor-note", "a" * (length + 1))))
    assert caught.value.status == Status.REQUEST_VALUE_TOO_LONG
    assert caught.value.where == "vendor-note"


def test_length_is_counted_in_octets_not_letters() -> None:
    check_request(message(CHARSET, LANGUAGE, URI, build.name("job-name", "ب" * 127)))
    with pytest.raises(ValueTooLong):
        check_request(message(CHARSET, LANGUAGE, URI, build.name("job-name", "ب" * 128)))


def test_a_language_does_not_count_for_the_length() -> None:
    name = Attribute("job-name", (LocalizedString(ValueTag.NAME_WITH_LANGUAGE, "en", "a" * 255),))
    assert "job-name" in check_request(message(CHARSET, LANGUAGE, URI, name)).operation_attributes


def test_long_values_are_found_inside_collections() -> None:
    deep = build.collection("media-col", build.members(build.keyword("media-key", "a" * 256)))
    with pytest.raises(ValueTooLong):
        check_request(message(CHARSET, LANGUAGE, URI, groups=(build.job_group(deep),)))


def test_an_attribute_may_have_a_shorter_limit_of_its_own() -> None:
    check_request(message(CHARSET, LANGUAGE, URI, build.text("message", "a" * 127)))
    with pytest.raises(ValueTooLong):
        check_request(message(CHARSET, LANGUAGE, URI, build.text("message", "a" * 128)))


MISFITS = {
    "copies as a keyword": build.keyword("copies", "two"),
    "no copies": build.integer("copies", 0),
    "a priority of 101": build.integer("job-priority", 101),
    "two numbers of copies": build.integer("copies", 1, 2),
    "pages backwards": build.range_of("page-ranges", (3, 1)),
    "sides that are unsupported": Attribute("sides", (OutOfBand(ValueTag.UNSUPPORTED),)),
    "a media-col that is a keyword": build.keyword("media-col", "card"),
    "a keyword of blanks": Attribute("sides", (String(ValueTag.KEYWORD, "  "),)),
}


@pytest.mark.parametrize("case", MISFITS)
def test_a_job_attribute_that_misfits_is_handed_on_and_refuses_nothing(case: str) -> None:
    fitting = build.keyword("print-color-mode", "color")
    request = check_request(message(CHARSET, LANGUAGE, URI, groups=(build.job_group(MISFITS[case], fitting),)))
    assert [misfit.attribute for misfit in request.misfits] == [MISFITS[case]]
    assert request.misfits[0].reason


FITTING = (
    build.integer("copies", 1), build.name("media", "my card"), build.keyword("job-hold-until", "indefinite"),
    build.range_of("page-ranges", (1, 1), (3, 4)), build.enum("finishings", 3, 4), build.resolution(
        "printer-resolution", (300, 300)), build.no_value("job-account-id"),
    build.keyword("vendor-Option", "x", "y"), build.text("printserver-tracks", "B4111^A/B^2512", "", ""),
)


def test_job_attributes_that_fit_are_not_judged_away() -> None:
    assert check_request(message(CHARSET, LANGUAGE, URI, groups=(build.job_group(*FITTING),))).misfits == ()


def test_attributes_of_other_groups_are_not_judged_by_the_job_table() -> None:
    printer = build.printer_group(build.text("copies", "as many as you like"))
    assert check_request(message(CHARSET, LANGUAGE, URI, groups=(printer,))).misfits == ()


@pytest.mark.parametrize("table", [OPERATION_ATTRIBUTES, JOB_ATTRIBUTES])
def test_the_tables_are_sorted_and_readable(table: dict[str, str]) -> None:
    assert list(table) == sorted(table)
    assert all(read_syntax(notation).terms for notation in table.values())


@pytest.mark.parametrize("notation", ["integer(1:)", "", "one keyword", "keyword |"])
def test_a_line_that_is_no_syntax_is_not_read(notation: str) -> None:
    with pytest.raises(ValueError, match="no syntax of IPP"):
        read_syntax(notation)


@pytest.mark.parametrize(("asked", "answered"), [
    ((1, 0), (1, 0)), ((1, 1), (1, 1)), ((1, 9), (1, 1)), ((2, 0), (2, 0)), ((2, 7), (2, 2)), ((9, 0), (2, 2)),
    ((0, 0), (1, 1)),
])
def test_an_answer_is_of_the_asked_version_or_the_nearest_below(
        asked: tuple[int, int], answered: tuple[int, int]) -> None:
    request = replace(build.request(Operation.GET_JOBS, PRINTER), version=asked)
    assert build.response(request, Status.OK).version == answered


def test_a_status_message_is_one_short_line() -> None:
    request = build.request(Operation.GET_JOBS, PRINTER)
    answer = build.response(request, Status.NOT_FOUND, message="no\njob\x1b[31m " + "ب" * 300)
    attribute = answer.get("status-message")
    assert attribute is not None
    assert isinstance(attribute.value, String)
    assert attribute.value.text.startswith("no job [31m ب")
    assert len(attribute.value.text.encode()) <= 255
