# Ordered dither: a tile of limits laid over the plane.

cdef inline void darker(
    const uint8_t* grey, const uint8_t* limits, const uint8_t* weights, uint8_t* weighed
) noexcept nogil:
    cdef int i
    for i in range(BLOCK):
        weighed[i] = <uint8_t>(-<int>(grey[i] < limits[i])) & weights[i]


cdef void dither_ordered(
    const uint8_t* grey, uint8_t* bits, Py_ssize_t height, Py_ssize_t width,
    const uint8_t* tile, Py_ssize_t tile_height, Py_ssize_t tile_width
) noexcept nogil:
    cdef uint8_t rest[BLOCK]
    cdef uint8_t weights[BLOCK]
    cdef uint8_t weighed[BLOCK]
    cdef const uint8_t* limits
    cdef Py_ssize_t x, y, i, block, whole = width - width % BLOCK, stride = (width + 7) >> 3
    set_weights(weights)
    memset(rest, 255, BLOCK)  # 255 is below no limit: what fills up the last block gets no ink
    for y in range(height):
        limits = tile + (y & (tile_height - 1)) * tile_width
        for block in range(width // BLOCK):
            x = block * BLOCK
            darker(grey + x, limits + (x & (tile_width - 1)), weights, weighed)
            for i in range(BLOCK >> 3):
                bits[(x >> 3) + i] = sum_of(eight_at(weighed + 8 * i))
        if whole < width:
            memcpy(rest, grey + whole, width - whole)
            darker(rest, limits + (whole & (tile_width - 1)), weights, weighed)
            for i in range((width - whole + 7) >> 3):
                bits[(whole >> 3) + i] = sum_of(eight_at(weighed + 8 * i))
        grey += width
        bits += stride


def ordered(const uint8_t[:, ::1] grey, uint8_t[:, ::1] bits, const uint8_t[:, ::1] tile):
    """Ink where `grey` is below the tile repeated over it; tile sides are powers of two, its width at least 64."""
    with nogil:
        dither_ordered(
            &grey[0, 0], &bits[0, 0], grey.shape[0], grey.shape[1], &tile[0, 0], tile.shape[0], tile.shape[1]
        )
