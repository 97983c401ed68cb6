"""Small tables that kernels are given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from printserver.model.card import Plane


def constant(values: npt.ArrayLike) -> Plane:
    """Return values as a read-only uint8 array."""
    array = np.array(values, dtype=np.uint8)
    array.setflags(write=False)
    return array
