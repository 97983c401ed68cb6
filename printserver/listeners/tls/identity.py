"""What the server shows of itself over TLS: a certificate, those that vouch for it, and the private key.

Laws kept here:

1. Files that cannot be used give one error that names the key of the configuration and the file.
2. A certificate and a key that do not belong together are refused when they are read, not at the first connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from printserver.errors import ConfigurationError

CERTIFICATE_KEY = "server.certificate"
PRIVATE_KEY_KEY = "server.certificate_key"
MIN_RSA_BITS = 2048

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its private key; `chain` are the certificates that vouch for it, nearest first."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def expires(self) -> float:
        """Return when it ends, in seconds since the epoch."""
        return self.certificate.not_valid_after_utc.timestamp()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names and addresses that it is good for, in its own order."""
        return names_of(self.certificate)


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the names and addresses that a certificate is good for, in its own order."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in extension.value if isinstance(name, x509.DNSName | x509.IPAddress))


def fingerprint(certificate: x509.Certificate) -> str:
    """Return a certificate's SHA-256 as programs show it: pairs of hexadecimal digits with colons between."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def read_identity(certificate: Path, key: Path, source: str = "") -> Identity:
    """Read a certificate (PEM, with its chain behind it) and its private key (PEM, not encrypted).

    Raises ConfigurationError naming the key of the configuration `source`, and the file.
    """
    chain = read_certificates(certificate, _where(source, CERTIFICATE_KEY))
    where = _where(source, PRIVATE_KEY_KEY)
    private = read_private_key(key, where)
    if private.public_key() != chain[0].public_key():
        raise ConfigurationError(
            f"{key} is not the key of {certificate}", where=where,
            allowed="the private key that the first certificate of the file was made for",
        )
    return Identity(chain[0], private, tuple(chain[1:]))


def _where(source: str, key: str) -> str:
    return f"{source}: {key}" if source else key


def read_certificates(path: Path, where: str) -> list[x509.Certificate]:
    """Read a certificate and its chain; raises ConfigurationError naming `where` and the file."""
    try:
        return x509.load_pem_x509_certificates(_read(path, where))
    except ValueError as error:
        raise ConfigurationError(f"{path} holds no certificate", where=where, allowed="PEM") from error


def read_private_key(path: Path, where: str) -> PrivateKey:
    """Read a private key; raises ConfigurationError naming `where` and the file."""
    try:
        found = load_pem_private_key(_read(path, where), None)
    except TypeError as error:  # cryptography's word for a key that wants a password
        raise ConfigurationError(f"{path} is encrypted", where=where, allowed="a key without a password") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} holds no private key", where=where, allowed="PEM") from error
    if isinstance(found, ec.EllipticCurvePrivateKey) or (
        isinstance(found, rsa.RSAPrivateKey) and found.key_size >= MIN_RSA_BITS
    ):
        return found
    raise ConfigurationError(
        f"{path} is a key of a kind that clients do not take", where=where,
        allowed=f"ECDSA, or RSA of {MIN_RSA_BITS} bits or more",
    )


def _read(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}", where=where) from error
