# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
# cython: freethreading_compatible=True
# distutils: extra_compile_args = -O3
"""The compiled raster kernels: plain loops over pixels, nothing else.

Laws of this file:

1. A kernel trusts its arguments. `printserver.raster.kernels` checks shapes, types and ranges; nothing else calls here.
2. A kernel allocates nothing, keeps nothing between calls, raises nothing and runs without the GIL, so that any number
   of threads may work on different cards.
3. Results are exact integers, equal on every machine to the short references in `tests/raster/references.py`.

Planes are uint8, C-contiguous, shape (height, width). A *grey* plane holds light (0 black, 255 white); a *level* plane
holds ink (0 none). Packed bits stand MSB first, 1 = ink. Right shifts of negative numbers are arithmetic, as every C
compiler that CPython supports makes them.
"""

from libc.stdint cimport int16_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset


# Error diffusion -----------------------------------------------------------------------------------------------------
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


# Bits -----------------------------------------------------------------------------------------------------------------
#
# Eight dots are one 64-bit word, a byte a dot. A dot's weight is the bit that stands for it in a packed byte. The words
# are read and written as bytes, and all eight weights are summed, so the machine's byte order is no matter.

cdef enum:
    BLOCK = 64

cdef extern from *:
    """
    #define EACH UINT64_C(0x0101010101010101)
    """
    const uint64_t EACH


cdef inline uint64_t eight_at(const uint8_t* dots) noexcept nogil:
    cdef uint64_t eight
    memcpy(&eight, dots, 8)
    return eight


cdef inline void set_weights(uint8_t* weights) noexcept nogil:
    cdef int i
    for i in range(BLOCK):
        weights[i] = <uint8_t>(128 >> (i & 7))


cdef inline uint8_t sum_of(uint64_t weighed) noexcept nogil:
    return <uint8_t>((weighed * EACH) >> 56)


# Ordered dither ------------------------------------------------------------------------------------------------------

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


# Colour --------------------------------------------------------------------------------------------------------------

cdef inline void grey_run(
    const uint8_t* pixels, uint8_t* grey, Py_ssize_t count, const uint8_t* tone, int samples
) noexcept nogil:
    """ITU-R BT.601 luma with Pillow's 16-bit weights, rounded, then toned."""
    cdef Py_ssize_t i
    cdef uint32_t light
    for i in range(count):
        light = (<uint32_t>19595 * pixels[0] + <uint32_t>38470 * pixels[1] + <uint32_t>7471 * pixels[2] + 0x8000) >> 16
        grey[i] = <uint8_t>light if tone == NULL else tone[light]
        pixels += samples


def luma(const uint8_t[:, :, ::1] pixels, uint8_t[:, ::1] grey, const uint8_t[::1] tone):
    """Turn RGB or RGBX `pixels` into a grey plane, toned unless `tone` is None."""
    cdef Py_ssize_t count = grey.shape[0] * grey.shape[1]
    cdef const uint8_t* toned = NULL
    if tone is not None:
        toned = &tone[0]
    with nogil:
        if pixels.shape[2] == 3:
            grey_run(&pixels[0, 0, 0], &grey[0, 0], count, toned, 3)
        else:
            grey_run(&pixels[0, 0, 0], &grey[0, 0], count, toned, 4)


cdef struct Inks:
    uint8_t* yellow
    uint8_t* magenta
    uint8_t* cyan
    uint8_t* black  # NULL: the ribbon has none


cdef inline void separate_run(
    const uint8_t* pixels, Inks ink, Py_ssize_t count, const uint8_t* tones, int limit, const uint8_t* excluded,
    int kept, int samples
) noexcept nogil:
    """Complement, tone, extract: `limit` is the brightest channel that goes to black, `kept` all ones keeps colour."""
    cdef uint8_t inverse[4 * 256]
    cdef const uint8_t* yellow_of = inverse
    cdef const uint8_t* magenta_of = inverse + 256
    cdef const uint8_t* cyan_of = inverse + 512
    cdef const uint8_t* black_of = inverse + 768
    cdef int red, green, blue, brightest, black, colour
    cdef Py_ssize_t i
    for i in range(4 * 256):
        inverse[i] = tones[i ^ 255]
    for i in range(count):
        red, green, blue = pixels[0], pixels[1], pixels[2]
        pixels += samples
        brightest = red if red > green else green
        brightest = blue if blue > brightest else brightest
        black = (brightest - limit - 1) >> 31  # all ones if the pixel goes to black
        if excluded != NULL and excluded[i]:
            black = 0
        colour = ~black | kept
        ink.yellow[i] = <uint8_t>(yellow_of[blue] & colour)
        ink.magenta[i] = <uint8_t>(magenta_of[green] & colour)
        ink.cyan[i] = <uint8_t>(cyan_of[red] & colour)
        if ink.black != NULL:
            ink.black[i] = <uint8_t>(black_of[brightest] & black)


