/* PNG's filters undone, for one code path.

   A row whose filter looks only up is undone by itself, all bytes alike. In the other ones each pixel waits for the one
   to its left. Where enough of those lie together, a group of rows flies in lanes, one row a lane.

   A pixel of one to four bytes lies in a lane of four. A lane runs PIXELS_BEHIND pixels behind the lane before it: the
   pixel above one was made as many steps ago, so no lane waits for another within a step. What lies in a lane beyond a
   pixel's own bytes is its neighbour's; all arithmetic is byte by byte, so it never touches the pixel.

   Paeth's predictor is the one of a (left), b (above), c (corner) that is nearest to a + b - c. With low and high the
   lesser and the greater of a and b, down = max(0, c - low) and up = max(0, high - c): high is nearest where
   down <= up - down, low where up <= down - up, else c. Where c lies beyond both, one of down and up is 0, and the same
   rule takes the end farther from c, as the definition does. Where two are equally near they are equal themselves, or
   one of them is c, which comes last in PNG's order too. With b = c = 0 the predictor is a, with a = c = 0 it is b: so
   Sub, Up and None are Paeth with neighbours masked out, and rows of different filters fly together. */

#define EACH_BYTE(from, until, value) \
    for (Py_ssize_t at = from; at < until; at++) \
    pixels[at] = (uint8_t)(value)

/* Rows by themselves. `row` is the filtered bytes, `above` the finished row or NULL. */

static inline void OF_PATH(unfilter_row)(int filter, const uint8_t *row, const uint8_t *above, uint8_t *pixels,
                                         Py_ssize_t size, int pixel)
{
    Py_ssize_t first = size < pixel ? size : pixel;
    if (above == NULL) {
        EACH_BYTE(0, first, row[at]);
        if (filter == SUB || filter == PAETH)
            EACH_BYTE(first, size, row[at] + pixels[at - pixel]);
        else if (filter == AVERAGE)
            EACH_BYTE(first, size, row[at] + (pixels[at - pixel] >> 1));
        else
            EACH_BYTE(first, size, row[at]);
    } else if (filter == SUB) {
        EACH_BYTE(0, first, row[at]);
        EACH_BYTE(first, size, row[at] + pixels[at - pixel]);
    } else if (filter == UP) {
        EACH_BYTE(0, size, row[at] + above[at]);
    } else if (filter == AVERAGE) {
        EACH_BYTE(0, first, row[at] + (above[at] >> 1));
        EACH_BYTE(first, size, row[at] + ((pixels[at - pixel] + above[at]) >> 1));
    } else if (filter == PAETH) {
        EACH_BYTE(0, first, row[at] + above[at]);
        EACH_BYTE(first, size, row[at] + nearest_of(pixels[at - pixel], above[at], above[at - pixel]));
    } else {
        EACH_BYTE(0, size, row[at]);
    }
}

#undef EACH_BYTE

#if HAS_SSE2

#define LANES (VECTOR_BYTES / 4)

#include "vectors.h"

#if VECTOR_BYTES == 16 /* plain x86-64 has vectors too */
#define V(op) _mm_##op
#define W(op) _mm_##op##_si128
#define VECTOR __m128i
#endif

/* Rows that fly together: the first one's filter byte, the row above it, and where its pixels go. */
typedef struct {
    const uint8_t *rows, *top;
    uint8_t *pixels;
    Py_ssize_t size;
    int count, pixel; /* rows, and bytes of a pixel */
} OF_PATH(Group);

/* Which neighbours the filter of each lane's row looks at, and whether it is Average; all ones or zeros. */
typedef struct {
    VECTOR left, above, corner, average;
} OF_PATH(Filters);

/* The pixels made in the last step and in the one before it, and what lay above the last ones. */
typedef struct {
    VECTOR left, made_before, corner;
} OF_PATH(Flight);

static inline OF_PATH(Filters) OF_PATH(filters_of)(const OF_PATH(Group) *group)
{
    uint32_t left[LANES] = {0}, above[LANES] = {0}, corner[LANES] = {0}, average[LANES] = {0};
    OF_PATH(Filters) filters;
    for (int lane = 0; lane < group->count; lane++) {
        int filter = group->rows[lane * (group->size + 1)];
        left[lane] = filter == SUB || filter == PAETH ? ~(uint32_t)0 : 0;
        above[lane] = filter == UP || filter == PAETH ? ~(uint32_t)0 : 0;
        corner[lane] = filter == PAETH ? ~(uint32_t)0 : 0;
        average[lane] = filter == AVERAGE ? ~(uint32_t)0 : 0;
    }
    memcpy(&filters.left, left, sizeof left);
    memcpy(&filters.above, above, sizeof above);
    memcpy(&filters.corner, corner, sizeof corner);
    memcpy(&filters.average, average, sizeof average);
    return filters;
}

