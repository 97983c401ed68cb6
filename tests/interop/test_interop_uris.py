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


class Quiet(SimpleHTTPRequestHandler):
    """A web server that says nothing on the terminal."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[str]:
    """A web server with the sample card."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(card_files(tmp_path))))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def print_uri(server: House, document: str, wanted: str) -> Score:
    test = server.folder / "print-uri.test"
    test.write_text(TEST.read_text().replace("WANTED", wanted))  # ipptool takes no variable for a status
    return ipptool(server.printer, test, "-d", f"document={document}")


def test_it_is_fetched_where_it_is_listed(tmp_path: Path, pictures: str, front_card: bytes) -> None:
    with house(card_files(tmp_path), "YMCKOK", LISTED) as server:
        with server.one_job() as printed:
            score = print_uri(server, f"http://{pictures}/front.png", "successful-ok")
            assert (score.passed, score.failed) == (1, 0), score.words
        assert (printed.name, printed.fronts) == ("badge", [front_card])
        with server.no_job():
            for document, wanted in (
                (f"http://127.0.0.2:{pictures.split(':')[1]}/front.png", "client-error-document-access-error"),
                (f"http://{pictures}/no-such.png", "client-error-document-access-error"),
                (f"http://{pictures}/", "client-error-document-format-not-supported"),
                (f"ftp://{pictures}/front.png", "client-error-uri-scheme-not-supported"),
            ):
                score = print_uri(server, document, wanted)
                assert (score.passed, score.failed) == (1, 0), score.words


def test_nothing_is_fetched_unless_it_is_configured(server: House, pictures: str) -> None:
    with server.no_job():
        score = print_uri(server, f"http://{pictures}/front.png", "server-error-operation-not-supported")
        assert (score.passed, score.failed) == (1, 0), score.words
