# Grey, and what is transparent, to opaque colour: R, G, B on the white of a card.

cdef inline uint8_t over_white(uint32_t light, uint32_t alpha) noexcept nogil:
    """Mix light and white as Pillow's paste does: with 128 added, n / 255 = (n + (n >> 8)) >> 8, rounded."""
    cdef uint32_t mixed = light * alpha + 255 * (255 - alpha) + 128
    return <uint8_t>((mixed + (mixed >> 8)) >> 8)


cdef void grey_run_on_white(const uint8_t* samples, uint8_t* pixels, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        pixels[3 * i] = pixels[3 * i + 1] = pixels[3 * i + 2] = samples[i]


cdef void grey_alpha_run_on_white(const uint8_t* samples, uint8_t* pixels, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        pixels[3 * i] = pixels[3 * i + 1] = pixels[3 * i + 2] = over_white(samples[2 * i], samples[2 * i + 1])


cdef void colour_alpha_run_on_white(const uint8_t* samples, uint8_t* pixels, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    cdef uint32_t alpha
    for i in range(count):
        alpha = samples[4 * i + 3]
        pixels[3 * i] = over_white(samples[4 * i], alpha)
        pixels[3 * i + 1] = over_white(samples[4 * i + 1], alpha)
        pixels[3 * i + 2] = over_white(samples[4 * i + 2], alpha)


def on_white(const uint8_t[:, :, ::1] samples, uint8_t[:, :, ::1] pixels):
    """Turn grey, grey with alpha, or RGB with alpha (1, 2 or 4 samples a pixel) into RGB on white."""
    cdef Py_ssize_t count = pixels.shape[0] * pixels.shape[1]
    with nogil:
        if samples.shape[2] == 1:
            grey_run_on_white(&samples[0, 0, 0], &pixels[0, 0, 0], count)
        elif samples.shape[2] == 2:
            grey_alpha_run_on_white(&samples[0, 0, 0], &pixels[0, 0, 0], count)
        else:
            colour_alpha_run_on_white(&samples[0, 0, 0], &pixels[0, 0, 0], count)
