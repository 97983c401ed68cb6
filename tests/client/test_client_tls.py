"""Over TLS: a server that is trusted is talked to, another is not."""
from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from printserver.client import ApiClient, AsyncApiClient, IppClient, trusting
from printserver.errors import ConfigurationError, ServerUnreachable
from tests.client.fake_print_server import Answer, json_answer, running

PAUSED = Answer(b"\x02\x00\x00\x00\x00\x00\x00\x01\x01\x47\x00\x12attributes-charset\x00\x05utf-8"
                b"\x48\x00\x1battributes-natural-language\x00\x02en\x03")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "print server under test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256()))
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return file


def test_a_trusted_server_is_talked_to(certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    with running(certificate) as server:
        server.will_answer(PAUSED, json_answer({"jobs": [], "next": None}))
        IppClient(server.url.replace("https", "ipps"), tls=trust).pause()
        assert ApiClient(server.url, tls=trust).jobs().jobs == ()
        assert b"printer-uri\x00" in server.asked[0].body
        assert b"ipps://127.0.0.1:" in server.asked[0].body


def test_a_server_that_nobody_vouches_for_is_sent_nothing(certificate: Path) -> None:
    with running(certificate) as server:
        with pytest.raises(ServerUnreachable, match="certificate"):
            ApiClient(server.url).submit({}, b"front")
        assert server.asked == []


def fingerprint_of(certificate: Path) -> str:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256()).hex(":").upper()


def test_one_certificate_is_known_by_its_fingerprint(certificate: Path) -> None:
    trust = trusting(fingerprint=fingerprint_of(certificate))
    with running(certificate) as server:
        server.will_answer(*[json_answer({"jobs": [], "next": None})] * 2)
        assert ApiClient(server.url, tls=trust).jobs().jobs == ()
        assert asyncio.run(AsyncApiClient(server.url, tls=trust).jobs()).jobs == ()
        assert len(server.asked) == 2


def test_to_another_certificate_nothing_is_sent(certificate: Path) -> None:
    trust = trusting(fingerprint=":".join(["AB"] * 32))
    with running(certificate) as server:
        with pytest.raises(ServerUnreachable, match="another certificate") as caught:
            ApiClient(server.url, tls=trust).submit({}, b"front")
        assert fingerprint_of(certificate) in str(caught.value)
        with pytest.raises(ServerUnreachable, match="another certificate"):
            asyncio.run(AsyncApiClient(server.url, tls=trust).submit({}, b"front"))
        assert server.asked == []


def test_an_authority_is_a_file(certificate: Path) -> None:
    with running(certificate) as server:
        server.will_answer(json_answer({"jobs": [], "next": None}))
        assert asyncio.run(AsyncApiClient(server.url, tls=trusting(ca=certificate)).jobs()).jobs == ()
        with pytest.raises(ServerUnreachable, match="certificate"):
            asyncio.run(AsyncApiClient(server.url).jobs())


@pytest.mark.parametrize("wrong", [{"fingerprint": "AB:CD"}, {"ca": "no-such-file.pem"}])
def test_what_cannot_be_trusted_is_told(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        trusting(**wrong)
