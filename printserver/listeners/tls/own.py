"""The certificate that the server makes for itself: on the first start, before it ends, and when it gets a new name.

Laws kept here:

1. The private key is made once, with mode 0600, and stays: who has pinned it need not pin again after a renewal.
2. A file is written beside its place and renamed: at every moment the certificate is whole, and is the key's.
3. Nobody vouches for it: it is its own issuer, no authority, and good for servers alone.

Sources: RFC 5280 (profile), RFC 6125 section 6.4 (names stand in subjectAltName), RFC 5480 (P-256).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from printserver.errors import ConfigurationError
from printserver.listeners.http.security import plain_host

from .identity import Identity, PrivateKey, read_identity, read_private_key

LIFETIME = timedelta(days=397)  # longer ones are not taken by every client
RENEWAL = timedelta(days=30)
CLOCKS_DIFFER = timedelta(hours=1)
SERIAL_BYTES = 16  # RFC 5280 section 4.1.2.2: at most 20
MAX_COMMON_NAME = 64
LOOPBACK = ("localhost", "127.0.0.1", "::1")
CERTIFICATE_NAME = "certificate.pem"
_SOURCE = "TLS"


def names_of_host(bind: str, hosts: Iterable[str]) -> tuple[str, ...]:
    """Return the names and addresses under which clients may know this host, each once; asks the resolver.

    Raises ConfigurationError for a name that can be none.
    """
    hostname = socket.gethostname()
    found = [hostname, socket.getfqdn(), *LOOPBACK, *hosts, bind]
    with suppress(OSError):
        found += [str(address[4][0]) for address in socket.getaddrinfo(hostname, None)]
    plain = (_ascii(plain_host(name).partition("%")[0]) for name in found)
    return tuple(dict.fromkeys(name for name in plain if name and not _is_any(name)))


def _ascii(name: str) -> str:
    """Return a host name as it stands in a certificate (RFC 5890); raises ConfigurationError."""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ConfigurationError(f"{name!r} is no host name", where="server.hosts") from error


class OwnCertificate:
    """The self-signed certificate in a folder: `certificate.pem` and `key.pem`.

    `names` are those that it must be good for; `wall` tells the time in seconds since the epoch.
    """

    def __init__(
        self, folder: Path, names: Callable[[], tuple[str, ...]], wall: Callable[[], float],
        randomness: Callable[[int], bytes] = os.urandom,
    ) -> None:  # fmt: skip
        """Nothing is read or made before `load`."""
        self.certificate, self.key = folder / CERTIFICATE_NAME, folder / "key.pem"
        self._names, self._wall, self._randomness = names, wall, randomness

    def due(self, shown: Identity) -> bool:
        """Tell whether the certificate is to be renewed: it ends soon."""
        return shown.expires - self._wall() < RENEWAL.total_seconds()

    def load(self) -> Identity:
        """Return the certificate, made or renewed where that is needed; blocks. Raises ConfigurationError."""
        try:
            self.certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.key.exists():
                _write(self.key, _pem(ec.generate_private_key(ec.SECP256R1())), 0o600)
            if not self._is_good():
                self._make()
        except OSError as error:
            where = str(error.filename or self.certificate.parent)
            raise ConfigurationError(f"the certificate cannot be made: {error.strerror}", where=where) from error
        return read_identity(self.certificate, self.key, _SOURCE)

    def _is_good(self) -> bool:
        try:
            found = read_identity(self.certificate, self.key, _SOURCE)
        except ConfigurationError:
            # none yet, or one that is not the key's: a self-signed one is worth nothing, so it is made anew
            return False
        return not self.due(found) and {*self._names()} <= {*found.names}

    def _make(self) -> None:
        key = read_private_key(self.key, _SOURCE)
        signed = _signed(key, self._names(), datetime.fromtimestamp(self._wall(), UTC), self._randomness)
        _write(self.certificate, signed.public_bytes(Encoding.PEM), 0o644)


def _signed(
    key: PrivateKey, names: tuple[str, ...], now: datetime, randomness: Callable[[int], bytes]
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:MAX_COMMON_NAME])])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    public = key.public_key()
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(public)
        .serial_number(int.from_bytes(randomness(SERIAL_BYTES)) | 1)
        .not_valid_before(now - CLOCKS_DIFFER).not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_any(name: str) -> bool:
    """Tell whether a name is the address that stands for all addresses."""
    try:
        return ip_address(name).is_unspecified
    except ValueError:
        return False


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    os.replace(draft, path)
