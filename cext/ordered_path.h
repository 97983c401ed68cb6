/* What ordered.h compiles for one code path. A comparison gives a bit a dot with the first dot in the lowest bit, where
   print data have it in the highest one of its byte, so either the dots of each eight are reversed before, or the bits of
   each byte after. */

#if VECTOR_BYTES == 64 && HAS_X86_PATHS

static inline void OF_PATH(ink_under)(const uint8_t *grey, const uint8_t *limits, uint8_t *bits)
{
    const __m512i reversed = _mm512_set4_epi32(0x08090a0b, 0x0c0d0e0f, 0x00010203, 0x04050607);
    const __m512i light = _mm512_shuffle_epi8(_mm512_loadu_si512(grey), reversed);
    const uint64_t ink = _mm512_cmplt_epu8_mask(light, _mm512_shuffle_epi8(_mm512_loadu_si512(limits), reversed));
    memcpy(bits, &ink, 8);
}

#elif VECTOR_BYTES == 32 && HAS_X86_PATHS

static inline void OF_PATH(ink_under)(const uint8_t *grey, const uint8_t *limits, uint8_t *bits)
{
    const __m256i reversed =
        _mm256_set_epi32(0x08090a0b, 0x0c0d0e0f, 0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f, 0x00010203, 0x04050607);
    for (int half = 0; half < 2; half++) {
        const __m256i light = _mm256_loadu_si256((const __m256i *)grey + half);
        const __m256i limit = _mm256_loadu_si256((const __m256i *)limits + half);
        const __m256i white = _mm256_cmpeq_epi8(_mm256_max_epu8(light, limit), light);
        const uint32_t ink = ~(uint32_t)_mm256_movemask_epi8(_mm256_shuffle_epi8(white, reversed));
        memcpy(bits + 4 * half, &ink, 4);
    }
}

#elif defined(__SSE2__)

static inline void OF_PATH(ink_under)(const uint8_t *grey, const uint8_t *limits, uint8_t *bits)
{
    uint64_t ink = 0;
    for (int quarter = 0; quarter < 4; quarter++) {
        const __m128i light = _mm_loadu_si128((const __m128i *)grey + quarter);
        const __m128i limit = _mm_loadu_si128((const __m128i *)limits + quarter);
        const __m128i white = _mm_cmpeq_epi8(_mm_max_epu8(light, limit), light);
        ink |= (uint64_t)(uint32_t)_mm_movemask_epi8(white) << (16 * quarter);
    }
    ink = ~ink;
    ink = (ink >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (ink & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
    ink = (ink >> 2 & UINT64_C(0x3333333333333333)) | (ink & UINT64_C(0x3333333333333333)) << 2;
    ink = (ink >> 1 & UINT64_C(0x5555555555555555)) | (ink & UINT64_C(0x5555555555555555)) << 1;
    memcpy(bits, &ink, 8);
}

#else

static inline void OF_PATH(ink_under)(const uint8_t *grey, const uint8_t *limits, uint8_t *bits)
{
    uint8_t weighed[TILE_DOTS];
    for (int dot = 0; dot < TILE_DOTS; dot++)
        weighed[dot] = (uint8_t)(-(grey[dot] < limits[dot]) & 128 >> (dot & 7));
    for (int byte = 0; byte < TILE_DOTS / 8; byte++) {
        uint64_t eight;
        memcpy(&eight, weighed + 8 * byte, 8);
        bits[byte] = (uint8_t)(eight * UINT64_C(0x0101010101010101) >> 56); /* the sum of its bytes */
    }
}

#endif

static void OF_PATH(ordered_plane)(
    const uint8_t *grey, uint8_t *bits, ptrdiff_t height, ptrdiff_t width, const uint8_t *tile, ptrdiff_t tile_height,
    ptrdiff_t tile_width)
{
    const ptrdiff_t whole = width - width % TILE_DOTS, stride = (width + 7) >> 3;
    uint8_t rest[TILE_DOTS], last[TILE_DOTS / 8];
    memset(rest, 255, TILE_DOTS); /* 255 is below no limit: what fills up the last block gets no ink */
    for (ptrdiff_t y = 0; y < height; y++) {
        const uint8_t *limits = tile + (y & (tile_height - 1)) * tile_width;
        for (ptrdiff_t x = 0; x < whole; x += TILE_DOTS)
            OF_PATH(ink_under)(grey + x, limits + (x & (tile_width - 1)), bits + (x >> 3));
        if (whole < width) {
            memcpy(rest, grey + whole, (size_t)(width - whole));
            OF_PATH(ink_under)(rest, limits + (whole & (tile_width - 1)), last);
            memcpy(bits + (whole >> 3), last, (size_t)(stride - (whole >> 3)));
        }
        grey += width;
        bits += stride;
    }
}
