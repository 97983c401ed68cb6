/* Planes of one shape, a lane each, in serpentine scan.

   Within one plane a serpentine row begins where the last one ended, so nothing can be in flight beside it; planes do not
   know of each other. `owed` holds, a vector of lanes for each column, what the row above gives to it; the row at work
   reads a column and writes the one behind it. */

static ALWAYS_INLINE void OF_LANES(batch_row)(
    const uintptr_t *grey, uint8_t *const *bits, int count, int16_t *owed, ptrdiff_t y, ptrdiff_t height, ptrdiff_t width,
    int direction, int form)
{
    const ptrdiff_t blocks = (width + 15) / 16, stride = (width + 7) >> 3;
    uint8_t spare[LANES][16];
    uintptr_t spares[LANES];
    uint16_t ink[LANES];
    COLUMN columns[16];
    SCAN scan;

    memset(&scan, 0, sizeof scan);
    for (ptrdiff_t turn = 0; turn < blocks; turn++) {
        const ptrdiff_t block = direction > 0 ? turn : blocks - 1 - turn, x = 16 * block;
        const int dots = block < blocks - 1 ? 16 : (int)(width - x);
#pragma GCC unroll 8
        for (int i = 0; i < LANES / 4; i++)
            __builtin_prefetch((const void *)(grey[4 * i + (block & 3)] + (uintptr_t)(y * width + x + direction * 128)));
        if (y * width + x + 16 > height * width) { /* sixteen bytes are more than there are */
            memset(spare, 0, sizeof spare);
            for (int lane = 0; lane < LANES; lane++) {
                memcpy(spare[lane], (const uint8_t *)(grey[lane] + (uintptr_t)(y * width + x)), (size_t)dots);
                spares[lane] = (uintptr_t)spare[lane];
            }
            OF_LANES(turn)(spares, 0, columns);
        } else
            OF_LANES(turn)(grey, (uintptr_t)(y * width + x), columns);
#pragma GCC unroll 4
        for (int i = 0; i < dots; i++) {
            const int at = direction > 0 ? i : dots - 1 - i;
            int16_t *here = owed + (x + at) * LANES;
            OF_LANES(step)(&scan, &columns[at], here, here - direction * LANES, direction, form);
        }
        OF_LANES(ink_of)(&scan, ink, direction > 0 ? 16 - dots : 0, 16 - dots);
        for (int lane = 0; lane < count; lane++)
            memcpy(bits[lane] + y * stride + 2 * block, &ink[lane], dots > 8 ? 2 : 1);
    }
    OF_LANES(rest)(&scan, owed + (direction > 0 ? width - 1 : 0) * LANES, form);
}

/* Diffuse `count` planes, at most LANES. `grey` names LANES of them, `owed` is zeroed, (width + 2) * LANES long. */
static ALWAYS_INLINE void OF_LANES(batch_planes)(
    const uint8_t *const *grey, uint8_t *const *bits, int count, int16_t *owed, ptrdiff_t height, ptrdiff_t width, int form)
{
    uintptr_t in[LANES];
    for (int lane = 0; lane < LANES; lane++)
        in[lane] = (uintptr_t)grey[lane];
    owed += LANES;
    for (ptrdiff_t y = 0; y < height; y++)
        if (y & 1)
            OF_LANES(batch_row)(in, bits, count, owed, y, height, width, -1, form);
        else
            OF_LANES(batch_row)(in, bits, count, owed, y, height, width, 1, form);
}

static void OF_LANES(batch)(
    const uint8_t *const *grey, uint8_t *const *bits, int count, int16_t *owed, ptrdiff_t height, ptrdiff_t width, int form)
{
    if (form == FORM_PROJECT)
        OF_LANES(batch_planes)(grey, bits, count, owed, height, width, FORM_PROJECT);
    else
        OF_LANES(batch_planes)(grey, bits, count, owed, height, width, FORM_SIERRA_LITE);
}
