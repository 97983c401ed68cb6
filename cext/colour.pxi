# Colour through a table: pixels to inks by interpolation. The loops stand in tetrahedral.h, once for each code path.

cdef extern from *:
    """
    #define KERNEL_FILE "tetrahedral.h"
    #include "each_path.h"
    #define interpolate BY_PATH(interpolate)
    """
    ctypedef struct Lattice:
        const int16_t* nodes
        int steps
    void interpolate(
        const uint8_t* pixels, uint8_t** planes, Py_ssize_t count, const Lattice* lattice, int samples
    ) noexcept nogil


def tetrahedral(
    const uint8_t[:, :, ::1] pixels, uint8_t[:, ::1] first, uint8_t[:, ::1] second, uint8_t[:, ::1] third,
    uint8_t[:, ::1] fourth, const uint16_t[:, :, :, ::1] table
):
    """Look RGB or RGBX up in `table` (grid, grid, grid, 4), grid 2 to 33, nodes 0..32640; `fourth` may be None."""
    cdef uint8_t* planes[4]
    cdef Lattice lattice
    planes[0], planes[1], planes[2], planes[3] = &first[0, 0], &second[0, 0], &third[0, 0], NULL
    if fourth is not None:
        planes[3] = &fourth[0, 0]
    lattice.nodes, lattice.steps = <const int16_t*>&table[0, 0, 0, 0], <int>table.shape[0] - 1
    with nogil:
        interpolate(&pixels[0, 0, 0], planes, first.shape[0] * first.shape[1], &lattice, <int>pixels.shape[2])
