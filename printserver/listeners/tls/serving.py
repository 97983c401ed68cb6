# mypy: allow-untyped-calls
# Half of Twisted has no annotations.
"""Connections encrypted: the factory before the site, and the certificate that it shows, replaced while it runs.

Laws kept here:

1. TLS 1.2 or newer; with 1.2 only suites with forward secrecy and authenticated encryption; no compression, no
   renegotiation (RFC 9325 sections 3 and 4).
2. New files are taken up without a restart; files that cannot be used leave the old certificate in place and are told
   of once.
3. Each new connection gets the certificate of that moment; connections that are open keep theirs.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Protocol

import structlog
from twisted.internet.interfaces import IAddress, IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

from printserver.errors import ConfigurationError

from .connection import ServerConnection
from .identity import Identity, fingerprint, read_identity

SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
Stamp = tuple[tuple[int, int, int], ...]


class Source(Protocol):
    """Where a certificate comes from."""

    certificate: Path
    key: Path

    def load(self) -> Identity:
        """Return the certificate of now; raises ConfigurationError."""
        ...

    def due(self, shown: Identity) -> bool:
        """Tell whether it must be loaded anew although its files are the same."""
        ...


class GivenCertificate:
    """The user's own files."""

    def __init__(self, certificate: Path, key: Path, source: str = "") -> None:
        """`source` is the configuration's name for error messages."""
        self.certificate, self.key = certificate, key
        self._source = source

    def due(self, shown: Identity) -> bool:
        """Nothing of the user's is renewed here."""
        return False

    def load(self) -> Identity:
        """Read the files; raises ConfigurationError."""
        return read_identity(self.certificate, self.key, self._source)


@implementer(IOpenSSLServerConnectionCreator)
class CertificateKeeper:
    """Has the certificate that new connections are shown."""

    def __init__(self, source: Source) -> None:
        """Take certificates from `source`; none is there before `open`."""
        self._source = source
        self._log = structlog.get_logger("tls")
        self._shown: Identity | None = None
        self._context: ssl.SSLContext | None = None
        self._stamp: Stamp | None = None
        self._told = ""

    @property
    def shown(self) -> Identity:
        """Return the certificate that new connections are shown."""
        assert self._shown is not None
        return self._shown

    def open(self) -> None:
        """Load the first certificate; blocks. Raises ConfigurationError."""
        self._take(self._source.load())

    def look(self) -> None:
        """Take a new certificate when the files have changed or the old one is due; blocks."""
        if self._stamp == self._seen() and not self._source.due(self.shown):
            return
        try:
            self._take(self._source.load())
        except ConfigurationError as error:
            self._complain(error)

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> ServerConnection:
        """Return the state of one new connection."""
        assert self._context is not None
        return ServerConnection(self._context)

    def _take(self, identity: Identity) -> None:
        context = context_of(self._source)
        self._context, self._shown, self._stamp, self._told = context, identity, self._seen(), ""
        self._log.info(
            "certificate shown", fingerprint=fingerprint(identity.certificate), names=identity.names,
            until=identity.certificate.not_valid_after_utc.isoformat(), file=str(self._source.certificate),
        )  # fmt: skip

    def _complain(self, error: ConfigurationError) -> None:
        if error.sentence() != self._told:
            self._told = error.sentence()
            self._log.error("new certificate not taken", code=error.code, detail=self._told)

    def _seen(self) -> Stamp:
        return tuple(_stamp(path) for path in (self._source.certificate, self._source.key))


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_ino, found.st_size)


def context_of(source: Source) -> ssl.SSLContext:
    """Return what connections with a certificate are made with; raises ConfigurationError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0  # see connection.py
    context.set_ciphers(SUITES)
    try:
        context.load_cert_chain(source.certificate, source.key, password="")
    except (ssl.SSLError, OSError) as error:
        raise ConfigurationError(f"{source.certificate} cannot be used: {error}", where="TLS") from error
    return context


class _Factory(TLSMemoryBIOFactory):
    """Twisted's own, which takes no `no` from the factory that it wraps."""

    def buildProtocol(self, addr: IAddress | None) -> TLSMemoryBIOProtocol | None:  # type: ignore[override]  # IFactory allows None
        inner = self.wrappedFactory.buildProtocol(addr)
        return None if inner is None else self.protocol(self, inner)


def encrypted(factory: Any, keeper: Any, clock: Any) -> Any:  # noqa: ANN401 - zope's interfaces are no types
    """Return a factory whose connections are those of `factory` behind TLS, with the certificate of `keeper`.

    `keeper` is a CertificateKeeper, `clock` a Twisted reactor.
    """
    return _Factory(keeper, False, factory, clock)


