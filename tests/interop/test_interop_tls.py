"""Programs of others over TLS: curl and ipptool, and the CUPS backend `ipps`, which is `ipp` under another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.interop_kit import House, backend, ipptool, run


def curl(server: House, *options: str | Path) -> str:
    return run("curl", "-sSf", *options).expect().out


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_curl_trusts_the_certificate_that_it_is_given(server: House, host: str) -> None:
    curl(server, "--cacert", server.certificate, f"https://{host}:{server.tls_port}/healthz")


def test_curl_does_not_trust_what_it_does_not_know(server: House) -> None:
    with server.no_job():
        run("curl", "-sS", f"https://localhost:{server.tls_port}/healthz").expect(60)  # CURLE_PEER_FAILED_VERIFICATION


def test_a_card_is_sent_encrypted(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        form = f"front=@{server.front};type=image/png"
        curl(server, "--cacert", server.certificate, "-F", form, f"https://localhost:{server.tls_port}/api/v1/jobs")
    assert printed.fronts == [front_card]


def test_ipptool_sees_both_doors(server: House) -> None:
    score = ipptool(server.secure_printer, "get-printer-attributes.test", "-v")
    assert (score.passed, score.failed) == (1, 0), score.words
    # libcups calls every loopback address localhost in its Host field; the address that it asked by is told back
    uris = f"ipps://127.0.0.1:{server.tls_port}/ipp/print,ipp://127.0.0.1:{server.port}/ipp/print"
    assert f"printer-uri-supported (1setOf uri) = {uris}" in score.words
    assert "uri-security-supported (1setOf keyword) = tls,none" in score.words


def test_ipptool_prints_encrypted(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        score = ipptool(server.secure_printer, "print-job.test", "-f", str(server.front))
        assert (score.passed, score.failed) == (1, 0), score.words
    assert printed.fronts == [front_card]


def test_the_ipps_backend_prints_and_waits_until_the_card_is_out(server: House, front_card: bytes) -> None:
    with server.one_job() as printed:
        said = backend("ipp", server.secure_printer, "90", "alice", "badge", "1", "", server.front).expect()
        assert "job-state = completed" in said.err
    assert printed.fronts == [front_card]
