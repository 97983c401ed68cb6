"""A second implementation, pyipp, reads our answers and writes requests for us."""
from __future__ import annotations

from datetime import UTC, datetime

from pyipp.enums import IppOperation, IppStatus
from pyipp.parser import parse as pyipp_parse
from pyipp.serializer import encode_dict

from printserver.ipp import Operation, PrinterState, Status, build, check_request, encode, parse, plain_attributes

PRINTER = "ipp://127.0.0.1:8631/ipp/print/card"
STARTED = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def test_pyipp_reads_our_printer() -> None:
    request = build.request(Operation.GET_PRINTER_ATTRIBUTES, PRINTER, request_id=77)
    answer = pyipp_parse(encode(build.response(request, Status.OK, build.printer_group(
        build.text("printer-make-and-model", "Evolis Primacy"), build.enum("printer-state", PrinterState.IDLE),
        build.keyword("printer-state-reasons", "none"), build.boolean("printer-is-accepting-jobs", True),
        build.integer("marker-levels", 80), build.mime_type("document-format-supported", "image/png", "image/jpeg"),
        build.date_time("printer-current-time", STARTED), build.resolution("printer-resolution-default", (300, 300)),
        build.collection("media-col-default", build.members(build.collection("media-size", build.members(
            build.integer("x-dimension", 5398), build.integer("y-dimension", 8560))))),
    ))))
    assert answer["version"] == (2, 0)
    assert answer["status-code"] == IppStatus.OK
    assert answer["request-id"] == 77
    assert answer["operation-attributes"] == {"attributes-charset": "utf-8", "attributes-natural-language": "en"}
    assert answer["printers"] == [{
        "printer-make-and-model": "Evolis Primacy", "printer-state": 3, "printer-state-reasons": "none",
        "printer-is-accepting-jobs": True, "marker-levels": 80,
        "document-format-supported": ["image/png", "image/jpeg"], "printer-current-time": STARTED,
        "printer-resolution-default": (300, 300, 3),
        "media-col-default": {"media-size": {"x-dimension": 5398, "y-dimension": 8560}},
    }]


def test_pyipp_reads_each_of_our_jobs() -> None:
    request = build.request(Operation.GET_JOBS, PRINTER)
    jobs = [build.job_group(build.integer("job-id", number), build.name("job-name", f"badge {number}"))
            for number in (3, 2, 1)]
    answer = pyipp_parse(encode(build.response(request, Status.OK, *jobs)))
    assert answer["jobs"] == [{"job-id": number, "job-name": f"badge {number}"} for number in (3, 2, 1)]


def test_we_read_what_pyipp_asks() -> None:
    data = encode_dict({
        "version": (2, 0), "operation": IppOperation.PRINT_JOB, "request-id": 5,
        "operation-attributes-tag": {
            "attributes-charset": "utf-8", "attributes-natural-language": "en-US", "printer-uri": PRINTER,
            "requesting-user-name": "alice", "job-name": "badge", "document-format": "image/png"},
        "job-attributes-tag": {"copies": 2, "sides": "two-sided-long-edge"},
        "data": b"\x89PNG"})
    message, document = parse(data)
    request = check_request(message)
    assert request.operation is Operation.PRINT_JOB
    assert request.target.printer_uri == PRINTER
    assert plain_attributes(request.operation_attributes)["document-format"] == ["image/png"]
    assert plain_attributes(request.job_attributes) == {"copies": [2], "sides": ["two-sided-long-edge"]}
    assert document == b"\x89PNG"
