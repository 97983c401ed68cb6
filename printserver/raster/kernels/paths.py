"""The code paths of the compiled kernels: all give the same results, each as fast as its processor allows.

When the server starts it takes the best path of the processor, or the one that the environment variable
`PRINTSERVER_KERNELS` names: `portable`, `avx2` or `avx512`. One that the processor cannot take is refused at start:
loading this raises ConfigurationError.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from printserver.errors import ConfigurationError
from printserver.raster._kernels import code_path, code_paths, take_code_path

__all__ = ["SETTING", "code_path", "code_paths", "on_code_path"]

SETTING = "PRINTSERVER_KERNELS"


def _take_wanted(name: str) -> None:
    """Take the code path that somebody set; raises ConfigurationError."""
    try:
        take_code_path(name)
    except ValueError:
        allowed = ", ".join(code_paths())
        raise ConfigurationError(f"{name!r} cannot be taken here", where=SETTING, allowed=allowed) from None


@contextmanager
def on_code_path(name: str) -> Iterator[None]:
    """Take a code path for a while, in all threads: for tests and benchmarks. Raises ValueError."""
    former = code_path()
    take_code_path(name)
    try:
        yield
    finally:
        take_code_path(former)


if wanted := os.environ.get(SETTING):
    _take_wanted(wanted)
