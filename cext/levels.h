/* Levels to packed bits; compiled for each code path by each_path.h.

   Packed bits stand MSB first, one level straight after the other, the last byte filled up with zeros. Eight levels
   always fill whole bytes. Each function returns the OR of all levels, so that the caller may judge them. */

#include "vectors.h"

static inline int OF_PATH(pack_eights)(const uint8_t *levels, uint8_t *packed, Py_ssize_t count, const int bits)
{
    int seen = 0;
    uint64_t word;
    for (; count >= 8; levels += 8, packed += bits, count -= 8) {
        word = 0;
        for (int i = 0; i < 8; i++) {
            seen |= levels[i];
            word = word << bits | levels[i];
        }
        for (int i = 0; i < bits; i++)
            packed[i] = (uint8_t)(word >> (8 * (bits - 1 - i)));
    }
    if (count > 0) {
        word = 0;
        for (int i = 0; i < count; i++) {
            seen |= levels[i];
            word = word << bits | levels[i];
        }
        word <<= bits * (8 - count);
        for (int i = 0; i < (bits * count + 7) >> 3; i++)
            packed[i] = (uint8_t)(word >> (8 * (bits - 1 - i)));
    }
    return seen;
}

/* Without a vector unit eight levels are joined in a word: twos, fours, eight. */
static inline uint64_t OF_PATH(joined)(uint64_t eight, const int bits)
{
    const int free_bits = 8 - bits;
    eight = (eight >> free_bits & UINT64_C(0xFF00FF00FF00FF00) >> free_bits) | (eight & UINT64_C(0x00FF00FF00FF00FF));
    eight = (eight >> 2 * free_bits & UINT64_C(0xFFFF0000FFFF0000) >> 2 * free_bits) |
            (eight & UINT64_C(0x0000FFFF0000FFFF));
    return (eight >> 32 << 4 * bits) | (eight & UINT64_C(0xFFFFFFFF));
}

static inline uint64_t OF_PATH(big_endian)(const uint8_t *bytes)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word = word << 8 | bytes[i];
    return word;
}

#if VECTOR_BYTES > 16

/* Where the last `bits` bytes of each 64-bit word go: turned round, and the words close together. */
static inline VECTOR OF_PATH(closing)(const int bits)
{
    const int reach = VECTOR_BYTES == 64 ? 64 : 16; /* vpermb brings a byte anywhere, vpshufb within sixteen */
    uint8_t from[VECTOR_BYTES];
    for (int i = 0; i < VECTOR_BYTES; i++) {
        const int place = i % reach, word = place / bits;
        from[i] = (uint8_t)(word < reach / 8 ? 8 * word + bits - 1 - place % bits : 0);
    }
    return W(loadu)((const VECTOR *)from);
}

/* Twos by 8-bit, fours by 16-bit multiplication, eight by shifts. */
static inline VECTOR OF_PATH(joined_lanes)(VECTOR levels, const int bits)
{
    const VECTOR twos = V(maddubs_epi16)(V(set1_epi16)((short)(1 << 8 | 1 << bits)), levels);
    const VECTOR fours = V(madd_epi16)(twos, V(set1_epi32)(1 << 16 | 1 << 2 * bits));
    return W(or)(V(srli_epi64)(V(slli_epi64)(fours, 32), 32 - 4 * bits), V(srli_epi64)(fours, 32));
}

static inline int OF_PATH(seen_in)(VECTOR levels)
{
    uint8_t each[VECTOR_BYTES];
    int seen = 0;
    W(storeu)((VECTOR *)each, levels);
    for (int i = 0; i < VECTOR_BYTES; i++)
        seen |= each[i];
    return seen;
}

static inline int OF_PATH(pack_run)(const uint8_t *levels, uint8_t *packed, Py_ssize_t count, const int bits)
{
    const VECTOR closing = OF_PATH(closing)(bits);
    VECTOR seen = W(setzero)();
    /* The AVX2 path stores sixteen bytes where 2 * bits count, and lets the next ones overwrite the rest. */
    const Py_ssize_t least = VECTOR_BYTES == 64 ? 64 : 48;
    for (; count >= least; count -= VECTOR_BYTES, levels += VECTOR_BYTES, packed += bits * VECTOR_BYTES / 8) {
        const VECTOR each = W(loadu)((const VECTOR *)levels);
        const VECTOR words = OF_PATH(joined_lanes)(each, bits);
        seen = W(or)(seen, each);
#if VECTOR_BYTES == 64
        const VECTOR closed = V(permutexvar_epi8)(closing, words);
        V(mask_storeu_epi8)(packed, (UINT64_C(1) << 8 * bits) - 1, closed);
#else
        const VECTOR closed = V(shuffle_epi8)(words, closing);
        _mm_storeu_si128((__m128i *)packed, _mm256_castsi256_si128(closed));
        _mm_storeu_si128((__m128i *)(packed + 2 * bits), _mm256_extracti128_si256(closed, 1));
#endif
    }
    return OF_PATH(seen_in)(seen) | OF_PATH(pack_eights)(levels, packed, count, bits);
}

