# PNG's filters undone (ISO/IEC 15948, clause 9): rows of filtered bytes, each after its filter byte, to samples.

cdef extern from *:
    """
    #include "filters.h"
    #define KERNEL_FILE "unfilter.h"
    #include "each_path.h"
    #define unfilter_rows BY_PATH(unfilter_rows)
    """
    void unfilter_rows(
        const uint8_t* rows, uint8_t* pixels, Py_ssize_t size, Py_ssize_t count, int pixel
    ) noexcept nogil


def unfilter(const uint8_t[:, ::1] rows, uint8_t[:, ::1] pixels, int pixel):
    """Undo the filters of `rows` (height, 1 + size) into `pixels` (height, size); a pixel has 1, 2, 3, 4, 6 or 8 bytes."""
    with nogil:
        unfilter_rows(&rows[0, 0], &pixels[0, 0], pixels.shape[1], pixels.shape[0], pixel)
