/* One plane, many rows in flight: lane k works LAG columns behind lane k - 1, on the row below it.

   Time goes by blocks of LAG dots. Row y belongs to lane y mod LANES, which takes its next row as soon as one is done,
   so the lanes never run empty. What a dot owes to the row below is written to a ring, a slot a dot; the lane below reads
   it LAG - 1 dots later at the place of its neighbour lane, so nothing waits for it. The last lane's slots are carried to
   the first lane through `carried`, which holds a row. A row has at least one column more than the plane: there the
   errors end. In a block one lane at most begins a row, and one at most ends one. */

#define SLOT OF_PATH(ring_slot)
typedef int16_t SLOT[OWN + LANES];

#define WAVE struct OF_PATH(wave)
WAVE {
    const uint8_t *in[LANES];
    uint8_t *out[LANES];
    int16_t keep[2 * LANES]; /* all ones but one in the middle */
    SLOT ring[2][LAG] __attribute__((aligned(64)));
    COLUMN columns[LAG];
    SCAN scan;
};

/* LAG dots of every lane. `keep` drops the errors of the lane that ends its row, from column `last_step` of the block. */
static ALWAYS_INLINE void OF_PATH(wave_block)(
    WAVE *wave, SLOT *former, SLOT *slots, const int16_t *keep, int last_step, int form)
{
    SCAN scan = wave->scan;
    OF_PATH(turn)(wave->in, 0, wave->columns);
    for (int i = 0; i < LAG; i++) {
        const int16_t *above = (i + 1 < LAG ? former[i + 1] : slots[0]) + OWN - 1;
        OF_PATH(step)(&scan, &wave->columns[i], above, slots[i] + OWN, i == last_step ? keep : 0, 1, form);
    }
#pragma GCC unroll 2
    for (int i = 0; i < VECTORS; i++) {
        WORDS kept = OF_PATH(load)(keep + i * (VECTOR_BYTES / 2));
        scan.error[i] &= kept;
        scan.pair[i] &= kept;
    }
    wave->scan = scan;
}

static ALWAYS_INLINE void OF_PATH(wave_write)(WAVE *wave)
{
    uint16_t ink[LANES] __attribute__((aligned(64)));
    OF_PATH(ink_of)(&wave->scan, ink, 0, 0);
    for (int lane = 0; lane < LANES; lane++) {
        memcpy(wave->out[lane], &ink[lane], 2);
        wave->out[lane] += 2;
        wave->in[lane] += LAG;
    }
}

/* Diffuse a plane; false if it is too small, and nothing is done then. `scratch` is zeroed, 2 width + 128 long. */
static ALWAYS_INLINE int OF_PATH(wave_plane)(
    const uint8_t *grey, uint8_t *bits, int16_t *scratch, ptrdiff_t height, ptrdiff_t width, int form)
{
    const ptrdiff_t blocks = width / LAG + 1, stride = (width + 7) >> 3;
    const int last_step = width % LAG;
    WAVE wave;
    int16_t *carried = scratch;
    const uint8_t *no_light = (const uint8_t *)(carried + blocks * LAG);
    uint8_t *no_ink = (uint8_t *)no_light + (blocks + 1) * LAG;
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
        uint8_t *end = 0;
        if (phase < LANES) {
            wave.in[phase] = row + phase < height ? grey + (row + phase) * width : no_light;
            wave.out[phase] = row + phase < height ? bits + (row + phase) * stride : no_ink;
        }
        if (next < LANES && ending >= 0 && ending < height) {
            end = wave.out[next];
            wave.out[next] = last_ink;
            if (ending == height - 1) {
                memcpy(last_light, wave.in[next], last_step);
                wave.in[next] = last_light;
            }
        }
        if (block >= LANES) {
            for (int i = 0; i < LAG; i++)
                carried[carry + i] = former[i][OWN + LANES - 1];
            carry = carry + LAG == blocks * LAG ? 0 : carry + LAG;
        }
        for (int i = 0; i < LAG; i++)
            slots[i][OWN - 1] = carried[next * LAG + i];
        OF_PATH(wave_block)(&wave, former, slots, keep, last_step, form);
        OF_PATH(wave_write)(&wave);
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

static int OF_PATH(wave_project)(const uint8_t *grey, uint8_t *bits, int16_t *scratch, ptrdiff_t height, ptrdiff_t width)
{
    return OF_PATH(wave_plane)(grey, bits, scratch, height, width, FORM_PROJECT);
}

static int OF_PATH(wave_pillow)(const uint8_t *grey, uint8_t *bits, int16_t *scratch, ptrdiff_t height, ptrdiff_t width)
{
    return OF_PATH(wave_plane)(grey, bits, scratch, height, width, FORM_PILLOW);
}

static int OF_PATH(wave_sierra_lite)(
    const uint8_t *grey, uint8_t *bits, int16_t *scratch, ptrdiff_t height, ptrdiff_t width)
{
    return OF_PATH(wave_plane)(grey, bits, scratch, height, width, FORM_SIERRA_LITE);
}
