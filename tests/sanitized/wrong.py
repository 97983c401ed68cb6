"""Calls a kernel past its facade, with what its arguments say: to see that a sanitizer notices.

usage: scripts/under-sanitizers tests.sanitized.wrong "luma(zeros((7, 8, 3), B), zeros((8, 8), B), None)"
"""

from __future__ import annotations

import sys

import numpy as np

from printserver.raster import _kernels

if __name__ == "__main__":
    odd = np.zeros(4096, np.uint8)[1:4001].view(np.int16)  # scratch of the right type at an odd address
    names = {"zeros": np.zeros, "full": np.full, "B": np.uint8, "odd": odd, "__file__": _kernels.__file__}
    eval(sys.argv[1], {**vars(_kernels), **names})
