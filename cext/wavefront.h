/* One plane, many rows in flight: lane k works LAG columns behind lane k - 1, on the row below it.

   Time goes by blocks of LAG dots. Row y belongs to lane y mod LANES, which takes its next row as soon as one is done,
   so the lanes never run empty. What a dot owes to the row below is written to a ring, a slot a dot; the lane below reads
   it LAG - 1 dots later at the place of its neighbour lane, so nothing waits for it. The last lane's slots are carried to
   the first lane through `carried`, which holds a row. A row has at least one column more than the plane: there the
   errors end. In a block one lane at most begins a row, and one at most ends one. */

#define SLOT OF_LANES(ring_slot)
typedef int16_t SLOT[OWN + LANES];

#define WAVE struct OF_LANES(wave)
WAVE {
    uintptr_t in[LANES], out[LANES]; /* where a lane's row would stand if it had begun with the first block */
    int16_t keep[2 * LANES]; /* all ones but one in the middle */
    SLOT ring[2][LAG] __attribute__((aligned(64)));
    COLUMN columns[LAG];
    SCAN scan;
};

static ALWAYS_INLINE void OF_LANES(wave_step)(WAVE *wave, SCAN *scan, SLOT *former, SLOT *slots, int i, int form)
{
    const int16_t *above = (i + 1 < LAG ? former[i + 1] : slots[0]) + OWN - 1;
    OF_LANES(step)(scan, &wave->columns[i], above, slots[i] + OWN, 1, form);
}

/* LAG dots of every lane. `keep` drops the errors of the lane that ends its row, from column `last_step` of the block. */
static ALWAYS_INLINE void OF_LANES(wave_block)(
    WAVE *wave, ptrdiff_t block, SLOT *former, SLOT *slots, const int16_t *keep, int last_step, int form)
{
    SCAN scan = wave->scan;
    OF_LANES(turn)(wave->in, (uintptr_t)block * LAG, wave->columns);
    /* Sixteen bytes a block are a line of the cache in four blocks; so many rows are more than the processor foresees. */
#pragma GCC unroll 8
    for (int i = 0; i < LANES / 4; i++)
        __builtin_prefetch((const void *)(wave->in[4 * i + (block & 3)] + (uintptr_t)block * LAG + 128));
#pragma GCC unroll 4
    for (int i = 0; i <= last_step; i++)
        OF_LANES(wave_step)(wave, &scan, former, slots, i, form);
    OF_LANES(take_back)(&scan, slots[last_step] + OWN, keep, form);
#pragma GCC unroll 4
    for (int i = last_step + 1; i < LAG; i++)
        OF_LANES(wave_step)(wave, &scan, former, slots, i, form);
#pragma GCC unroll 2
    for (int i = 0; i < VECTORS; i++) {
        WORDS kept = OF_LANES(load)(keep + i * (WORD_BYTES / 2));
        scan.error[i] &= kept;
        scan.pair[i] &= kept;
    }
    wave->scan = scan;
}

static ALWAYS_INLINE void OF_LANES(wave_write)(const WAVE *wave, ptrdiff_t block)
{
    uint16_t ink[LANES] __attribute__((aligned(64)));
    OF_LANES(ink_of)(&wave->scan, ink, 0, 0);
#pragma GCC unroll 32
    for (int lane = 0; lane < LANES; lane++)
        memcpy((uint8_t *)(wave->out[lane] + (uintptr_t)block * 2), &ink[lane], 2);
}

/* Diffuse a plane; false if it is too small, and nothing is done then. `scratch` is zeroed, 2 width + 128 long. */
static ALWAYS_INLINE int OF_LANES(wave_plane)(
    const uint8_t *grey, uint8_t *bits, int16_t *scratch, ptrdiff_t height, ptrdiff_t width, int form)
{
    const ptrdiff_t blocks = width / LAG + 1, stride = (width + 7) >> 3;
    const int last_step = width % LAG;
    WAVE wave;
    int16_t *carried = scratch;
    const uintptr_t no_light = (uintptr_t)(carried + blocks * LAG), no_ink = no_light + (uintptr_t)(blocks + 1) * LAG;
    uint8_t last_light[LAG] = {0}, last_ink[2];
    ptrdiff_t phase = 0, row = 0, carry = 0, total;

    if (blocks <= LANES || height < LANES / 4)
        return 0;
    memset(&wave, 0, sizeof wave);
    memset(wave.keep, -1, sizeof wave.keep);
    wave.keep[LANES - 1] = 0;
    for (int lane = 0; lane < LANES; lane++) {
        wave.in[lane] = no_light;
        wave.out[lane] = no_ink;
    }
    total = (height - 1) % LANES + ((height - 1) / LANES + 1) * blocks;
    for (ptrdiff_t block = 0; block < total; block++) {
        SLOT *former = wave.ring[(block + 1) & 1], *slots = wave.ring[block & 1];
        const ptrdiff_t next = phase + 1 == blocks ? 0 : phase + 1; /* also the lane that ends its row, if there is one */
        const ptrdiff_t ending = next ? row - LANES + next : row;
        const int16_t *keep = wave.keep + (next < LANES ? LANES - 1 - next : LANES);
        const uintptr_t light_now = (uintptr_t)block * LAG, ink_now = (uintptr_t)block * 2;
        uint8_t *end = 0;
        if (phase < LANES) {
            const int idle = row + phase >= height;
            wave.in[phase] = (idle ? no_light : (uintptr_t)(grey + (row + phase) * width)) - light_now;
            wave.out[phase] = (idle ? no_ink : (uintptr_t)(bits + (row + phase) * stride)) - ink_now;
        }
        if (next < LANES && ending >= 0 && ending < height) {
            end = (uint8_t *)(wave.out[next] + ink_now);
            wave.out[next] = (uintptr_t)last_ink - ink_now;
            if (ending == height - 1) {
                memcpy(last_light, (const uint8_t *)(wave.in[next] + light_now), (size_t)last_step);
                wave.in[next] = (uintptr_t)last_light - light_now;
            }
        }
        if (block >= LANES) {
            for (int i = 0; i < LAG; i++)
                carried[carry + i] = former[i][OWN + LANES - 1];
            carry = carry + LAG == blocks * LAG ? 0 : carry + LAG;
        }
        for (int i = 0; i < LAG; i++)
            slots[i][OWN - 1] = carried[next * LAG + i];
        OF_LANES(wave_block)(&wave, block, former, slots, keep, last_step, form);
        OF_LANES(wave_write)(&wave, block);
        if (end && last_step) {
            end[0] = last_ink[0] & (last_step < 8 ? 0xff00 >> last_step : 0xff);
            if (last_step > 8)
                end[1] = last_ink[1] & (0xff00 >> (last_step - 8));
        }
        phase = next;
        row += next ? 0 : LANES;
    }
    return 1;
}

static int OF_LANES(wave)(
    const uint8_t *grey, uint8_t *bits, int16_t *scratch, ptrdiff_t height, ptrdiff_t width, int form)
{
    switch (form) {
    case FORM_PROJECT:
        return OF_LANES(wave_plane)(grey, bits, scratch, height, width, FORM_PROJECT);
    case FORM_PILLOW:
        return OF_LANES(wave_plane)(grey, bits, scratch, height, width, FORM_PILLOW);
    default:
        return OF_LANES(wave_plane)(grey, bits, scratch, height, width, FORM_SIERRA_LITE);
    }
}