def separate(
    const uint8_t[:, :, ::1] pixels, uint8_t[:, ::1] yellow, uint8_t[:, ::1] magenta, uint8_t[:, ::1] cyan,
    uint8_t[:, ::1] black, const uint8_t[:, ::1] tones, int limit, const uint8_t[:, ::1] excluded, bint keep_colour
):
    """Turn RGB or RGBX into ink planes.

    `tones` is (4, 256) for y, m, c, k; `black` and `excluded` may be None; with `limit` -1 nothing goes to black.
    """
    cdef Py_ssize_t count = yellow.shape[0] * yellow.shape[1]
    cdef Inks ink
    cdef const uint8_t* without = NULL
    ink.yellow, ink.magenta, ink.cyan, ink.black = &yellow[0, 0], &magenta[0, 0], &cyan[0, 0], NULL
    if black is not None:
        ink.black = &black[0, 0]
    if excluded is not None:
        without = &excluded[0, 0]
    with nogil:
        if pixels.shape[2] == 3:
            separate_run(&pixels[0, 0, 0], ink, count, &tones[0, 0], limit, without, -keep_colour, 3)
        else:
            separate_run(&pixels[0, 0, 0], ink, count, &tones[0, 0], limit, without, -keep_colour, 4)


# Levels --------------------------------------------------------------------------------------------------------------

cdef void scale_down(const uint8_t* values, uint8_t* levels, Py_ssize_t count, uint16_t top) noexcept nogil:
    """Round value * top / 255: with 127 added, n / 255 = (n + 1 + (n >> 8)) >> 8, exact in 16 bits for these n."""
    cdef Py_ssize_t i
    cdef uint16_t scaled
    for i in range(count):
        scaled = <uint16_t>(values[i] * top + 127)
        levels[i] = <uint8_t>(<uint16_t>(scaled + 1 + (scaled >> 8)) >> 8)


def reduce_depth(const uint8_t[:, ::1] values, uint8_t[:, ::1] levels, uint16_t top):
    """Scale 0..255 to 0..top, rounded."""
    with nogil:
        scale_down(&values[0, 0], &levels[0, 0], values.shape[0] * values.shape[1], top)


cdef int translate(const uint8_t* levels, uint8_t* out, Py_ssize_t count, const uint8_t* table) noexcept nogil:
    cdef Py_ssize_t i
    cdef int seen = 0
    for i in range(count):
        seen |= levels[i]
        out[i] = table[levels[i]]
    return seen


def lookup(const uint8_t[:, ::1] levels, uint8_t[:, ::1] out, const uint8_t[::1] table):
    """Write table[level] for each level; returns the OR of all levels, so that the caller may judge them."""
    cdef int seen
    with nogil:
        seen = translate(&levels[0, 0], &out[0, 0], levels.shape[0] * levels.shape[1], &table[0])
    return seen


# Packing: `bits` per level, MSB first, one level straight after the other, the last byte filled up with zeros. Eight
# levels always fill whole bytes, so the loops go by eight; called with a constant `bits` they unroll. One bit goes
# its own way, as above.

cdef inline int pack_run(const uint8_t* levels, uint8_t* packed, Py_ssize_t count, int bits) noexcept nogil:
    cdef int seen = 0, i
    cdef uint64_t word
    while count >= 8:
        word = 0
        for i in range(8):
            seen |= levels[i]
            word = (word << bits) | levels[i]
        for i in range(bits):
            packed[i] = <uint8_t>(word >> (8 * (bits - 1 - i)))
        levels += 8
        packed += bits
        count -= 8
    if count > 0:
        word = 0
        for i in range(count):
            seen |= levels[i]
            word = (word << bits) | levels[i]
        word <<= bits * (8 - count)
        for i in range((bits * count + 7) >> 3):
            packed[i] = <uint8_t>(word >> (8 * (bits - 1 - i)))
    return seen


