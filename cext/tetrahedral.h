/* Pixels to inks through a table of nodes, by tetrahedral interpolation; compiled for each code path by each_path.h.

   A channel c stands c * steps / 255 nodes along its axis (steps = grid - 1), so its place between two nodes is a whole
   number of 255ths. In the cell's cube a dot lies in one of six tetrahedra: from the corner next to black along the axis
   of its largest part, then along that of its middle one, then to the opposite corner. The four weights add up to 255
   and a node is at most 255 * 128, so the sum is exact, and so is its rounding.

   Dots go by blocks of 32: first where they stand, in lanes that the compiler makes; then their nodes, four inks at a
   time, fetched one by one (processors' own gathers are slower than that, where they are not much slower); then four
   inks to four planes. A block of the colour of the dot before it, of which cards have many, repeats its inks. */

#ifndef PRINTSERVER_TETRAHEDRAL_H
#define PRINTSERVER_TETRAHEDRAL_H

#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

enum { DOTS = 32, INKS = 4, HALF_CODE = 255 * 64 };

typedef struct {
    const int16_t *nodes; /* grid^3 nodes of four inks, 0..32640, the blue axis running fastest */
    int steps;            /* grid - 1 */
} Lattice;

/* Where 32 dots stand: the first three corners as numbers of nodes (the fourth lies straight across the cell from the
   first), and the weights of all four. */
typedef struct {
    uint16_t near[DOTS], second[DOTS], third[DOTS];
    int16_t weight[4][DOTS];
} Standing;

#endif

/* All dots of a block have one colour. */
static inline int OF_PATH(is_flat)(const uint8_t *pixels, int samples)
{
    uint64_t here, there, different = 0;
    memcpy(&here, pixels, 8);
    memcpy(&there, pixels + samples, 8);
    if (here != there)
        return 0;
    for (int at = 0; at < (DOTS - 1) * samples - 7; at += 8) {
        memcpy(&here, pixels + at, 8);
        memcpy(&there, pixels + at + samples, 8);
        different |= here ^ there;
    }
    memcpy(&here, pixels + (DOTS - 1) * samples - 8, 8);
    memcpy(&there, pixels + DOTS * samples - 8, 8);
    return (different | (here ^ there)) == 0;
}

