# Black resin and the colour below it; dots of one colour for a panel of their own.

cdef inline uint8_t counted(uint8_t count, uint8_t ink) noexcept nogil:
    """Count inked dots in a row, up to 255; a dot without ink begins anew."""
    return 0 if ink == 0 else count + (count < 255)


cdef inline void shrink_row(
    const uint8_t* black, uint8_t* inked, Py_ssize_t width, Py_ssize_t reach
) noexcept nogil:
    """inked[x] = 1 where all dots from x - reach to x + reach have ink; beyond the row all have."""
    cdef uint8_t count = 255
    cdef Py_ssize_t x
    for x in range(width + reach):
        count = counted(count, black[x] if x < width else 1)
        if x >= reach:
            inked[x - reach] = count > 2 * reach


cdef void shrink_plane(
    const uint8_t* black, uint8_t* core, uint8_t* inked, uint8_t* counts, Py_ssize_t height, Py_ssize_t width,
    Py_ssize_t reach
) noexcept nogil:
    cdef Py_ssize_t x, y
    memset(counts, 255, width)
    memset(inked, 1, width)
    for y in range(height + reach):
        if y < height:
            shrink_row(black + y * width, inked, width, reach)
        else:
            memset(inked, 1, width)
        for x in range(width):
            counts[x] = counted(counts[x], inked[x])
        if y >= reach:
            for x in range(width):
                core[(y - reach) * width + x] = counts[x] > 2 * reach


def shrink(const uint8_t[:, ::1] black, uint8_t[:, ::1] core, uint8_t[:, ::1] scratch, int reach):
    """Write 1 where every dot within `reach` has ink; `scratch` is two rows."""
    with nogil:
        shrink_plane(
            &black[0, 0], &core[0, 0], &scratch[0, 0], &scratch[1, 0], black.shape[0], black.shape[1], reach
        )


cdef void thin(
    uint8_t* ink, const uint8_t* black, const uint8_t* core, Py_ssize_t count, const uint8_t* table
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        if black[i]:
            ink[i] = table[ink[i]] if core == NULL or core[i] else 0


def under_black(
    uint8_t[:, ::1] yellow, uint8_t[:, ::1] magenta, uint8_t[:, ::1] cyan, const uint8_t[:, ::1] black,
    const uint8_t[:, ::1] core, const uint8_t[::1] table
):
    """Under black write table[ink] in the core (everywhere if it is None), and nothing outside it."""
    cdef Py_ssize_t count = black.shape[0] * black.shape[1]
    cdef const uint8_t* inner = NULL
    if core is not None:
        inner = &core[0, 0]
    with nogil:
        thin(&yellow[0, 0], &black[0, 0], inner, count, &table[0])
        thin(&magenta[0, 0], &black[0, 0], inner, count, &table[0])
        thin(&cyan[0, 0], &black[0, 0], inner, count, &table[0])


cdef void replace_grey(
    uint8_t* yellow, uint8_t* magenta, uint8_t* cyan, const uint8_t* excluded, uint8_t* light, Py_ssize_t count,
    const uint8_t* table
) noexcept nogil:
    cdef Py_ssize_t i
    cdef uint8_t grey, taken
    for i in range(count):
        grey = yellow[i] if yellow[i] < magenta[i] else magenta[i]
        grey = cyan[i] if cyan[i] < grey else grey
        taken = 0 if excluded != NULL and excluded[i] else table[grey]
        yellow[i] -= taken
        magenta[i] -= taken
        cyan[i] -= taken
        light[i] = 255 - taken


def replace_grey_component(
    uint8_t[:, ::1] yellow, uint8_t[:, ::1] magenta, uint8_t[:, ::1] cyan, const uint8_t[:, ::1] excluded,
    uint8_t[:, ::1] light, const uint8_t[::1] table
):
    """Take table[least ink] out of each ink where `excluded` (or None) is zero, and write 255 less that as light."""
    cdef const uint8_t* without = NULL
    if excluded is not None:
        without = &excluded[0, 0]
    with nogil:
        replace_grey(
            &yellow[0, 0], &magenta[0, 0], &cyan[0, 0], without, &light[0, 0], light.shape[0] * light.shape[1],
            &table[0]
        )


cdef inline bint near(int value, int wanted, int tolerance) noexcept nogil:
    return wanted - tolerance <= value and value <= wanted + tolerance


cdef void find_key(
    uint8_t* pixels, uint8_t* mask, Py_ssize_t count, Py_ssize_t samples, const uint8_t* key, int tolerance
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        mask[i] = (
            near(pixels[0], key[0], tolerance) & near(pixels[1], key[1], tolerance) & near(pixels[2], key[2], tolerance)
        )
        if mask[i]:
            memset(pixels, 255, 3)
        pixels += samples


def lift_colour(uint8_t[:, :, ::1] pixels, uint8_t[:, ::1] mask, const uint8_t[::1] key, int tolerance):
    """Write 1 where all three channels are within `tolerance` of the key, else 0; whiten the pixels that are."""
    with nogil:
        find_key(&pixels[0, 0, 0], &mask[0, 0], mask.shape[0] * mask.shape[1], pixels.shape[2], &key[0], tolerance)