cdef inline void unpack_run(const uint8_t* packed, uint8_t* levels, Py_ssize_t count, int bits) noexcept nogil:
    cdef int i, mask = (1 << bits) - 1
    cdef uint64_t word
    while count >= 8:
        word = 0
        for i in range(bits):
            word = (word << 8) | packed[i]
        for i in range(8):
            levels[i] = <uint8_t>((word >> (bits * (7 - i))) & mask)
        levels += 8
        packed += bits
        count -= 8
    if count > 0:
        word = 0
        for i in range((bits * count + 7) >> 3):
            word |= <uint64_t>packed[i] << (8 * (bits - 1 - i))
        for i in range(count):
            levels[i] = <uint8_t>((word >> (bits * (7 - i))) & mask)


cdef int pack_bits(const uint8_t* levels, uint8_t* packed, Py_ssize_t count) noexcept nogil:
    cdef uint8_t order[BLOCK]
    cdef uint8_t rest[8]
    cdef uint64_t weights, eight, seen = 0
    set_weights(order)
    weights = eight_at(order)
    while count >= 8:
        eight = eight_at(levels)
        seen |= eight
        packed[0] = sum_of((eight * 255) & weights)  # a level of 1 fills its byte and lets the weight through
        levels += 8
        packed += 1
        count -= 8
    if count > 0:
        memset(rest, 0, 8)
        memcpy(rest, levels, count)
        eight = eight_at(rest)
        seen |= eight
        packed[0] = sum_of((eight * 255) & weights)
    seen |= seen >> 32
    seen |= seen >> 16
    return <int>((seen | seen >> 8) & 255)


cdef inline uint64_t spread(uint8_t packed, uint64_t weights) noexcept nogil:
    """One byte a bit: a weight of 1 to 128 carries into its byte's highest bit when 127 is added, nothing does not."""
    return ((((packed * EACH) & weights) + 127 * EACH) >> 7) & EACH


cdef void unpack_bits(const uint8_t* packed, uint8_t* levels, Py_ssize_t count) noexcept nogil:
    cdef uint8_t order[BLOCK]
    cdef uint64_t weights, eight
    set_weights(order)
    weights = eight_at(order)
    while count >= 8:
        eight = spread(packed[0], weights)
        memcpy(levels, &eight, 8)
        levels += 8
        packed += 1
        count -= 8
    if count > 0:
        eight = spread(packed[0], weights)
        memcpy(levels, &eight, count)


cdef int pack_depth(const uint8_t* levels, uint8_t* packed, Py_ssize_t count, int bits) noexcept nogil:
    if bits == 1:
        return pack_bits(levels, packed, count)
    if bits == 5:
        return pack_run(levels, packed, count, 5)
    if bits == 6:
        return pack_run(levels, packed, count, 6)
    if bits == 7:
        return pack_run(levels, packed, count, 7)
    memcpy(packed, levels, count)
    return 0


cdef void unpack_depth(const uint8_t* packed, uint8_t* levels, Py_ssize_t count, int bits) noexcept nogil:
    if bits == 1:
        unpack_bits(packed, levels, count)
    elif bits == 5:
        unpack_run(packed, levels, count, 5)
    elif bits == 6:
        unpack_run(packed, levels, count, 6)
    elif bits == 7:
        unpack_run(packed, levels, count, 7)
    else:
        memcpy(levels, packed, count)


def pack(const uint8_t[:, ::1] levels, uint8_t[::1] packed, int bits, bint align_rows):
    """Pack levels at 1, 5, 6, 7 or 8 bits; returns the OR of all (0 for 8 bits), so that the caller may judge them."""
    cdef Py_ssize_t y, height = levels.shape[0], width = levels.shape[1]
    cdef int seen = 0
    with nogil:
        if not align_rows:
            seen = pack_depth(&levels[0, 0], &packed[0], height * width, bits)
        else:
            for y in range(height):
                seen |= pack_depth(&levels[y, 0], &packed[y * ((width * bits + 7) >> 3)], width, bits)
    return seen


def unpack(const uint8_t[::1] packed, uint8_t[:, ::1] levels, int bits, bint align_rows):
    """The inverse of `pack`; filling bits are not looked at."""
    cdef Py_ssize_t y, height = levels.shape[0], width = levels.shape[1]
    with nogil:
        if not align_rows:
            unpack_depth(&packed[0], &levels[0, 0], height * width, bits)
        else:
            for y in range(height):
                unpack_depth(&packed[y * ((width * bits + 7) >> 3)], &levels[y, 0], width, bits)
