/* The filters of PNG, and their predictors one byte at a time: ISO/IEC 15948, clause 9.

   A byte's neighbours are the bytes of the same place in the pixel to the left, in the pixel above, and in the one that
   is left of that; there are zeros left of a row and above the first one. Filter bytes that are not known are None. */

#ifndef PRINTSERVER_FILTERS_H
#define PRINTSERVER_FILTERS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#define HAS_SSE2 1
#else
#define HAS_SSE2 0
#endif

enum { NONE, SUB, UP, AVERAGE, PAETH };

/* How many pixels a row in flight is behind the row above it. */
enum { PIXELS_BEHIND = 2 };

/* Whether each pixel of a row waits for the one to its left. */
static inline int is_chained(int filter)
{
    return filter == SUB || filter == AVERAGE || filter == PAETH;
}

static inline int distance_of(int one, int other)
{
    return one > other ? one - other : other - one;
}

static inline int nearest_of(int left, int above, int corner)
{
    int estimate = left + above - corner;
    int to_left = distance_of(estimate, left), to_above = distance_of(estimate, above);
    int to_corner = distance_of(estimate, corner);
    int farther = to_above <= to_corner ? above : corner;
    return to_left <= to_above && to_left <= to_corner ? left : farther;
}

#endif
