"""A server of the standard library that keeps what it is asked and answers what the test laid ready."""
from __future__ import annotations

import json
import socket
import ssl
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What goes back; `raw` goes out as it is, in place of an HTTP answer."""

    body: bytes = b""
    media_type: str = "application/ipp"
    status: int = 200
    raw: bytes | None = None


def json_answer(content: object, status: int = 200, media_type: str = "application/json") -> Answer:
    return Answer(json.dumps(content).encode(), media_type, status)


BUSY = json_answer({"status": 503, "code": "server-busy", "detail": "as many follow as are served"}, 503,
                   "application/problem+json")


@dataclass
class FakePrintServer:
    """`url` to talk to, `answers` to lay ready, `asked` to look at afterwards.

    Events have answers of their own, `streams`; where none is laid ready as many follow already as are served.
    """

    url: str = ""
    answers: deque[Answer] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    streams: deque[Answer] = field(default_factory=deque)
    followed: list[Asked] = field(default_factory=list)

    def will_answer(self, *answers: Answer) -> None:
        self.answers.extend(answers)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about a client that breaks off a handshake: that is what some tests are about."""
        if not isinstance(sys.exception(), ssl.SSLError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typeshed narrows what is handed on


@contextmanager
def running(certificate: Path | None = None) -> Iterator[FakePrintServer]:
    """Serve on a free port of the loopback, over TLS when a certificate is given."""
    fake = FakePrintServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, dict(self.headers.items()), body)
            if self.path == "/api/v1/events":
                fake.followed.append(asked)
                self.reply(fake.streams.popleft() if fake.streams else BUSY)
                return
            fake.asked.append(asked)
            self.reply(fake.answers.popleft())

        do_POST = do_DELETE = do_GET

        def reply(self, answer: Answer) -> None:
            if answer.raw is not None:
                self.wfile.write(answer.raw)
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the tests look at `asked`."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}"
        if certificate:
            server.socket = _secured(server.socket, certificate)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()


def _secured(listener: socket.socket, certificate: Path) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    # The handshake belongs to the handler's thread: a client that breaks it off must not stop the listener.
    return context.wrap_socket(listener, server_side=True, do_handshake_on_connect=False)
