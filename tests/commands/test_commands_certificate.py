"""`printserver certificate`: file and fingerprint, so that people can compare them."""

from __future__ import annotations

import hashlib
import ssl
import time
from pathlib import Path

from printserver.listeners.tls import OwnCertificate
from tests.commands.command_kit import call


def made(data: Path) -> Path:
    """Make the certificate that a server would make in its data directory."""
    source = OwnCertificate(data / "tls", lambda: ("badges", "127.0.0.1"), time.time)
    source.load()
    return source.certificate


def digest(file: Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read_text())).hexdigest()


def test_the_servers_own_certificate(tmp_path: Path) -> None:
    file = made(tmp_path / "d")
    done = call("certificate", "--data", tmp_path / "d")
    assert done.code == 0
    assert done.lines[0] == f"file: {file}"
    assert done.lines[1].removeprefix("SHA-256: ").replace(":", "").lower() == digest(file)
    assert done.lines[3] == "names: badges, 127.0.0.1"


def test_the_users_certificate_as_json(tmp_path: Path) -> None:
    file = made(tmp_path / "elsewhere")
    config = tmp_path / "printserver.toml"
    config.write_text(f'[server]\ncertificate = "{file}"\ncertificate_key = "{tmp_path}/unread.pem"\n')
    found = call("certificate", "--config", config, "--data", tmp_path / "d", "--json").json()
    assert found["file"] == str(file)
    assert found["names"] == ["badges", "127.0.0.1"]
    assert found["fingerprint"].replace(":", "").lower() == digest(file)


def test_none_yet(tmp_path: Path) -> None:
    done = call("certificate", "--data", tmp_path / "d")
    assert done.code == 2
    assert str(tmp_path / "d" / "tls" / "certificate.pem") in done.complaint()
    assert not (tmp_path / "d").exists()
