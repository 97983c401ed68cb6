# Error diffusion: in lanes where the plane is large enough (diffusion.h), else dot by dot, here.
#
# `error` is one row of errors: of the row above at and beyond the scan position, of this row behind it. error[-1] and
# error[width] are zero and are never written. Seen along the scan, a pixel receives shares from the pixel before it
# (`west`), and from the row above straight down, from the next column (`ahead`) and from the last one (`behind`). The
# row above pushed its larger share *against its own* direction, so ahead and behind change places when the scan turns.

cdef extern from "diffusion.h":
    enum:
        FORM_PROJECT
        FORM_PILLOW
        FORM_SIERRA_LITE
        MOST_LANES
    bint diffuse_wave(
        const uint8_t* grey, uint8_t* bits, int16_t* scratch, Py_ssize_t height, Py_ssize_t width, int form
    ) nogil
    int batch_lanes() nogil
    void diffuse_batch(
        const uint8_t* const* grey, uint8_t* const* bits, int count, int16_t* owed, Py_ssize_t height, Py_ssize_t width,
        int form
    ) nogil


cdef inline void diffuse_row(
    const uint8_t* grey, uint8_t* bits, int16_t* error, Py_ssize_t width, int direction,
    int shift, int west, int straight, int ahead, int behind, int half, int kept
) noexcept nogil:
    """v = in + ((the shares + half) >> shift), white if v >= 128, no clipping; `kept` bits go on to the next dot."""
    cdef Py_ssize_t x = 0 if direction > 0 else width - 1
    cdef Py_ssize_t left = width
    cdef int last = 0, here = error[x], following, from_west = 0
    cdef int scaled, value, white, cut = 0
    cdef uint32_t byte = 0
    while left > 0:
        following = error[x + direction]
        scaled = (grey[x] << shift) + straight * here + ahead * following + behind * last + half + cut + from_west
        cut = scaled & kept
        value = scaled >> shift
        white = ((128 << shift) - 1 - scaled) >> 31  # all ones if value >= 128: a branch would be mispredicted
        from_west = west * value - (white & (west * 255))
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


cdef void floyd_steinberg_rows(
    const uint8_t* grey, uint8_t* bits, int16_t* error, Py_ssize_t height, Py_ssize_t width, bint serpentine
) noexcept nogil:
    cdef Py_ssize_t y, stride = (width + 7) >> 3
    for y in range(height):
        if not serpentine:
            diffuse_row(grey + y * width, bits + y * stride, error, width, 1, 4, 7, 5, 3, 1, 8, 0)
        elif y & 1:
            diffuse_row(grey + y * width, bits + y * stride, error, width, -1, 4, 7, 5, 1, 3, 8, 0)
        else:
            diffuse_row(grey + y * width, bits + y * stride, error, width, 1, 4, 7, 5, 1, 3, 8, 0)


cdef void sierra_lite_rows(
    const uint8_t* grey, uint8_t* bits, int16_t* error, Py_ssize_t height, Py_ssize_t width, bint serpentine
) noexcept nogil:
    cdef Py_ssize_t y, stride = (width + 7) >> 3
    for y in range(height):
        if not serpentine:
            diffuse_row(grey + y * width, bits + y * stride, error, width, 1, 2, 2, 1, 1, 0, 0, 3)
        elif y & 1:
            diffuse_row(grey + y * width, bits + y * stride, error, width, -1, 2, 2, 1, 0, 1, 0, 3)
        else:
            diffuse_row(grey + y * width, bits + y * stride, error, width, 1, 2, 2, 1, 0, 1, 0, 3)


def floyd_steinberg(const uint8_t[:, ::1] grey, uint8_t[:, ::1] bits, int16_t[::1] scratch, bint serpentine):
    """Diffuse `grey` into packed `bits`; `scratch` is zeroed, 2 width + 128 entries long."""
    cdef Py_ssize_t height = grey.shape[0], width = grey.shape[1]
    with nogil:
        if serpentine or not diffuse_wave(&grey[0, 0], &bits[0, 0], &scratch[0], height, width, FORM_PROJECT):
            floyd_steinberg_rows(&grey[0, 0], &bits[0, 0], &scratch[1], height, width, serpentine)


