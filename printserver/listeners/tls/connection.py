"""One encrypted connection on Python's own TLS, in the shape in which Twisted asks for it.

Laws kept here:

1. Everything is in memory: bytes of the wire go in and come out, no socket is touched.
2. Whatever goes wrong is one of pyOpenSSL's errors, as Twisted expects.

Twisted speaks to pyOpenSSL, which cannot leave out the session tickets of TLS 1.3 (RFC 8446 section 4.6.1). The
programs of CUPS 2.4 with GnuTLS spin for ever on tickets that come while they wait for a `100 Continue`.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from OpenSSL import SSL


class ServerConnection:
    """The server's side of one connection; methods are named and fail as those of pyOpenSSL's Connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        """Begin with nothing received."""
        self._received, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._outgoing, server_side=True)

    def set_accept_state(self) -> None:
        """Be the server, which it is from the beginning."""

    def set_app_data(self, data: object) -> None:
        """Nothing here looks for what belongs to a connection."""

    def do_handshake(self) -> None:
        """Go on with the handshake."""
        with _as_pyopenssl():
            self._tls.do_handshake()

    def bio_write(self, data: bytes) -> int:
        """Take bytes from the wire."""
        return self._received.write(data)

    def bio_read(self, size: int) -> bytes:
        """Return bytes for the wire; raises WantReadError when there are none."""
        data = self._outgoing.read(size)
        if not data:
            raise SSL.WantReadError()
        return data

    def bio_shutdown(self) -> None:
        """Nothing more will come from the wire."""
        self._received.write_eof()

    def recv(self, size: int) -> bytes:
        """Return what the client sent; raises ZeroReturnError at its orderly end."""
        with _as_pyopenssl():
            data = self._tls.read(size)
        if not data:
            raise SSL.ZeroReturnError()
        return data

    def send(self, data: bytes) -> int:
        """Encrypt bytes for the client and return how many were taken."""
        with _as_pyopenssl():
            return self._tls.write(data)

    def shutdown(self) -> bool:
        """Say that nothing more will be sent; True when the client has said so, too."""
        try:
            with _as_pyopenssl():
                self._tls.unwrap()
        except SSL.WantReadError:
            return False
        return True

    def get_peer_certificate(self) -> None:
        """Clients are not asked for a certificate."""
        return None


@contextmanager
def _as_pyopenssl() -> Iterator[None]:
    """Raise pyOpenSSL's error for one of Python's."""
    try:
        yield
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        raise SSL.WantReadError() from None
    except ssl.SSLZeroReturnError:
        raise SSL.ZeroReturnError() from None
    except ssl.SSLEOFError:
        raise SSL.SysCallError(-1, "Unexpected EOF") from None
    except (ssl.SSLError, ValueError) as error:
        raise SSL.Error([("SSL routines", "", str(error))]) from error
