"""What an IPP printer may answer over HTTP: pieces, refusals, and things that are no answer."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.driver.ipp_device.http import (
    REPLY_LIMIT,
    DeviceRefuses,
    reply_body,
    reply_frame,
    request_head,
)
from printserver.driver.ipp_device.saying import printer_of
from printserver.errors import ConfigurationError, DeviceReplyUnknown
from printserver.ipp import Message, Operation, Status, build
from printserver.model.alert import AlertKind, Severity
from printserver_ippcard.options import chosen
from printserver_spool.driver import SpoolDriver, judged

# RFC 9112 section 7.1: sizes in hex, each with its line, ended by a piece of none; RFC 9110 section 15.2: 1xx first.
CHUNKED = (
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
)


def reply(status: bytes, body: bytes = b"", media_type: bytes = b"application/ipp") -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (status, media_type, len(body)) + body


def test_a_reply_in_pieces_is_whole_at_its_last_byte_and_not_before() -> None:
    assert all(reply_frame(CHUNKED[:at], False) is None for at in range(len(CHUNKED)))
    framed = reply_frame(CHUNKED, False)
    assert framed is not None
    assert reply_body(framed.message) == b"abcde"


def test_a_reply_that_stops_is_no_answer() -> None:
    framed = reply_frame(CHUNKED[:-9], True)
    assert framed is not None
    with pytest.raises(DeviceReplyUnknown):
        reply_body(framed.message)


@pytest.mark.parametrize(("status", "words"), [
    (b"401 Unauthorized", "password"), (b"403 Forbidden", "let this server in"), (b"404 Not Found", "this path"),
    (b"426 Upgrade Required", "TLS"),
])  # fmt: skip
def test_a_printer_that_lets_nobody_in_says_why(status: bytes, words: str) -> None:
    with pytest.raises(DeviceRefuses, match=words):
        reply_body(reply(status))


@pytest.mark.parametrize("message", [
    b"", b"\0\r\n", reply(b"500 No"), reply(b"302 Found"), reply(b"200 OK", b"<html>", b"text/html"),
    b"x" * REPLY_LIMIT,
])  # fmt: skip
def test_what_is_no_answer_is_refused(message: bytes) -> None:
    with pytest.raises(DeviceReplyUnknown):
        reply_body(message)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_end_in_a_value_or_a_typed_error(data: bytes, ended: bool) -> None:
    framed = reply_frame(b"HTTP/1.1 " + data, ended)
    assert framed is None or framed.used <= len(data) + 9
    with contextlib.suppress(DeviceReplyUnknown, DeviceRefuses):
        reply_body(data)


def test_a_request_tells_its_length_and_that_it_is_the_only_one() -> None:
    head = request_head("/ipp/print", "cards.example", 12)
    assert head.startswith(b"POST /ipp/print HTTP/1.1\r\nHost: cards.example\r\n")
    assert b"\r\nContent-Length: 12\r\n" in head
    assert b"\r\nConnection: close\r\n" in head


def said(state: int, *reasons: str) -> Message:
    group = build.printer_group(
        build.enum("printer-state", state), build.keyword("printer-state-reasons", *reasons),
        build.boolean("printer-is-accepting-jobs", True),
        build.octets("printer-supply", b"type=ribbonWax;maxcapacity=300;level=120;", b"type=cleanerUnit;level=-2;"),
    )  # fmt: skip
    return Message((2, 0), 0, 1, (group,))


def test_reasons_keep_their_words_and_their_weight() -> None:
    status = printer_of(said(5, "media-empty-error", "marker-supply-low-warning")).status
    assert not status.ready
    assert [(alert.kind, alert.severity) for alert in status.alerts] == [
        (AlertKind.FEEDER, Severity.ERROR), (AlertKind.RIBBON_LOW, Severity.WARNING)
    ]  # fmt: skip
    assert [(each.remaining, each.capacity) for each in status.supplies] == [(120, 300), (None, None)]
    assert printer_of(said(3, "none")).status.ready
    with pytest.raises(DeviceReplyUnknown):
        printer_of(said(77, "none"))


@pytest.mark.parametrize("options", [
    {"path": "/ipp/../x y"}, {"path": "print"}, {"host": "a\r\nb"}, {"turn": "45"}, {"queue": "x"}
])  # fmt: skip
def test_options_that_could_break_a_request_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        chosen(options)


def test_a_spooler_is_off_until_its_queue_is_named() -> None:
    with pytest.raises(ConfigurationError, match="no queue"):
        SpoolDriver("cups", {})


@pytest.mark.parametrize("last", [b"exit 1 no queue", b"signal 9", b"exit 01", b"", b"exit 0x", b"exit 0\nexit 3\n"])
def test_a_command_that_did_not_end_well_leaves_a_doubt(last: bytes) -> None:
    assert getattr(judged(last), "reason").code == "command-failed"  # noqa: B009 - an outcome has one of three shapes


def told(*policy: str) -> Message:
    """What an idle printer answers, with cupsd's attribute."""
    request = build.request(Operation.GET_PRINTER_ATTRIBUTES)
    return build.response(
        request, Status.OK,
        build.printer_group(
            build.enum("printer-state", 3), build.keyword("printer-state-reasons", "none"),
            build.boolean("printer-is-accepting-jobs", True),
            *(build.name("printer-error-policy", each) for each in policy),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("policy", ["retry-job", "retry-current-job", "stop-printer", "whatever"])
def test_a_queue_that_would_send_a_card_twice_gets_none(policy: str) -> None:
    status = printer_of(told(policy)).status
    assert not status.ready
    [alert] = status.alerts
    assert (alert.severity, policy in alert.verbatim, "abort-job" in alert.verbatim) == (Severity.ERROR, True, True)


@pytest.mark.parametrize("policy", [(), ("abort-job",)])
def test_a_queue_that_gives_a_job_up_gets_cards(policy: tuple[str, ...]) -> None:
    assert printer_of(told(*policy)).status.ready
