# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
# cython: freethreading_compatible=True
# distutils: extra_compile_args = -O3
"""The compiled raster kernels: plain loops over pixels, nothing else.

Laws of this file:

1. A kernel trusts its arguments. `printserver.raster.kernels` checks shapes, types and ranges; nothing else calls here.
2. A kernel allocates nothing, keeps nothing between calls (but for the code path, the best one unless another is
   taken), raises nothing and runs without the GIL, so that any number of threads may work on different cards.
3. Results are exact integers, equal on every machine and code path to the short references in
   `tests/raster/references.py`.

Planes are uint8, C-contiguous, shape (height, width). A *grey* plane holds light (0 black, 255 white); a *level* plane
holds ink (0 none). Packed bits stand MSB first, 1 = ink. Right shifts of negative numbers are arithmetic, as every C
compiler that CPython supports makes them.
"""

from libc.stdint cimport int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

# The family, each file one idea.
include "paths.pxi"
include "bits.pxi"
include "diffusion.pxi"
include "ordered.pxi"
include "separation.pxi"
include "text.pxi"
include "resin.pxi"
include "levels.pxi"
include "unfilter.pxi"
include "on_white.pxi"
include "colour.pxi"
