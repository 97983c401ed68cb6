"""Print-URI by ipptool, with the document on a host of loopback that is listed, and on one that is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.interop.conftest import card_files
from tests.interop.interop_kit import House, Score, house, ipptool

TEST = Path(__file__).with_name("print-uri.test")
LISTED = 'fetch_schemes = ["http"]\nfetch_hosts = ["127.0.0.1"]'


HOST, OTHER = "127.0.0.1", "127.0.0.2"


class Web(ThreadingHTTPServer):
    """A web server of the sample card at both hosts of loopback; `asked` are the hosts at which it was asked."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        super().__init__((HOST, 0), partial(Noting, directory=str(folder)))
        self.other = ThreadingHTTPServer((OTHER, self.server_port), partial(Noting, directory=str(folder)))
        self.other.asked = self.asked  # type: ignore[attr-defined]

    def picture(self, host: str = HOST) -> str:
        return f"http://{host}:{self.server_port}/front.png"


class Noting(SimpleHTTPRequestHandler):
    """Says nothing on the terminal, and notes at which host it was asked."""

    def do_GET(self) -> None:
        """Note the host, and answer."""
        asked: list[str] = self.server.asked  # type: ignore[attr-defined]
        asked.append(self.connection.getsockname()[0])
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    server = Web(card_files(tmp_path))
    both = (server, server.other)
    threads = [threading.Thread(target=each.serve_forever) for each in both]
    for thread in threads:
        thread.start()
    yield server
    for each, thread in zip(both, threads, strict=True):
        each.shutdown()
        thread.join()
        each.server_close()


def print_uri(server: House, document: str, wanted: str) -> Score:
    test = server.folder / "print-uri.test"
    test.write_text(TEST.read_text().replace("WANTED", wanted))  # ipptool takes no variable for a status
    return ipptool(server.printer, test, "-d", f"document={document}")


def test_it_is_fetched_where_it_is_listed(tmp_path: Path, web: Web, front_card: bytes) -> None:
    with house(card_files(tmp_path), "YMCKOK", LISTED) as server:
        with server.one_job() as printed:
            score = print_uri(server, web.picture(), "successful-ok")
            assert (score.passed, score.failed) == (1, 0), score.words
        assert (printed.name, printed.fronts, web.asked) == ("badge", [front_card], [HOST])
        with server.no_job():
            for document, wanted in (
                (web.picture(OTHER), "client-error-document-access-error"),
                (web.picture().replace("front", "no-such"), "client-error-document-access-error"),
                (web.picture().removesuffix("front.png"), "client-error-document-format-not-supported"),
                (web.picture().replace("http", "ftp"), "client-error-uri-scheme-not-supported"),
            ):
                score = print_uri(server, document, wanted)
                assert (score.passed, score.failed) == (1, 0), score.words
        assert OTHER not in web.asked


def test_nothing_is_fetched_unless_it_is_configured(server: House, web: Web) -> None:
    with server.no_job():
        score = print_uri(server, web.picture(), "server-error-operation-not-supported")
        assert (score.passed, score.failed) == (1, 0), score.words
