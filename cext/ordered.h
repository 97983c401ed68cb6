/* Ordered dither: a tile of limits laid over the plane, 64 dots at a time, compiled for each code path. */

#ifndef PRINTSERVER_ORDERED_H
#define PRINTSERVER_ORDERED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "paths.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

enum { TILE_DOTS = 64 };

#define KERNEL_FILE "ordered_path.h"
#include "each_path.h"

/* `tile` has sides that are powers of two, its width at least 64. */
static void dither_ordered(
    const uint8_t *grey, uint8_t *bits, ptrdiff_t height, ptrdiff_t width, const uint8_t *tile, ptrdiff_t tile_height,
    ptrdiff_t tile_width)
{
    BY_PATH(ordered_plane)(grey, bits, height, width, tile, tile_height, tile_width);
}

/* The same for a tile narrower than 64 and at most that high. */
static void dither_ordered_narrow(
    const uint8_t *grey, uint8_t *bits, ptrdiff_t height, ptrdiff_t width, const uint8_t *tile, ptrdiff_t tile_height,
    ptrdiff_t tile_width)
{
    uint8_t wide[TILE_DOTS * TILE_DOTS];
    for (ptrdiff_t place = 0; place < tile_height * TILE_DOTS; place += tile_width)
        memcpy(wide + place, tile + place / TILE_DOTS * tile_width, (size_t)tile_width);
    dither_ordered(grey, bits, height, width, wide, tile_height, TILE_DOTS);
}

#endif
