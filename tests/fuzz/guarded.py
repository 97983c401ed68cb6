"""Arrays that end, or begin, where the process may not read or write: a step too far ends it at once.

AddressSanitizer does not see what vector instructions with masks touch; the machine's own pages do, in any build.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from printserver.model.card import Plane
from tests.fuzz.source import Source

PAGE = mmap.PAGESIZE
NOTHING_ALLOWED = 0  # PROT_NONE of mprotect(2)

_libc = ctypes.CDLL(None, use_errno=True)


class Guarded:
    """Memory of which each part lies against a page that must not be touched; it lives as long as its arrays do."""

    def __init__(self, *, at_end: bool) -> None:
        self.at_end = at_end

    def array(self, *shape: int, like: npt.ArrayLike | None = None) -> npt.NDArray[np.uint8]:
        """Return a uint8 array of that shape, filled with what `like` holds, else with 0xA5."""
        size = int(np.prod(shape))
        room = -(-size // PAGE) * PAGE
        memory = mmap.mmap(-1, room + 2 * PAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        for guard in (start, start + PAGE + room):
            if _libc.mprotect(ctypes.c_void_p(guard), PAGE, NOTHING_ALLOWED):
                raise OSError(ctypes.get_errno(), "mprotect")
        begins = PAGE + room - size if self.at_end else PAGE
        array = np.frombuffer(memory, np.uint8, size, begins).reshape(shape)
        array[...] = 0xA5 if like is None else like
        return array


Call = Callable[[Guarded], Sequence[Plane]]
Target = Callable[[Source], Call]
