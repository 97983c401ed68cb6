"""Avahi finds the queues: announced on loopback, found by type and subtype, taken back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.crash_harness import await_until
from tests.interop.avahi_kit import Avahi, Found, avahi
from tests.interop.conftest import card_files
from tests.interop.interop_kit import House, house, ipptool, run


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Avahi]:
    with avahi(tmp_path_factory.mktemp("avahi")) as running:
        yield running


def found(around: Avahi, server: House, kind: str) -> Found:
    """The queue of this server among all that are announced on the machine."""
    seen: list[Found] = []

    def look() -> bool:
        seen[:] = [each for each in around.browse(kind) if each.name == f"card @ {server.name}"]
        return bool(seen)

    await_until(look)
    [only] = seen
    return only


def test_it_is_found_and_answers_at_what_is_found(server: House, around: Avahi) -> None:
    queue = found(around, server, "_ipp._tcp")
    assert (queue.address, queue.port, queue.txt["rp"]) == ("127.0.0.1", server.site.port, "ipp/print")
    assert (queue.txt["ty"], queue.txt["Color"], queue.txt["Duplex"]) == ("Evolis Primacy", "T", "T")
    score = ipptool(f"ipp://{queue.address}:{queue.port}/{queue.txt['rp']}", "get-printer-attributes.test")
    assert (score.passed, score.failed) == (1, 0), score.words
    assert f"urn:uuid:{queue.txt['UUID']}" in ipptool(server.printer, "get-printer-attributes.test", "-v").words


def test_it_answers_to_the_name_under_which_it_is_announced(server: House, around: Avahi) -> None:
    queue = found(around, server, "_ipp._tcp")
    place = f"{queue.host}:{queue.port}"
    page = run("curl", "-sS", "-f", "--resolve", f"{place}:127.0.0.1", f"http://{place}/healthz").expect()
    assert page.out
    certificate = ("--cacert", server.certificate, "--resolve", f"{queue.host}:{server.tls_port}:127.0.0.1")
    run("curl", "-sS", "-f", *certificate, f"https://{queue.host}:{server.tls_port}/healthz").expect()


@pytest.mark.parametrize("kind", [
    "_ipps._tcp", "_print._sub._ipp._tcp", "_universal._sub._ipp._tcp", "_print._sub._ipps._tcp",
    "_universal._sub._ipps._tcp",
])  # fmt: skip
def test_it_is_found_by_type_and_subtype(server: House, around: Avahi, kind: str) -> None:
    queue = found(around, server, kind)
    assert queue.port == (server.tls_port if "_ipps" in kind else server.site.port)


def test_the_raw_door_is_found(server: House, around: Avahi) -> None:
    queue = found(around, server, "_pdl-datastream._tcp")
    assert queue.port == server.raw_port
    assert "rp" not in queue.txt


def test_ippfind_finds_it(server: House, around: Avahi) -> None:
    host = found(around, server, "_ipp._tcp").host
    said = around.run("ippfind", "-T", "4").expect().out.split()
    assert f"ipp://{host}:{server.port}/ipp/print" in said


def test_a_pause_is_told(server: House, around: Avahi) -> None:
    assert "printer-state" not in found(around, server, "_ipp._tcp").txt
    server.ipp.pause()
    try:
        await_until(lambda: found(around, server, "_ipp._tcp").txt.get("printer-state") == "5")
    finally:
        server.ipp.resume()
    await_until(lambda: "printer-state" not in found(around, server, "_ipp._tcp").txt)


def test_a_server_that_stops_is_found_no_more(tmp_path: Path, around: Avahi) -> None:
    with house(card_files(tmp_path)) as going:
        found(around, going, "_ipp._tcp")
        going.site.stop()
        for kind in ("_ipp._tcp", "_ipps._tcp", "_print._sub._ipp._tcp"):
            await_until(lambda kind=kind: all(  # type: ignore[misc]  # a default binds the loop's variable
                each.name != f"card @ {going.name}" for each in around.browse(kind)
            ))  # fmt: skip
