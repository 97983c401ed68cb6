"""Every refusal on the wire has one form: a problem document, and the header fields that its status calls for."""

from __future__ import annotations

import msgspec

from printserver.listeners.http import Limits
from printserver.listeners.http.problems import Problem
from tests.listeners.http_kit import SiteCase

HEAD = "Host: localhost\r\n"
JSON = "Content-Type: application/json\r\n"
FORM = "Content-Type: multipart/form-data; boundary=x\r\n"

# request line, header fields, body -> status, code, a header field of the answer
REFUSALS: dict[str, tuple[str, str, str, int, str, tuple[str, str] | None]] = {
    "no address": ("GET /nowhere HTTP/1.1", HEAD, "", 404, "not-found", None),
    "a way up": ("GET /api/v1/queues/%2e%2e HTTP/1.1", HEAD, "", 404, "not-found", None),
    "no such job": ("GET /api/v1/jobs/9 HTTP/1.1", HEAD, "", 404, "unknown-job", None),
    "no such side": ("GET /api/v1/jobs/1/cards/1/edge.png HTTP/1.1", HEAD, "", 404, "not-found", None),
    "method": ("PUT /api/v1/jobs HTTP/1.1", HEAD, "", 405, "method-not-allowed", ("Allow", "GET, HEAD, POST")),
    "options": ("OPTIONS /api/v1/queues HTTP/1.1", HEAD, "", 405, "method-not-allowed", ("Allow", "GET, HEAD")),
    "kind of body": (
        "POST /api/v1/jobs HTTP/1.1", HEAD + "Content-Type: text/plain\r\nContent-Length: 1\r\n", "x", 415,
        "media-type-unsupported", ("Accept-Post", "multipart/form-data"),
    ),
    "long body": (
        "POST /api/v1/jobs/1/hold HTTP/1.1", HEAD + JSON + "Content-Length: 101\r\n", "", 413, "request-too-large",
        None,
    ),
    "long length": (
        "POST /api/v1/jobs HTTP/1.1", HEAD + FORM + f"Content-Length: {'9' * 40}\r\n", "", 413, "request-too-large",
        None,
    ),
    "strange host": ("GET /api/v1/jobs HTTP/1.1", "Host: elsewhere.example\r\n", "", 421, "wrong-host", None),
    "strange origin": (
        "POST /api/v1/jobs/1/cancel HTTP/1.1", HEAD + "Origin: http://elsewhere.example\r\n", "", 403, "not-allowed",
        None,
    ),
    "no host": ("GET /api/v1/jobs HTTP/1.1", "", "", 400, "bad-request", None),
    "no HTTP": ("hello", "", "", 400, "bad-request", None),
    "query field": ("GET /api/v1/jobs?stat=x HTTP/1.1", HEAD, "", 400, "bad-request", None),
    "value of one": ("GET /api/v1/jobs?limit=0 HTTP/1.1", HEAD, "", 400, "bad-request", None),
    "event's id": ("GET /api/v1/events HTTP/1.1", HEAD + "Last-Event-ID: x\r\n", "", 400, "bad-request", None),
    "long head": ("GET /api/v1/jobs HTTP/1.1", HEAD + f"X: {'x' * 3000}\r\n", "", 431, "head-too-large", None),
    "body of a wish": (
        "POST /api/v1/jobs/1/hold HTTP/1.1", HEAD + JSON + "Content-Length: 1\r\n", "{", 400, "bad-request", None,
    ),
    "form": ("POST /api/v1/jobs HTTP/1.1", HEAD + FORM + "Content-Length: 1\r\n", "x", 400, "bad-request", None),
}  # fmt: skip


class TestRefusals(SiteCase):
    limits = Limits(small_body=100, head=2000, linger=0.5)

    async def test_each_is_a_problem_document(self) -> None:
        for name, (line, fields, body, status, code, field) in REFUSALS.items():
            request = f"{line}\r\n{fields}Connection: close\r\n\r\n{body}"
            head, _, answer = (await self.raw(request.encode())).partition(b"\r\n\r\n")
            told = head.decode().split("\r\n")
            assert told[0].startswith(f"HTTP/1.1 {status} "), (name, told[0])
            assert "Content-Type: application/problem+json" in told, name
            problem = msgspec.json.decode(answer, type=Problem)
            assert (problem.status, problem.code) == (status, code), name
            assert problem.type == f"urn:printserver:problem:{code}"
            assert problem.title, name
            assert problem.detail, name
            assert problem.remedy, name
            if field is not None:
                assert f"{field[0]}: {field[1]}" in told, name

    async def test_a_refused_head_request_has_no_body(self) -> None:
        answer = await self.raw(f"HEAD /nowhere HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert answer.endswith(b"\r\n\r\n")
