"""netcat at the raw door: a socket and nothing else, one line back."""

from __future__ import annotations

import json
from typing import Any

from tests.interop.interop_kit import House, run


def netcat(server: House, data: bytes) -> str:
    """Send bytes, close our side, and return what came back."""
    return run("nc", "-N", "127.0.0.1", str(server.raw_port), stdin=data).expect().out


def line(text: str) -> dict[str, Any]:
    """Read the one line of JSON."""
    assert text.endswith("\n")
    [only] = text.splitlines()
    found: dict[str, Any] = json.loads(only)
    return found


def test_a_picture_is_a_card(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        answer = line(netcat(server, server.front.read_bytes()))
    assert answer == {"job": printed.job, "state": "pending"}
    assert printed.fronts == [front_card]


def test_what_is_no_picture_is_an_error_in_one_line(server: House) -> None:
    for data, code in (
        (b"", "document-empty"), (b"Dear printer,\n", "document-format-unsupported"),
        (b"%PDF-1.7\n", "document-broken"), (bytes(range(256)) * 64, "document-format-unsupported"),
    ):  # fmt: skip
        with server.no_job():
            assert line(netcat(server, data))["error"]["code"] == code


def test_a_request_of_a_browser_is_turned_away(server: House) -> None:
    request = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\n\r\n" + server.front.read_bytes()
    with server.no_job():
        assert line(netcat(server, request))["error"]["code"] == "not-allowed"
