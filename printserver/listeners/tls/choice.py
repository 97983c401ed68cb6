"""Which certificate a server shows: the user's own where the configuration names one, else one that is made here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from .own import CERTIFICATE_NAME, OwnCertificate, names_of_host
from .serving import GivenCertificate, Source


def certificate_file(certificate: str | None, folder: Path) -> Path:
    """Return where the certificate lies that the server shows."""
    return folder / CERTIFICATE_NAME if certificate is None else Path(certificate)


def certificate_source(
    certificate: str | None, key: str | None, *, folder: Path, bind: str, hosts: Iterable[str],
    wall: Callable[[], float], randomness: Callable[[int], bytes] = os.urandom, source: str = "",
) -> Source:  # fmt: skip
    """Return where the certificate comes from; `folder` is the server's own place for one, `source` the file's name."""
    if certificate is not None and key is not None:
        return GivenCertificate(Path(certificate), Path(key), source)
    return OwnCertificate(folder, partial(names_of_host, bind, tuple(hosts)), wall, randomness)
