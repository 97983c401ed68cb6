# Colour: pixels to grey, pixels to inks. The loops stand in separation.h, for each code path.

cdef extern from *:
    """
    #define KERNEL_FILE "lanes.h"
    #include "each_path.h"
    #define KERNEL_FILE "separation.h"
    #include "each_path.h"

    static void separate_dots(const uint8_t *pixels, const Inks *inks, Py_ssize_t count, const Rules *rules, int samples)
    {
        BY_PATH(separate_dots)(pixels, inks, count, rules, samples);
    }
    static void luma_dots(const uint8_t *pixels, uint8_t *grey, Py_ssize_t count, const uint8_t *tone, int samples)
    {
        BY_PATH(luma_dots)(pixels, grey, count, tone, samples);
    }
    static void brightest_dots(const uint8_t *pixels, uint8_t *brightest, Py_ssize_t count, int samples)
    {
        BY_PATH(brightest_dots)(pixels, brightest, count, samples);
    }
    """
    ctypedef struct Inks:
        uint8_t* yellow
        uint8_t* magenta
        uint8_t* cyan
        uint8_t* black
        uint8_t* overlay
    ctypedef struct Rules:
        const uint8_t* tones
        const uint8_t* excluded
        int limit
        int keep
        int spare
    void separate_dots(
        const uint8_t* pixels, const Inks* inks, Py_ssize_t count, const Rules* rules, int samples
    ) noexcept nogil
    void luma_dots(
        const uint8_t* pixels, uint8_t* grey, Py_ssize_t count, const uint8_t* tone, int samples
    ) noexcept nogil
    void brightest_dots(const uint8_t* pixels, uint8_t* brightest, Py_ssize_t count, int samples) noexcept nogil


def luma(const uint8_t[:, :, ::1] pixels, uint8_t[:, ::1] grey, const uint8_t[::1] tone):
    """Turn RGB or RGBX `pixels` into a grey plane (BT.601 with Pillow's weights, rounded), toned unless `tone` is None."""
    cdef const uint8_t* toned = NULL
    if tone is not None:
        toned = &tone[0]
    with nogil:
        luma_dots(&pixels[0, 0, 0], &grey[0, 0], grey.shape[0] * grey.shape[1], toned, <int>pixels.shape[2])


def brightest(const uint8_t[:, :, ::1] pixels, uint8_t[:, ::1] plane):
    """Write the brightest of the three channels of each pixel."""
    with nogil:
        brightest_dots(&pixels[0, 0, 0], &plane[0, 0], plane.shape[0] * plane.shape[1], <int>pixels.shape[2])


def separate(
    const uint8_t[:, :, ::1] pixels, uint8_t[:, ::1] yellow, uint8_t[:, ::1] magenta, uint8_t[:, ::1] cyan,
    uint8_t[:, ::1] black, uint8_t[:, ::1] overlay, const uint8_t[:, ::1] tones, int limit,
    const uint8_t[:, ::1] excluded, bint keep_colour, bint spare_resin
):
    """Turn RGB or RGBX into ink planes.

    `tones` is (4, 256) for y, m, c, k, indexed by light; `black`, `overlay` and `excluded` may be None; with `limit` -1
    nothing goes to black.
    """
    cdef Inks inks
    cdef Rules rules
    inks.yellow, inks.magenta, inks.cyan, inks.black, inks.overlay = (
        &yellow[0, 0], &magenta[0, 0], &cyan[0, 0], NULL, NULL
    )
    rules.tones, rules.excluded, rules.limit, rules.keep, rules.spare = (
        &tones[0, 0], NULL, limit, -keep_colour, -spare_resin
    )
    if black is not None:
        inks.black = &black[0, 0]
    if overlay is not None:
        inks.overlay = &overlay[0, 0]
    if excluded is not None:
        rules.excluded = &excluded[0, 0]
    with nogil:
        separate_dots(
            &pixels[0, 0, 0], &inks, yellow.shape[0] * yellow.shape[1], &rules, <int>pixels.shape[2]
        )
