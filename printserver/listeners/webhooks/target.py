"""Where a webhook goes, as the configuration has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from printserver.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Target:
    """One target; `kinds` are the kinds of events that it is told."""

    name: str
    url: str
    kinds: frozenset[str]
    secret: bytes = field(repr=False)


def check_url(url: str, where: str) -> None:
    """Raise ConfigurationError for what is no address of a webhook."""
    allowed = "https://HOST/PATH, or http:// within a network that you trust; no user, password or fragment"
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ConfigurationError(f"{url!r} is no address: {error}", where=where, allowed=allowed) from error
    hostile = any(not 0x21 <= ord(letter) <= 0x7E for letter in url)
    if not sound or hostile or "@" in parts.netloc or parts.fragment:
        raise ConfigurationError(f"{url!r} is no address of a webhook", where=where, allowed=allowed)
