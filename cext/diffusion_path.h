/* All that diffusion.h compiles for one code path: 32 lanes where vectors are wide, and 16 for what is too small for them. */

#if VECTOR_BYTES > 16
#define LANES 32
#define WORD_BYTES VECTOR_BYTES
#include "diffusion_lanes.h"
#include "wavefront.h"
#include "batch.h"
#include "diffusion_end.h"
#endif

#define LANES 16
#define WORD_BYTES (VECTOR_BYTES > 16 ? 32 : 16)
#include "diffusion_lanes.h"
#include "wavefront.h"
#include "batch.h"
#include "diffusion_end.h"

static int OF_PATH(diffuse_wave)(
    const uint8_t *grey, uint8_t *bits, int16_t *scratch, ptrdiff_t height, ptrdiff_t width, int form)
{
#if VECTOR_BYTES > 16
    if (OF_PATH(wave_32)(grey, bits, scratch, height, width, form))
        return 1;
#endif
    return OF_PATH(wave_16)(grey, bits, scratch, height, width, form);
}

static int OF_PATH(batch_lanes)(void)
{
    return VECTOR_BYTES > 16 ? 32 : 16;
}

static void OF_PATH(diffuse_batch)(
    const uint8_t *const *grey, uint8_t *const *bits, int count, int16_t *owed, ptrdiff_t height, ptrdiff_t width, int form)
{
#if VECTOR_BYTES > 16
    if (count > 16) {
        OF_PATH(batch_32)(grey, bits, count, owed, height, width, form);
        return;
    }
#endif
    OF_PATH(batch_16)(grey, bits, count, owed, height, width, form);
}
