"""The facade of the compiled kernels: checks here, loops there.

Laws kept here:

1. The caller allocates every output; a kernel never does. Outputs lie apart from inputs and from each other.
2. Arrays are uint8 and C-contiguous; nothing is converted or copied behind the caller's back, a wrong one is refused.
3. Every result is an exact integer function of its input, the same on every machine and code path.
4. The compiled loops run without the GIL and keep nothing between calls: one thread a card is safe.
5. A call that breaks these laws raises BadPlane, and no kernel is entered.

| plane  | shape                      | meaning                                                    |
|--------|----------------------------|------------------------------------------------------------|
| pixels | (height, width, 3 or 4)    | R, G, B and an ignored fourth sample                       |
| grey   | (height, width)            | *light*: 0 black, 255 white. Dithers read this one         |
| level  | (height, width)            | *ink*: 0 none, levels - 1 full. Panels are this one        |
| bits   | (height, (width + 7) // 8) | packed ink, 1 = ink, MSB first, rows filled up with zeros  |

A dither's `bits` become a level plane of 0 and 1 by `unpack(bits, plane, 1, align_rows=True)`; the ink of a level plane
is dithered by giving 255 - level.
"""

from printserver.raster.kernels import paths
from printserver.raster.kernels.colour import FULL_NODE, GRIDS, PER_CODE, Nodes, check_nodes, tetrahedral
from printserver.raster.kernels.covering import Rectangle, overlay
from printserver.raster.kernels.diffusion import (
    atkinson,
    floyd_steinberg,
    floyd_steinberg_batch,
    floyd_steinberg_pillow,
    sierra_lite,
    sierra_lite_batch,
)
from printserver.raster.kernels.levels import (
    depth,
    diffuse_depth,
    expand_depth,
    pack,
    packed_size,
    reduce_depth,
    unpack,
)
from printserver.raster.kernels.ordered import BAYER_8, VOID_AND_CLUSTER_64, ordered, threshold
from printserver.raster.kernels.resin import WHOLE, lift_colour, replace_grey_component, shrink, under_black
from printserver.raster.kernels.separation import LINEAR_TONES, PURE_BLACK, brightest, luma, separate
from printserver.raster.kernels.text import Lettering, text
from printserver.raster.kernels.unfilter import LAST_FILTER, on_white, unfilter

__all__ = [
    "BAYER_8",
    "FULL_NODE",
    "GRIDS",
    "LAST_FILTER",
    "LINEAR_TONES",
    "PER_CODE",
    "PURE_BLACK",
    "VOID_AND_CLUSTER_64",
    "WHOLE",
    "Lettering",
    "Nodes",
    "Rectangle",
    "atkinson",
    "brightest",
    "check_nodes",
    "depth",
    "diffuse_depth",
    "expand_depth",
    "floyd_steinberg",
    "floyd_steinberg_batch",
    "floyd_steinberg_pillow",
    "lift_colour",
    "luma",
    "on_white",
    "ordered",
    "overlay",
    "pack",
    "packed_size",
    "paths",
    "reduce_depth",
    "replace_grey_component",
    "separate",
    "shrink",
    "sierra_lite",
    "sierra_lite_batch",
    "tetrahedral",
    "text",
    "threshold",
    "under_black",
    "unfilter",
    "unpack",
]
