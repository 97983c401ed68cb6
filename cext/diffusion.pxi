# Error diffusion.
#
# `error` is one row of errors: of the row above at and beyond the scan position, of this row behind it. error[-1] and
# error[width] are zero and are never written. Seen along the scan, a pixel receives 7/16 from the pixel before it, and
# from the row above 5/16 straight down, `ahead` from the next column and `behind` from the last one. The row above
# pushed 3/16 *against its own* direction and 1/16 along it, so the two change places when the scan turns round.


cdef inline void diffuse_row(
    const uint8_t* grey, uint8_t* bits, int16_t* error, Py_ssize_t width, int direction, int ahead, int behind
) noexcept nogil:
    """Project form: v = in + ((7 west + above + 8) >> 4), white if v >= 128, no clipping."""
    cdef Py_ssize_t x = 0 if direction > 0 else width - 1
    cdef Py_ssize_t left = width
    cdef int last = 0, here = error[x], following, west7 = 0
    cdef int scaled, value, white
    cdef uint32_t byte = 0
    while left > 0:
        following = error[x + direction]
        scaled = 16 * grey[x] + 5 * here + ahead * following + behind * last + 8 + west7
        value = scaled >> 4
        white = (2047 - scaled) >> 31  # all ones if value >= 128: a branch would be mispredicted half the time
        west7 = 7 * value - (white & (7 * 255))
        error[x] = <int16_t>(value - (white & 255))
        last = here
        here = following
        if direction > 0:
            byte = (byte << 1) | <uint32_t>(1 + white)
            if x & 7 == 7:
                bits[x >> 3] = <uint8_t>byte
        else:
            byte = (byte >> 1) | (<uint32_t>(1 + white) << 7)
            if x & 7 == 0:
                bits[x >> 3] = <uint8_t>byte
                byte = 0
        x += direction
        left -= 1
    if direction > 0 and width & 7:
        bits[width >> 3] = <uint8_t>(byte << (8 - (width & 7)))


cdef void diffuse_raster(
    const uint8_t* grey, uint8_t* bits, int16_t* error, Py_ssize_t height, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t y, stride = (width + 7) >> 3
    for y in range(height):
        diffuse_row(grey + y * width, bits + y * stride, error, width, 1, 3, 1)


cdef void diffuse_serpentine(
    const uint8_t* grey, uint8_t* bits, int16_t* error, Py_ssize_t height, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t y, stride = (width + 7) >> 3
    for y in range(height):
        if y & 1:
            diffuse_row(grey + y * width, bits + y * stride, error, width, -1, 1, 3)
        else:
            diffuse_row(grey + y * width, bits + y * stride, error, width, 1, 1, 3)


def floyd_steinberg(const uint8_t[:, ::1] grey, uint8_t[:, ::1] bits, int16_t[::1] error, bint serpentine):
    """Diffuse `grey` into packed `bits`; `error` is zeroed scratch of width + 2 entries."""
    with nogil:
        if serpentine:
            diffuse_serpentine(&grey[0, 0], &bits[0, 0], &error[1], grey.shape[0], grey.shape[1])
        else:
            diffuse_raster(&grey[0, 0], &bits[0, 0], &error[1], grey.shape[0], grey.shape[1])


# The Pillow-identical form. Its step  v = clip8(in + trunc(s / 16)), white if v > 128, e = v - (255 or 0)  is a long
# chain, so it is tabled. trunc(s / 16) = floor((s + (15 if s < 0)) / 16), so 16 in + s + (15 if s < 0) names the error
# that leaves the pixel. Errors stay within -126..128, s therefore within -2016..2048, that name within -2016..6128.

cdef enum:
    STEP_LOW = -2016
    STEP_HIGH = 6128
    UNCLIPPED_LOW = -126
    UNCLIPPED_HIGH = 383


cdef inline int pillow_error(int unclipped) noexcept nogil:
    cdef int value = 0 if unclipped < 0 else 255 if unclipped > 255 else unclipped
    return value - 255 if value > 128 else value


cdef void diffuse_pillow(
    const uint8_t* grey, uint8_t* bits, int16_t* error, Py_ssize_t height, Py_ssize_t width
) noexcept nogil:
    cdef int16_t steps[STEP_HIGH - STEP_LOW + 1]
    cdef int16_t errors[UNCLIPPED_HIGH - UNCLIPPED_LOW + 1]
    cdef int16_t* west7_of = steps - STEP_LOW
    cdef int16_t* error_of = errors - UNCLIPPED_LOW
    cdef Py_ssize_t x, y, stride = (width + 7) >> 3
    cdef int last, here, following, above, west7, spread, name
    cdef uint32_t byte = 0
    for name in range(STEP_LOW, STEP_HIGH + 1):
        west7_of[name] = <int16_t>(7 * pillow_error(name >> 4))
    for name in range(UNCLIPPED_LOW, UNCLIPPED_HIGH + 1):
        error_of[name] = <int16_t>pillow_error(name)
    for y in range(height):
        last = west7 = 0
        here = error[0]
        for x in range(width):
            following = error[x + 1]
            above = 5 * here + 3 * following + last
            spread = west7 + above
            name = 16 * grey[x] + spread + ((spread >> 31) & 15)
            west7 = west7_of[name]
            error[x] = error_of[name >> 4]
            last = here
            here = following
            byte = (byte << 1) | <uint32_t>(name < 129 * 16)
            if x & 7 == 7:
                bits[x >> 3] = <uint8_t>byte
        if width & 7:
            bits[width >> 3] = <uint8_t>(byte << (8 - (width & 7)))
        grey += width
        bits += stride


def floyd_steinberg_pillow(const uint8_t[:, ::1] grey, uint8_t[:, ::1] bits, int16_t[::1] error):
    """Diffuse `grey` as Pillow does; `error` is zeroed scratch of width + 2 entries."""
    with nogil:
        diffuse_pillow(&grey[0, 0], &bits[0, 0], &error[1], grey.shape[0], grey.shape[1])