static inline VECTOR OF_PATH(nearest)(VECTOR left, VECTOR above, VECTOR corner)
{
    VECTOR low = V(min_epu8)(left, above), high = V(max_epu8)(left, above);
    VECTOR down = V(subs_epu8)(corner, low), up = V(subs_epu8)(high, corner);
    VECTOR down_more = V(subs_epu8)(down, up), up_more = V(subs_epu8)(up, down);
#if VECTOR_BYTES == 64
    VECTOR near = _mm512_mask_mov_epi8(corner, _mm512_cmpge_epu8_mask(down_more, up), low);
    return _mm512_mask_mov_epi8(near, _mm512_cmpge_epu8_mask(up_more, down), high);
#else
    VECTOR to_low = V(cmpeq_epi8)(V(max_epu8)(down_more, up), down_more);
    VECTOR to_high = V(cmpeq_epi8)(V(max_epu8)(up_more, down), up_more);
#if VECTOR_BYTES == 32
    return _mm256_blendv_epi8(_mm256_blendv_epi8(corner, low, to_low), high, to_high);
#else
    VECTOR near = _mm_or_si128(_mm_and_si128(to_low, low), _mm_andnot_si128(to_low, corner));
    return _mm_or_si128(_mm_and_si128(to_high, high), _mm_andnot_si128(to_high, near));
#endif
#endif
}

/* Each lane from the lane before it, the first one from `top`. */
static inline VECTOR OF_PATH(above_of)(VECTOR made_before, uint32_t top)
{
#if VECTOR_BYTES == 64
    return _mm512_alignr_epi32(made_before, _mm512_set1_epi32((int)top), 15);
#elif VECTOR_BYTES == 32
    VECTOR moved = _mm256_permutevar8x32_epi32(made_before, _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6));
    return _mm256_blend_epi32(moved, _mm256_set1_epi32((int)top), 1);
#else
    return _mm_or_si128(_mm_slli_si128(made_before, 4), _mm_cvtsi32_si128((int)top));
#endif
}

/* One step of all lanes: their pixels from their filtered bytes and their neighbours. */
static inline VECTOR OF_PATH(step_of)(OF_PATH(Flight) *flight, const OF_PATH(Filters) *filters, VECTOR filtered,
                                     uint32_t top)
{
    VECTOR left = flight->left, above = OF_PATH(above_of)(flight->made_before, top);
    VECTOR odd = W(and)(W(xor)(left, above), V(set1_epi8)(1));
    VECTOR mean = V(sub_epi8)(V(avg_epu8)(left, above), odd); /* avg rounds up, PNG down */
    VECTOR near = OF_PATH(nearest)(W(and)(left, filters->left), W(and)(above, filters->above),
                                  W(and)(flight->corner, filters->corner));
    flight->made_before = left;
    flight->corner = above;
    flight->left = V(add_epi8)(filtered, W(or)(near, W(and)(mean, filters->average)));
    return flight->left;
}

/* Steps in which some lanes are before their row or behind it, or so near its end that no four bytes are left. What a
   lane makes before its row is zero, as is what lies left of a row: so is all that it is made of. */
static inline void OF_PATH(fly_at_ends)(OF_PATH(Flight) *flight, const OF_PATH(Filters) *filters,
                                        const OF_PATH(Group) *group, Py_ssize_t from, Py_ssize_t until)
{
    size_t pixel = (size_t)group->pixel;
    for (Py_ssize_t step = from; step < until; step++) {
        uint32_t filtered[LANES] = {0}, made[LANES], top = 0;
        VECTOR lanes;
        Py_ssize_t at = step * group->pixel;
        if (at < group->size)
            memcpy(&top, group->top + at, pixel);
        for (int lane = 0; lane < group->count; lane++, at -= PIXELS_BEHIND * group->pixel)
            if (at >= 0 && at < group->size)
                memcpy(&filtered[lane], group->rows + lane * (group->size + 1) + 1 + at, pixel);
        memcpy(&lanes, filtered, sizeof lanes);
        lanes = OF_PATH(step_of)(flight, filters, lanes, top);
        memcpy(made, &lanes, sizeof lanes);
        at = step * group->pixel;
        for (int lane = 0; lane < group->count; lane++, at -= PIXELS_BEHIND * group->pixel)
            if (at >= 0 && at < group->size)
                memcpy(group->pixels + lane * group->size + at, &made[lane], pixel);
    }
}