def sierra_lite(const uint8_t[:, ::1] grey, uint8_t[:, ::1] bits, int16_t[::1] scratch, bint serpentine):
    """Diffuse `grey` into packed `bits`; `scratch` is zeroed, 2 width + 128 entries long."""
    cdef Py_ssize_t height = grey.shape[0], width = grey.shape[1]
    with nogil:
        if serpentine or not diffuse_wave(&grey[0, 0], &bits[0, 0], &scratch[0], height, width, FORM_SIERRA_LITE):
            sierra_lite_rows(&grey[0, 0], &bits[0, 0], &scratch[1], height, width, serpentine)


# Many planes of one shape, serpentine. Lanes without a plane look at the first one, and nobody looks at theirs.

def lanes():
    """Tell how many planes a batch takes; 0 if there are no batches."""
    return batch_lanes()


def serpentine_batch(list greys, list bits, int16_t[::1] scratch, bint sierra):
    """Diffuse planes, at most `lanes()`, each into its bits; `scratch` is zeroed, lanes() * (width + 2) long."""
    cdef const uint8_t* light[MOST_LANES]
    cdef uint8_t* ink[MOST_LANES]
    cdef const uint8_t[:, ::1] grey
    cdef uint8_t[:, ::1] packed
    cdef int lane, count = len(greys)
    for lane in range(MOST_LANES):
        grey, packed = greys[lane if lane < count else 0], bits[lane if lane < count else 0]
        light[lane], ink[lane] = &grey[0, 0], &packed[0, 0]
    with nogil:
        diffuse_batch(
            light, ink, count, &scratch[0], grey.shape[0], grey.shape[1], FORM_SIERRA_LITE if sierra else FORM_PROJECT
        )


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


cdef void pillow_rows(
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


def floyd_steinberg_pillow(const uint8_t[:, ::1] grey, uint8_t[:, ::1] bits, int16_t[::1] scratch):
    """Diffuse `grey` as Pillow does; `scratch` is zeroed, 2 width + 128 entries long."""
    cdef Py_ssize_t height = grey.shape[0], width = grey.shape[1]
    with nogil:
        if not diffuse_wave(&grey[0, 0], &bits[0, 0], &scratch[0], height, width, FORM_PILLOW):
            pillow_rows(&grey[0, 0], &bits[0, 0], &scratch[1], height, width)


# Atkinson: an eighth of the error goes to each of six pixels, a quarter goes nowhere. `older` holds the errors of the row
# two above, and takes those of this one.

cdef void atkinson_row(
    const uint8_t* grey, uint8_t* bits, int16_t* older, const int16_t* error, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t x
    cdef int before = 0, last = 0, scaled, value, white
    cdef uint32_t byte = 0
    for x in range(width):
        scaled = 8 * grey[x] + before + last + error[x - 1] + error[x] + error[x + 1] + older[x] + 4
        value = scaled >> 3
        white = (1023 - scaled) >> 31
        before = last
        last = value - (white & 255)
        older[x] = <int16_t>last
        byte = (byte << 1) | <uint32_t>(1 + white)
        if x & 7 == 7:
            bits[x >> 3] = <uint8_t>byte
    if width & 7:
        bits[width >> 3] = <uint8_t>(byte << (8 - (width & 7)))


def atkinson(const uint8_t[:, ::1] grey, uint8_t[:, ::1] bits, int16_t[::1] scratch):
    """Diffuse `grey` into packed `bits`; `scratch` is zeroed, 2 width + 128 entries long."""
    cdef Py_ssize_t y, width = grey.shape[1]
    cdef int16_t* one = &scratch[1]
    cdef int16_t* other = &scratch[width + 3]
    with nogil:
        for y in range(grey.shape[0]):
            atkinson_row(&grey[y, 0], &bits[y, 0], one, other, width)
            one, other = other, one
