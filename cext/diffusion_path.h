/* All that diffusion.h compiles for one code path. */

#include "diffusion_lanes.h"
#include "wavefront.h"
#include "batch.h"

#undef LANES
#undef VECTORS
#undef WORDS
#undef NATURALS
#undef COLUMN
#undef SCAN
#undef SIXTEEN
#undef FIRST_OF
#undef SECOND_OF
#undef LOW
#undef HIGH
#undef SLOT
#undef WAVE
