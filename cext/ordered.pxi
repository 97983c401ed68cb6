# Ordered dither: a tile of limits laid over the plane.

cdef extern from "ordered.h":
    enum:
        TILE_DOTS
    void dither_ordered(
        const uint8_t* grey, uint8_t* bits, Py_ssize_t height, Py_ssize_t width, const uint8_t* tile,
        Py_ssize_t tile_height, Py_ssize_t tile_width
    ) nogil
    void dither_ordered_narrow(
        const uint8_t* grey, uint8_t* bits, Py_ssize_t height, Py_ssize_t width, const uint8_t* tile,
        Py_ssize_t tile_height, Py_ssize_t tile_width
    ) nogil


def ordered(const uint8_t[:, ::1] grey, uint8_t[:, ::1] bits, const uint8_t[:, ::1] tile):
    """Ink where `grey` is below the tile repeated over it; its sides are powers of two, and 64 wide or at most 64 high."""
    cdef Py_ssize_t height = grey.shape[0], width = grey.shape[1], high = tile.shape[0], wide = tile.shape[1]
    with nogil:
        if wide < TILE_DOTS:
            dither_ordered_narrow(&grey[0, 0], &bits[0, 0], height, width, &tile[0, 0], high, wide)
        else:
            dither_ordered(&grey[0, 0], &bits[0, 0], height, width, &tile[0, 0], high, wide)
