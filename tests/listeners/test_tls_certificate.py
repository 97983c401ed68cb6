"""The certificate: made once, good for the host's names, renewed in time, replaced by files that can be used alone."""

from __future__ import annotations

import stat
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from structlog.testing import capture_logs

from printserver.errors import ConfigurationError
from printserver.listeners.tls import CertificateKeeper, GivenCertificate, Identity, OwnCertificate, fingerprint
from printserver.listeners.tls.identity import read_identity
from printserver.listeners.tls.own import names_of_host

NOW = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
DAY = 86_400.0


@dataclass
class Host:
    """A server's folder, and what it is called and what time it is."""

    folder: Path
    now: float = NOW
    names: list[str] = field(default_factory=lambda: ["badges", "127.0.0.1"])

    @property
    def source(self) -> OwnCertificate:
        return OwnCertificate(self.folder / "tls", lambda: tuple(self.names), lambda: self.now)

    def load(self) -> Identity:
        return self.source.load()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def given(folder: Path, name: str = "given") -> tuple[Path, Path]:
    """Write a certificate and its key as a user would have them."""
    found = Host(folder / name).load()
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(found.certificate.public_bytes(Encoding.PEM))
    key.write_bytes(found.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    return certificate, key


# the server's own


def test_the_first_start_makes_a_certificate_that_later_ones_show_too(host: Host) -> None:
    first = host.load()
    assert first.names == ("badges", "127.0.0.1")
    assert first.certificate.issuer == first.certificate.subject
    assert stat.S_IMODE(host.source.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(host.source.key.parent.stat().st_mode) == 0o700
    host.now += 300 * DAY
    assert host.load().certificate == first.certificate


def test_it_is_good_a_little_before_now_for_clocks_that_differ(host: Host) -> None:
    assert host.load().certificate.not_valid_before_utc.timestamp() == NOW - 3600


def test_it_is_renewed_in_its_last_month_under_the_same_key(host: Host) -> None:
    first = host.load()
    host.now = first.expires - 29 * DAY
    second = host.load()
    assert second.expires - first.expires == (397 - 29) * DAY
    assert second.certificate.public_key() == first.certificate.public_key()
    assert second.certificate.serial_number != first.certificate.serial_number


def test_a_new_name_makes_a_new_certificate(host: Host) -> None:
    first = host.load()
    host.names.append("cards.example")
    assert host.load().names == ("badges", "127.0.0.1", "cards.example")
    host.names = ["badges"]
    assert host.load().names == ("badges", "127.0.0.1", "cards.example"), "one name less is no reason"
    assert host.load().certificate != first.certificate


@pytest.mark.parametrize("damage", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_damaged_certificate_is_made_anew(host: Host, damage: str) -> None:
    host.load()
    host.source.certificate.write_text(damage)
    assert host.load().names == ("badges", "127.0.0.1")


def test_a_folder_that_cannot_be_made_is_named(host: Host) -> None:
    host.folder.joinpath("tls").write_text("no folder")
    with pytest.raises(ConfigurationError) as raised:
        host.load()
    assert raised.value.where == str(host.folder / "tls")


def test_the_hosts_names_are_loopback_the_bind_address_and_the_configured_ones() -> None:
    names = names_of_host("192.0.2.9", ["Cards.Example.", "[2001:DB8::1]", "bücher.example"])
    assert {"localhost", "127.0.0.1", "::1", "192.0.2.9", "cards.example", "2001:db8::1"} <= {*names}
    assert "xn--bcher-kva.example" in names
    assert len(names) == len({*names})
    assert not {"0.0.0.0", "::"} & {*names_of_host("0.0.0.0", ["::"])}


def test_a_name_that_can_be_none_is_refused() -> None:
    with pytest.raises(ConfigurationError) as raised:
        names_of_host("127.0.0.1", ["ü" * 70])
    assert raised.value.where == "server.hosts"


# the user's own


def test_the_users_files_are_read_with_their_chain(tmp_path: Path) -> None:
    certificate, key = given(tmp_path)
    other, _ = given(tmp_path, "other")
    certificate.write_bytes(certificate.read_bytes() + other.read_bytes())
    found = read_identity(certificate, key)
    assert len(found.chain) == 1
    assert found.chain[0] != found.certificate


def spoil(kind: str, certificate: Path, key: Path) -> None:
    """Make one of the two files something that cannot be used."""
    private: Any = ec.generate_private_key(ec.SECP256R1())
    sealing: Any = NoEncryption()
    match kind:
        case "no certificate":
            certificate.unlink()
        case "certificate is none":
            certificate.write_text("Dear server")
        case "no key":
            key.unlink()
        case "key is none":
            key.write_text("Dear server")
        case "key is encrypted":
            sealing = BestAvailableEncryption(b"secret")
        case "key is short":
            private = rsa.generate_private_key(65537, 1024)
        case "key is of another kind":
            private = ed25519.Ed25519PrivateKey.generate()
    if not kind.startswith(("no ", "certificate")) and kind != "key is none":
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing))


@pytest.mark.parametrize(("kind", "words"), [
    ("no certificate", "No such file"), ("certificate is none", "holds no certificate"), ("no key", "No such file"),
    ("key is none", "holds no private key"), ("key is encrypted", "is encrypted"), ("key is short", "of a kind"),
    ("key is of another kind", "of a kind"), ("key is another's", "is not the key of"),
])  # fmt: skip
def test_files_that_cannot_be_used_are_named_with_the_key_of_the_configuration(
    tmp_path: Path, kind: str, words: str
) -> None:
    certificate, key = given(tmp_path)
    spoil(kind, certificate, key)
    with pytest.raises(ConfigurationError) as raised:
        read_identity(certificate, key, "printserver.toml")
    concerned, name = (certificate, "certificate") if "certificate" in kind else (key, "certificate_key")
    assert raised.value.where == f"printserver.toml: server.{name}"
    assert str(concerned) in raised.value.message
    assert words in raised.value.message


# what new connections are shown


def told(logs: list[MutableMapping[str, Any]], event: str) -> list[MutableMapping[str, Any]]:
    return [line for line in logs if line["event"] == event]


def test_the_keeper_shows_the_certificate_and_tells_its_fingerprint(host: Host) -> None:
    keeper = CertificateKeeper(host.source)
    with capture_logs() as logs:
        keeper.open()
    [line] = told(logs, "certificate shown")
    assert line["fingerprint"] == fingerprint(keeper.shown.certificate)
    assert len(line["fingerprint"].split(":")) == 32


def test_the_keeper_renews_in_time_and_not_before(host: Host) -> None:
    keeper = CertificateKeeper(host.source)
    keeper.open()
    first = keeper.shown
    host.now = first.expires - 31 * DAY
    keeper.look()
    assert keeper.shown is first
    host.now = first.expires - 29 * DAY
    keeper.look()
    assert keeper.shown.expires > first.expires


def test_new_files_are_taken_and_bad_ones_are_told_once(tmp_path: Path) -> None:
    certificate, key = given(tmp_path)
    keeper = CertificateKeeper(GivenCertificate(certificate, key))
    keeper.open()
    first = keeper.shown
    new_certificate, new_key = given(tmp_path, "new")
    new_certificate.replace(certificate)
    with capture_logs() as logs:
        keeper.look()
        keeper.look()
        assert keeper.shown is first, "the key is still the old one's"
        new_key.replace(key)
        keeper.look()
    [complaint] = told(logs, "new certificate not taken")
    assert complaint["log_level"] == "error"
    assert keeper.shown.certificate != first.certificate
