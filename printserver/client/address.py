"""Where a server is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from printserver.errors import ConfigurationError

_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ipp": 631, "ipps": 631}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is: `path` begins with a slash, or is empty."""

    secure: bool
    host: str
    port: int
    path: str = ""

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, scheme: str, path: str | None = None) -> str:
        """The address in another scheme (`http` or `ipp`, with the s that it needs) and with another path."""
        return f"{scheme}{'s' if self.secure else ''}://{self.authority}{self.path if path is None else path}"


def read_address(url: str) -> Address:
    """Read http, https, ipp and ipps URLs; raises ConfigurationError."""
    allowed = "http://HOST:PORT, https://HOST:PORT, ipp://HOST:PORT/PATH or ipps://HOST:PORT/PATH"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"this is no address: {error}", where=url, allowed=allowed) from None
    if parts.scheme not in _DEFAULT_PORTS or not host or not (url.isascii() and url.isprintable()) or " " in url:
        raise ConfigurationError("this is no address of a print server", where=url, allowed=allowed)
    return Address(parts.scheme in ("https", "ipps"), host, port or _DEFAULT_PORTS[parts.scheme],
                   parts.path.rstrip("/"))
