# Levels: their number reduced, looked up, packed and unpacked. What is worth it stands in levels.h, for each code path.

cdef extern from *:
    """
    #define KERNEL_FILE "levels.h"
    #include "each_path.h"

    static void scale_down(const uint8_t *values, uint8_t *levels, Py_ssize_t count, uint16_t top)
    {
        BY_PATH(scale_down)(values, levels, count, top);
    }
    static int pack_depth(const uint8_t *levels, uint8_t *packed, Py_ssize_t count, int bits)
    {
        return BY_PATH(pack_depth)(levels, packed, count, bits);
    }
    """
    void scale_down(const uint8_t* values, uint8_t* levels, Py_ssize_t count, uint16_t top) noexcept nogil
    int pack_depth(const uint8_t* levels, uint8_t* packed, Py_ssize_t count, int bits) noexcept nogil


def reduce_depth(const uint8_t[:, ::1] values, uint8_t[:, ::1] levels, uint16_t top):
    """Scale 0..255 to 0..top, rounded."""
    with nogil:
        scale_down(&values[0, 0], &levels[0, 0], values.shape[0] * values.shape[1], top)


# Depth with its rounding errors diffused, so that a slow ramp does not fall into bands. Each dot's error is what the
# level leaves of the value; it goes to the neighbours by the weights of Floyd and Steinberg. No ink and full ink stay.

cdef void diffuse_levels(
    const uint8_t* values, uint8_t* levels, int16_t* error, Py_ssize_t height, Py_ssize_t width,
    const uint8_t* level_of, const uint8_t* value_of
) noexcept nogil:
    cdef Py_ssize_t x, y
    cdef int last, here, following, west, value
    for y in range(height):
        last = west = 0
        here = error[0]
        for x in range(width):
            following = error[x + 1]
            value = values[x]
            if value != 0 and value != 255:
                value += (7 * west + 5 * here + 3 * following + last + 8) >> 4
            last, here = here, following
            levels[x] = level_of[0 if value < 0 else 255 if value > 255 else value]
            west = value - value_of[levels[x]]
            error[x] = <int16_t>west
        values += width
        levels += width


def diffuse_depth(
    const uint8_t[:, ::1] values, uint8_t[:, ::1] levels, int16_t[::1] error, const uint8_t[::1] level_of,
    const uint8_t[::1] value_of
):
    """Reduce values to levels with their errors diffused; `error` is zeroed scratch of width + 2 entries."""
    with nogil:
        diffuse_levels(
            &values[0, 0], &levels[0, 0], &error[1], values.shape[0], values.shape[1], &level_of[0], &value_of[0]
        )


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


# Unpacking: eight levels always fill whole bytes, so the loops go by eight; called with a constant `bits` they unroll.
# One bit goes its own way.

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
