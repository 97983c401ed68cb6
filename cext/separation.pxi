# Colour: pixels to grey, pixels to inks.

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