/* The channels of 32 dots, a channel a row. */
static inline void OF_PATH(take_apart)(const uint8_t *pixels, int16_t colour[3][DOTS], int samples)
{
#if VECTOR_BYTES > 16
    if (samples == 3) {
        /* Of three times 16 bytes the ones that belong to a channel, each at the place of its dot. */
        static const int8_t places[3][3][16] = {
            {{0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
             {-1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14, -1, -1, -1, -1, -1},
             {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 4, 7, 10, 13}},
            {{1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
             {-1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1},
             {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14}},
            {{2, 5, 8, 11, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
             {-1, -1, -1, -1, -1, 1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1},
             {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15}},
        };
        for (int i = 0; i < DOTS; i += 16)
            for (int channel = 0; channel < 3; channel++) {
                __m128i found = _mm_setzero_si128();
                for (int part = 0; part < 3; part++) {
                    const __m128i bytes = _mm_loadu_si128((const __m128i *)(pixels + 3 * i + 16 * part));
                    const __m128i order = _mm_loadu_si128((const __m128i *)places[channel][part]);
                    found = _mm_or_si128(found, _mm_shuffle_epi8(bytes, order));
                }
                _mm256_storeu_si256((__m256i *)(colour[channel] + i), _mm256_cvtepu8_epi16(found));
            }
        return;
    }
#endif
#if defined(__SSE2__)
    if (samples == 4) {
        const __m128i low = _mm_set1_epi32(255);
        for (int i = 0; i < DOTS; i += 8) {
            const __m128i four = _mm_loadu_si128((const __m128i *)(pixels + 4 * i));
            const __m128i more = _mm_loadu_si128((const __m128i *)(pixels + 4 * i + 16));
            for (int channel = 0; channel < 3; channel++)
                _mm_storeu_si128((__m128i *)(colour[channel] + i), _mm_packs_epi32(
                    _mm_and_si128(_mm_srli_epi32(four, 8 * channel), low),
                    _mm_and_si128(_mm_srli_epi32(more, 8 * channel), low)));
        }
        return;
    }
#endif
    for (int i = 0; i < DOTS; i++)
        for (int channel = 0; channel < 3; channel++)
            colour[channel][i] = pixels[samples * i + channel];
}

/* Lanes of 16 bits: a vector where the compiler knows vectors, else one dot. Not wider than what `take_apart` stores: a
   load that spans two stores waits for both. */
#if defined(__GNUC__)
#define LANE_BYTES (VECTOR_BYTES > 32 ? 32 : VECTOR_BYTES)
typedef int16_t OF_PATH(Whole) __attribute__((vector_size(LANE_BYTES), may_alias, aligned(2)));
typedef uint16_t OF_PATH(Places) __attribute__((vector_size(LANE_BYTES), may_alias, aligned(2)));
#define ABOVE(one, other) ((one) > (other))
#else
typedef int16_t OF_PATH(Whole);
typedef uint16_t OF_PATH(Places);
#define ABOVE(one, other) (-((one) > (other)))
#endif
#define WHOLE OF_PATH(Whole)
#define PLACES OF_PATH(Places)
#define CHOSEN(mask, one, other) (((mask) & (one)) | (~(mask) & (other)))
#define LANES ((int)(sizeof(WHOLE) / sizeof(int16_t)))

static inline void OF_PATH(stand)(const uint8_t *pixels, Standing *at, int steps, int samples)
{
    int16_t colour[3][DOTS];
    const WHOLE none = {0}, whole = none + 255, all_steps = none + (int16_t)steps;
    const uint16_t grid = (uint16_t)(steps + 1), across = (uint16_t)(1 + grid + grid * grid);
    const PLACES red_axis = (PLACES){0} + (uint16_t)(grid * grid), green_axis = (PLACES){0} + grid;
    const PLACES blue_axis = (PLACES){0} + (uint16_t)1;
    OF_PATH(take_apart)(pixels, colour, samples);
    for (int i = 0; i < DOTS; i += LANES) {
        const WHOLE red = *(const WHOLE *)(colour[0] + i) * all_steps;
        const WHOLE green = *(const WHOLE *)(colour[1] + i) * all_steps;
        const WHOLE blue = *(const WHOLE *)(colour[2] + i) * all_steps;
        /* n * 257 >> 16 is the cell of n / 255, a node belonging to the cell below it: none begins at the last node. */
        const WHOLE red_cell = (red + (red >> 8)) >> 8, green_cell = (green + (green >> 8)) >> 8;
        const WHOLE blue_cell = (blue + (blue >> 8)) >> 8;
        const WHOLE r = red - whole * red_cell, g = green - whole * green_cell, b = blue - whole * blue_cell;
        const WHOLE red_over_green = ABOVE(r, g);
        const WHOLE more = CHOSEN(red_over_green, r, g), less = r + g - more;
        const WHOLE more_over_blue = ABOVE(more, b), less_over_blue = ABOVE(less, b);
        const WHOLE most = CHOSEN(more_over_blue, more, b), least = CHOSEN(less_over_blue, b, less);
        const WHOLE middle = r + g + b - most - least;
        const PLACES more_axis = CHOSEN((PLACES)red_over_green, red_axis, green_axis);
        const PLACES less_axis = red_axis + green_axis - more_axis;
        const PLACES most_axis = CHOSEN((PLACES)more_over_blue, more_axis, blue_axis);
        const PLACES least_axis = CHOSEN((PLACES)less_over_blue, blue_axis, less_axis);
        const PLACES near = (PLACES)red_cell * red_axis + (PLACES)green_cell * green_axis + (PLACES)blue_cell;
        *(PLACES *)(at->near + i) = near;
        *(PLACES *)(at->second + i) = near + most_axis;
        *(PLACES *)(at->third + i) = near + across - least_axis;
        *(WHOLE *)(at->weight[0] + i) = whole - most;
        *(WHOLE *)(at->weight[1] + i) = most - middle;
        *(WHOLE *)(at->weight[2] + i) = middle - least;
        *(WHOLE *)(at->weight[3] + i) = least;
    }
}

#undef WHOLE
#undef PLACES
#undef ABOVE
#undef CHOSEN
#undef LANES
#undef LANE_BYTES

#if defined(__SSE2__)

/* Four inks of a dot, each 255 * 128 times what it shall be; its weights stand in every lane. */
static inline __m128i OF_PATH(blend)(
    const Lattice *lattice, const Standing *at, int i, int across, __m128i first_two, __m128i last_two)
{
    const int16_t *near = lattice->nodes + INKS * at->near[i];
    const __m128i first = _mm_loadl_epi64((const __m128i *)near);
    const __m128i second = _mm_loadl_epi64((const __m128i *)(lattice->nodes + INKS * at->second[i]));
    const __m128i third = _mm_loadl_epi64((const __m128i *)(lattice->nodes + INKS * at->third[i]));
    const __m128i last = _mm_loadl_epi64((const __m128i *)(near + INKS * across));
    return _mm_add_epi32(
        _mm_madd_epi16(_mm_unpacklo_epi16(first, second), first_two),
        _mm_madd_epi16(_mm_unpacklo_epi16(third, last), last_two));
}

/* Rounds sums of 255 * 128 parts: (s + half) >> 7 stays below 2^16, and n / 255 = (n + 1 + (n >> 8)) >> 8 for such n.
   Packing saturates signed numbers, so 2^15 is taken away before it and added after it. */
static inline __m128i OF_PATH(round_two)(__m128i one, __m128i other)
{
    const __m128i half = _mm_set1_epi32(HALF_CODE - (1 << 22)), back = _mm_set1_epi16(-32768);
    const __m128i packed = _mm_packs_epi32(
        _mm_srai_epi32(_mm_add_epi32(one, half), 7), _mm_srai_epi32(_mm_add_epi32(other, half), 7));
    const __m128i n = _mm_xor_si128(packed, back);
    return _mm_srli_epi16(_mm_add_epi16(_mm_add_epi16(n, _mm_set1_epi16(1)), _mm_srli_epi16(n, 8)), 8);
}

static inline __m128i OF_PATH(pairs)(const int16_t *one, const int16_t *other)
{
    return _mm_unpacklo_epi16(_mm_loadl_epi64((const __m128i *)one), _mm_loadl_epi64((const __m128i *)other));
}

#define OF_DOT(weights, dot) _mm_shuffle_epi32(weights, (dot) * 0x55)

/* Four dots as 16 bytes, dot by dot. */
static inline __m128i OF_PATH(four_dots)(const Lattice *lattice, const Standing *at, int i, int across)
{
    const __m128i first = OF_PATH(pairs)(at->weight[0] + i, at->weight[1] + i);
    const __m128i last = OF_PATH(pairs)(at->weight[2] + i, at->weight[3] + i);
    const __m128i two = OF_PATH(round_two)(
        OF_PATH(blend)(lattice, at, i, across, OF_DOT(first, 0), OF_DOT(last, 0)),
        OF_PATH(blend)(lattice, at, i + 1, across, OF_DOT(first, 1), OF_DOT(last, 1)));
    const __m128i more = OF_PATH(round_two)(
        OF_PATH(blend)(lattice, at, i + 2, across, OF_DOT(first, 2), OF_DOT(last, 2)),
        OF_PATH(blend)(lattice, at, i + 3, across, OF_DOT(first, 3), OF_DOT(last, 3)));
    return _mm_packus_epi16(two, more);
}

#undef OF_DOT

static inline void OF_PATH(interpolate_block)(
    const Lattice *lattice, const Standing *at, uint8_t *const *planes, Py_ssize_t where, int across)
{
    for (int i = 0; i < DOTS; i += 16) {
        const __m128i a = OF_PATH(four_dots)(lattice, at, i, across), b = OF_PATH(four_dots)(lattice, at, i + 4, across);
        const __m128i c = OF_PATH(four_dots)(lattice, at, i + 8, across);
        const __m128i d = OF_PATH(four_dots)(lattice, at, i + 12, across);
        /* Sorting bytes by ink is four rounds of halving: dots 0..15 of an ink end up beside each other. */
        const __m128i ab = _mm_unpacklo_epi8(a, b), ab2 = _mm_unpackhi_epi8(a, b);
        const __m128i cd = _mm_unpacklo_epi8(c, d), cd2 = _mm_unpackhi_epi8(c, d);
        const __m128i e = _mm_unpacklo_epi8(ab, ab2), f = _mm_unpackhi_epi8(ab, ab2);
        const __m128i g = _mm_unpacklo_epi8(cd, cd2), h = _mm_unpackhi_epi8(cd, cd2);
        const __m128i p = _mm_unpacklo_epi8(e, f), q = _mm_unpackhi_epi8(e, f);
        const __m128i r = _mm_unpacklo_epi8(g, h), s = _mm_unpackhi_epi8(g, h);
        _mm_storeu_si128((__m128i *)(planes[0] + where + i), _mm_unpacklo_epi64(p, r));
        _mm_storeu_si128((__m128i *)(planes[1] + where + i), _mm_unpackhi_epi64(p, r));
        _mm_storeu_si128((__m128i *)(planes[2] + where + i), _mm_unpacklo_epi64(q, s));
        if (planes[3] != NULL)
            _mm_storeu_si128((__m128i *)(planes[3] + where + i), _mm_unpackhi_epi64(q, s));
    }
}

#else

static inline void OF_PATH(interpolate_block)(
    const Lattice *lattice, const Standing *at, uint8_t *const *planes, Py_ssize_t where, int across)
{
    for (int i = 0; i < DOTS; i++) {
        const int16_t *near = lattice->nodes + INKS * at->near[i], *last = near + INKS * across;
        const int16_t *second = lattice->nodes + INKS * at->second[i], *third = lattice->nodes + INKS * at->third[i];
        for (int ink = 0; ink < INKS; ink++) {
            const int32_t sum = at->weight[0][i] * near[ink] + at->weight[1][i] * second[ink] +
                                at->weight[2][i] * third[ink] + at->weight[3][i] * last[ink];
            const int32_t n = (sum + HALF_CODE) >> 7;
            if (planes[ink] != NULL)
                planes[ink][where + i] = (uint8_t)((n + 1 + (n >> 8)) >> 8);
        }
    }
}

#endif

static inline void OF_PATH(block_of_dots)(
    const uint8_t *pixels, const Lattice *lattice, uint8_t *const *planes, Py_ssize_t where, int across, int samples)
{
    Standing at;
    OF_PATH(stand)(pixels, &at, lattice->steps, samples);
    OF_PATH(interpolate_block)(lattice, &at, planes, where, across);
}

static inline void OF_PATH(interpolate_run)(
    const uint8_t *pixels, uint8_t *const *planes, Py_ssize_t count, const Lattice *lattice, int samples)
{
    const int grid = lattice->steps + 1, across = 1 + grid + grid * grid;
    uint8_t rest[4 * DOTS], last[INKS][DOTS];
    uint8_t *const lasts[INKS] = {last[0], last[1], last[2], planes[3] == NULL ? NULL : last[3]};
    Py_ssize_t where = 0;
    for (; where + DOTS <= count; where += DOTS) {
        const uint8_t *block = pixels + where * samples;
        if (where > 0 && OF_PATH(is_flat)(block, samples) && memcmp(block - samples, block, 3) == 0)
            for (int ink = 0; ink < INKS && planes[ink] != NULL; ink++)
                memset(planes[ink] + where, planes[ink][where - 1], DOTS);
        else
            OF_PATH(block_of_dots)(block, lattice, planes, where, across, samples);
    }
    if (where < count) {
        memset(rest, 0, sizeof rest);
        memcpy(rest, pixels + where * samples, (size_t)((count - where) * samples));
        OF_PATH(block_of_dots)(rest, lattice, lasts, 0, across, samples);
        for (int ink = 0; ink < INKS && planes[ink] != NULL; ink++)
            memcpy(planes[ink] + where, last[ink], (size_t)(count - where));
    }
}

static void OF_PATH(interpolate)(
    const uint8_t *pixels, uint8_t *const *planes, Py_ssize_t count, const Lattice *lattice, int samples)
{
    if (samples == 3)
        OF_PATH(interpolate_run)(pixels, planes, count, lattice, 3);
    else
        OF_PATH(interpolate_run)(pixels, planes, count, lattice, 4);
}
