"""A document that is too large is told so: every client reads the refusal, also while it still sends."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection
from itertools import product
from pathlib import Path

import pytest

from printserver.listeners.http import Limits
from tests.interop.interop_kit import House, run

SIZE = Limits().body + 5_000_000
IPP = "Content-Type: application/ipp"
TEST = """{ NAME "too large" OPERATION Print-Job GROUP operation-attributes-tag
ATTR charset attributes-charset utf-8 ATTR naturalLanguage attributes-natural-language en
ATTR uri printer-uri $uri FILE $filename STATUS successful-ok }
"""
# curl asks with `Expect: 100-continue` unless it is told not to, and then sends without waiting.
EXPECTING = {"asking first": (), "at once": ("-H", "Expect:")}
LENGTHS = {"fixed": (), "chunked": ("-H", "Transfer-Encoding: chunked")}
WAYS = [pytest.param((*ask, *length), id=f"{asking}, {way}")
        for (asking, ask), (way, length) in product(EXPECTING.items(), LENGTHS.items())]  # fmt: skip


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file larger than any body that is taken; it takes no room on the disk."""
    path = tmp_path_factory.mktemp("large") / "large.bin"
    with path.open("wb") as file:
        os.truncate(file.fileno(), SIZE)
    yield path
    path.unlink()


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("options", WAYS)
def test_curl_reads_the_413(server: House, large: Path, options: tuple[str, ...], secure: bool) -> None:
    before = server.newest()
    address = f"https://127.0.0.1:{server.tls_port}" if secure else server.web
    said = run(
        "curl", "-sS", "-k", "-w", "\n%{http_code}", "-H", IPP, *options, "--data-binary", f"@{large}",
        f"{address}/ipp/print",
    ).expect()  # fmt: skip
    body, _, status = said.out.rpartition("\n")
    assert status == "413"
    assert '"request-too-large"' in body
    assert server.newest() == before


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_program_that_sends_all_before_it_listens_reads_the_413(server: House, large: Path, secure: bool) -> None:
    trust = ssl._create_unverified_context()  # whose certificate it is does not matter here
    connection = (
        HTTPSConnection("127.0.0.1", server.tls_port, context=trust, timeout=60) if secure
        else HTTPConnection("127.0.0.1", int(server.port), timeout=60)
    )  # fmt: skip
    with large.open("rb") as file:
        connection.request("POST", "/ipp/print", file, {"Content-Type": "application/ipp", "Content-Length": str(SIZE)})
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_large_form_is_refused_unread(server: House, large: Path, kind: str) -> None:
    """Twisted would take it apart; where documents come in forms are not even taken."""
    said = run(
        "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Content-Type: {kind}", "-H", "Expect:",
        "--data-binary", f"@{large}", f"{server.web}/ipp/print",
    ).expect()  # fmt: skip
    assert said.out == "415"


@pytest.mark.parametrize("secure", [False, True], ids=["ipp", "ipps"])
def test_ipptool_is_told(server: House, large: Path, tmp_path: Path, secure: bool) -> None:
    """Its library at times forgets what was answered while it was still sending; that it was no reset, it knows."""
    before = server.newest()
    (tmp_path / "large.test").write_text(TEST)
    printer = server.secure_printer if secure else server.printer
    said = run("ipptool", "-tv", "-f", large, printer, tmp_path / "large.test")
    assert said.status == 1
    assert any(words in said.out for words in ("Request Entity Too Large", "No request sent")), said.out
    assert server.newest() == before


def test_lp_is_told(server: House, large: Path) -> None:
    said = run("lp", "-h", f"127.0.0.1:{server.port}", "-d", "card", large)
    assert said.status == 1
    assert "Request Entity Too Large" in said.err