/* Steps in which every lane has a pixel, and four bytes in its row. The bytes written beyond the pixel belong to its
   right neighbour, which is written one step later. */
static inline void OF_PATH(fly_together)(OF_PATH(Flight) *flight, const OF_PATH(Filters) *filters,
                                         const OF_PATH(Group) *group, Py_ssize_t from, Py_ssize_t until)
{
    OF_PATH(Flight) here = *flight;
    const OF_PATH(Filters) masks = *filters;
    Py_ssize_t pixel = group->pixel, size = group->size;
    const uint8_t *rows = group->rows + 1 + from * pixel, *top = group->top + from * pixel;
    uint8_t *pixels = group->pixels + from * pixel;
    for (Py_ssize_t step = from; step < until; step++) {
        uint32_t four[LANES], above;
        VECTOR lanes;
        for (int lane = 0; lane < LANES; lane++)
            memcpy(&four[lane], rows + lane * (size + 1 - PIXELS_BEHIND * pixel), 4);
        memcpy(&above, top, 4);
        memcpy(&lanes, four, sizeof lanes);
        lanes = OF_PATH(step_of)(&here, &masks, lanes, above);
        memcpy(four, &lanes, sizeof lanes);
        for (int lane = 0; lane < LANES; lane++)
            memcpy(pixels + lane * (size - PIXELS_BEHIND * pixel), &four[lane], 4);
        rows += pixel;
        top += pixel;
        pixels += pixel;
    }
    *flight = here;
}

static inline void OF_PATH(fly)(const OF_PATH(Group) *group)
{
    OF_PATH(Filters) filters = OF_PATH(filters_of)(group);
    OF_PATH(Flight) flight;
    Py_ssize_t pixel = group->pixel, start = PIXELS_BEHIND * (group->count - 1), end = group->size / pixel + start;
    Py_ssize_t together = (group->size - 4) / pixel + 1; /* one past the last pixel with four bytes in its row */
    memset(&flight, 0, sizeof flight);
    if (group->count == LANES && start < together) {
        OF_PATH(fly_at_ends)(&flight, &filters, group, 0, start);
        OF_PATH(fly_together)(&flight, &filters, group, start, together);
        start = together;
    } else {
        start = 0;
    }
    OF_PATH(fly_at_ends)(&flight, &filters, group, start, end);
}

/* A group is worth it from so many chained rows on; by measure a few more or less make little difference. */
#define WORTH (LANES / 8 + 1)

static inline int OF_PATH(group_at)(const uint8_t *rows, Py_ssize_t size, Py_ssize_t left)
{
    int count = left < LANES ? (int)left : LANES, chained = 0;
    for (int lane = 0; lane < count; lane++)
        chained += is_chained(rows[lane * (size + 1)]);
    return chained >= WORTH ? count : 0;
}
#endif

static inline void OF_PATH(unfilter_pixels)(const uint8_t *rows, uint8_t *pixels, Py_ssize_t size, Py_ssize_t count,
                                             int pixel)
{
    const uint8_t *above = NULL;
    for (Py_ssize_t y = 0; y < count;) {
        int done = 1;
#if HAS_SSE2
        int together = y == 0 || pixel > 4 || !is_chained(rows[0]) ? 0 : OF_PATH(group_at)(rows, size, count - y);
        if (together) {
            OF_PATH(Group) group = {rows, above, pixels, size, together, pixel};
            OF_PATH(fly)(&group);
            done = together;
        } else
#endif
            OF_PATH(unfilter_row)(rows[0], rows + 1, above, pixels, size, pixel);
        y += done;
        rows += done * (size + 1);
        pixels += done * size;
        above = pixels - size;
    }
}

/* Unfilter `count` rows of `size` bytes, each after its filter byte; a pixel has 1, 2, 3, 4, 6 or 8 bytes. */
static void OF_PATH(unfilter_rows)(const uint8_t *rows, uint8_t *pixels, Py_ssize_t size, Py_ssize_t count,
                                   int pixel)
{
    switch (pixel) {
    case 1: OF_PATH(unfilter_pixels)(rows, pixels, size, count, 1); break;
    case 2: OF_PATH(unfilter_pixels)(rows, pixels, size, count, 2); break;
    case 3: OF_PATH(unfilter_pixels)(rows, pixels, size, count, 3); break;
    case 4: OF_PATH(unfilter_pixels)(rows, pixels, size, count, 4); break;
    case 6: OF_PATH(unfilter_pixels)(rows, pixels, size, count, 6); break;
    default: OF_PATH(unfilter_pixels)(rows, pixels, size, count, 8);
    }
}

#if HAS_SSE2
#undef LANES
#undef WORTH
#endif
