"""The code paths of the compiled kernels: all give the same results, each as fast as its processor allows.

When the server starts it takes the best path of the processor, or the one that the environment variable
`PRINTSERVER_KERNELS` names: `portable`, `avx2` or `avx512`. One that the processor cannot take is refused at start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from printserver.raster._kernels import code_path, code_paths, take_code_path

__all__ = ["code_path", "code_paths", "on_code_path"]


@contextmanager
def on_code_path(name: str) -> Iterator[None]:
    """Take a code path for a while, in all threads: for tests and benchmarks. Raises ValueError."""
    former = code_path()
    take_code_path(name)
    try:
        yield
    finally:
        take_code_path(former)