/* The first dot stands in the highest bit of its byte, so each eight are turned round before their bits are gathered. */
static inline int OF_PATH(pack_ones)(const uint8_t *levels, uint8_t *packed, Py_ssize_t count)
{
    const VECTOR turned = OF_PATH(closing)(8);
    VECTOR seen = W(setzero)();
    for (; count >= VECTOR_BYTES; count -= VECTOR_BYTES, levels += VECTOR_BYTES, packed += VECTOR_BYTES / 8) {
        const VECTOR each = W(loadu)((const VECTOR *)levels);
        const VECTOR high = V(slli_epi16)(V(shuffle_epi8)(each, turned), 7);
        seen = W(or)(seen, each);
#if VECTOR_BYTES == 64
        const uint64_t bits = V(movepi8_mask)(high);
#else
        const uint32_t bits = (uint32_t)V(movemask_epi8)(high);
#endif
        memcpy(packed, &bits, sizeof bits);
    }
    return OF_PATH(seen_in)(seen) | OF_PATH(pack_eights)(levels, packed, count, 1);
}

#else

static inline int OF_PATH(pack_run)(const uint8_t *levels, uint8_t *packed, Py_ssize_t count, const int bits)
{
    uint64_t all = 0;
    /* Eight bytes are stored where `bits` count, and the next ones overwrite the rest. */
    for (; count >= 16; count -= 8, levels += 8, packed += bits) {
        const uint64_t eight = OF_PATH(big_endian)(levels);
        const uint64_t word = OF_PATH(joined)(eight, bits) << (64 - 8 * bits);
        all |= eight;
        for (int i = 0; i < 8; i++)
            packed[i] = (uint8_t)(word >> (56 - 8 * i));
    }
    all |= all >> 32;
    all |= all >> 16;
    return (int)((all | all >> 8) & 255) | OF_PATH(pack_eights)(levels, packed, count, bits);
}

/* A level of 1 fills its byte and lets the weight of its place through; the eight weights are summed by a multiplication,
   in any order of bytes. */
static inline int OF_PATH(pack_ones)(const uint8_t *levels, uint8_t *packed, Py_ssize_t count)
{
    const uint8_t order[8] = {128, 64, 32, 16, 8, 4, 2, 1};
    uint64_t weights, eight, all = 0;
    memcpy(&weights, order, 8);
    for (; count >= 8; count -= 8, levels += 8, packed++) {
        memcpy(&eight, levels, 8);
        all |= eight;
        *packed = (uint8_t)(((eight * 255 & weights) * UINT64_C(0x0101010101010101)) >> 56);
    }
    all |= all >> 32;
    all |= all >> 16;
    return (int)((all | all >> 8) & 255) | OF_PATH(pack_eights)(levels, packed, count, 1);
}

#endif

static int OF_PATH(pack_depth)(const uint8_t *levels, uint8_t *packed, Py_ssize_t count, int bits)
{
    switch (bits) {
    case 1:
        return OF_PATH(pack_ones)(levels, packed, count);
    case 5:
        return OF_PATH(pack_run)(levels, packed, count, 5);
    case 6:
        return OF_PATH(pack_run)(levels, packed, count, 6);
    case 7:
        return OF_PATH(pack_run)(levels, packed, count, 7);
    default:
        memcpy(packed, levels, count);
        return 0;
    }
}

/* Round value * top / 255: with 127 added, n / 255 = (n + 1 + (n >> 8)) >> 8, exact in 16 bits for these n. */
static void OF_PATH(scale_down)(const uint8_t *values, uint8_t *levels, Py_ssize_t count, uint16_t top)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        const uint16_t scaled = (uint16_t)(values[i] * top + 127);
        levels[i] = (uint8_t)((uint16_t)(scaled + 1 + (scaled >> 8)) >> 8);
    }
}
