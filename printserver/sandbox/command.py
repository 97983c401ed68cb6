"""How a worker process is started: its command line and its environment.

Laws kept here:

1. A worker inherits nothing but the place of the program's code: no secrets, no home, no locale of the daemon's.
2. Driver packages are those that the caller names; the worker does not choose.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points

import msgspec

from printserver.documents.format import Format
from printserver.sandbox.limits import Limits

MODULE = "printserver.sandbox.worker"
ENTRY_POINT_GROUP = "printserver"


class DecoderSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A document format that a plugin brings: its media type, first bytes, and `module:function` that decodes it."""

    format: str
    magic: bytes
    function: str

    def kind(self) -> Format:
        """Return the format; its size stands at no place that is known here, and it may have several pages."""
        return Format(self.format.lower(), self.format, self.magic, paged=True)


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's one argument, as JSON: its limits, the driver packages, found on `paths` first, and the decoders.

    `fonts` is a folder of fonts beside those that the server brings.
    """

    limits: Limits = Limits()
    packages: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    decoders: tuple[DecoderSetting, ...] = ()
    fonts: str | None = None


def worker_command(
    limits: Limits | None = None, packages: Sequence[str] | None = None, paths: Sequence[str] = (),
    decoders: Sequence[DecoderSetting] = (), fonts: str | None = None,
) -> tuple[str, ...]:
    """Return the command line of a worker; `packages` None = all that are installed."""
    names = installed_packages() if packages is None else tuple(packages)
    settings = WorkerSettings(
        limits=limits or Limits(), packages=names, paths=tuple(paths), decoders=tuple(decoders),
        fonts=fonts,
    )
    return (sys.executable, "-P", "-m", MODULE, msgspec.json.encode(settings).decode())


def installed_packages() -> tuple[str, ...]:
    """Return the names of all installed driver packages."""
    return tuple(sorted({entry.module for entry in entry_points(group=ENTRY_POINT_GROUP)}))


def worker_environment() -> dict[str, str]:
    """Return the whole environment of a worker.

    BLAS threads are kept away: a process with threads may not enter a user namespace.
    """
    return {
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path if path),
    }
