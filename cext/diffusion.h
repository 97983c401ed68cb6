/* The diffusions that work in lanes: which forms there are, and each compiled for every code path.

   A plane may be too small for the lanes, and the compiler may have no vectors. The caller is told so, and the kernels of
   diffusion.pxi then go dot by dot, with the same result. */

#ifndef PRINTSERVER_DIFFUSION_H
#define PRINTSERVER_DIFFUSION_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "paths.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* A batch has at most so many planes; the path may have fewer lanes. */
enum { MOST_LANES = 32 };

enum { FORM_PROJECT, FORM_PILLOW, FORM_SIERRA_LITE };

#if defined(__has_builtin) && defined(__BYTE_ORDER__)
#if __has_builtin(__builtin_shufflevector) && __has_builtin(__builtin_convertvector) && \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HAS_LANES 1
#endif
#endif

#ifdef HAS_LANES

/* A lane works LAG dots behind the lane above it. OWN is the first lane's cell in a slot of errors, aligned for vectors. */
enum { LAG = 16, OWN = 32 };

#define ALWAYS_INLINE inline __attribute__((always_inline))

#define OF_LANES(name) JOIN(JOIN(name, LANES), PATH_NAME)

#define KERNEL_FILE "diffusion_path.h"
#include "each_path.h"

#undef OF_LANES

#endif

/* Diffuse a plane in raster scan; `scratch` is zeroed, 2 width + 128 long. */
static int diffuse_wave(
    const uint8_t *grey, uint8_t *bits, int16_t *scratch, ptrdiff_t height, ptrdiff_t width, int form)
{
#ifdef HAS_LANES
    return BY_PATH(diffuse_wave)(grey, bits, scratch, height, width, form);
#else
    return 0;
#endif
}

/* How many planes a batch takes on this path; 0 if there are no batches. */
static int batch_lanes(void)
{
#ifdef HAS_LANES
    return BY_PATH(batch_lanes)();
#else
    return 0;
#endif
}

/* Diffuse planes in serpentine scan. `grey` names as many as there are lanes; `owed` is zeroed, (width + 2) * lanes long. */
static void diffuse_batch(
    const uint8_t *const *grey, uint8_t *const *bits, int count, int16_t *owed, ptrdiff_t height, ptrdiff_t width, int form)
{
#ifdef HAS_LANES
    BY_PATH(diffuse_batch)(grey, bits, count, owed, height, width, form);
#endif
}

#endif
