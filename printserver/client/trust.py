"""Whom a client trusts over TLS: authorities, or one certificate known by its fingerprint."""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
from dataclasses import dataclass
from pathlib import Path

from printserver.errors import ConfigurationError, ServerUnreachable

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Trust:
    """A context for the handshake; with a `fingerprint` (64 digits) that certificate alone is good."""

    context: ssl.SSLContext
    fingerprint: str = ""

    def check(self, certificate: bytes | None, where: str) -> None:
        """Raise ServerUnreachable for another certificate (DER) than the one that is known; nothing was sent yet."""
        if not self.fingerprint:
            return
        shown = hashlib.sha256(certificate or b"").hexdigest()
        if not hmac.compare_digest(shown, self.fingerprint):
            raise ServerUnreachable(f"the server shows another certificate, with the fingerprint {colons(shown)}",
                                    where=where, allowed=colons(self.fingerprint))


def trusting(*, ca: str | Path | None = None, fingerprint: str = "") -> Trust:
    """Trust the certificates in a PEM file, or the one whose SHA-256 `printserver certificate` shows.

    With a fingerprint the names in the certificate do not matter. Without either the system's authorities are trusted.
    Raises ConfigurationError.
    """
    if fingerprint:
        plain = fingerprint.replace(":", "").strip().lower()
        if not _FINGERPRINT.fullmatch(plain):
            raise ConfigurationError("this is no SHA-256", where=fingerprint, allowed="32 bytes as AA:BB:...")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the certificate itself is compared instead, before anything is sent
        return Trust(context, plain)
    try:
        return Trust(ssl.create_default_context(cafile=None if ca is None else str(ca)))
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"the certificates cannot be read: {error}", where=str(ca)) from None


def as_trust(tls: ssl.SSLContext | Trust | None) -> Trust:
    """What a client was given, None = the system's authorities."""
    if tls is None:
        return trusting()
    return tls if isinstance(tls, Trust) else Trust(tls)


def colons(digits: str) -> str:
    """Write a fingerprint as people compare it."""
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()
