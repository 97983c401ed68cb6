/* Dots in vectors: loaded from pixels a channel a vector, looked up in tables of 256, compared. For each vector path.

   A lane is a dot. What a call needs more than once (tables, orders of bytes) is prepared once, by `..._ready`. */

#ifndef PRINTSERVER_LANES_H
#define PRINTSERVER_LANES_H
#if HAS_X86_PATHS
#include <immintrin.h>
#endif
#endif

#include "vectors.h"

#if VECTOR_BYTES > 16

typedef struct {
    VECTOR red, green, blue;
} OF_PATH(Light);

#define LIGHT OF_PATH(Light)

#if VECTOR_BYTES == 64

/* 128 entries are two registers, and vpermi2b looks 64 lanes up in them at once. */
typedef struct {
    VECTOR quarter[4];
} OF_PATH(Table);

#define TABLE OF_PATH(Table)

static inline TABLE OF_PATH(table_ready)(const uint8_t *entries)
{
    TABLE table;
    for (int i = 0; i < 4; i++)
        table.quarter[i] = W(loadu)(entries + 64 * i);
    return table;
}

static inline VECTOR OF_PATH(lookup)(const TABLE *table, VECTOR index)
{
    const VECTOR lower = V(permutex2var_epi8)(table->quarter[0], index, table->quarter[1]);
    const VECTOR upper = V(permutex2var_epi8)(table->quarter[2], index, table->quarter[3]);
    return V(mask_blend_epi8)(V(movepi8_mask)(index), lower, upper);
}

/* Where each channel of 64 dots stands among their 192 or 256 bytes. */
typedef struct {
    VECTOR place[3];
} OF_PATH(Order);

#define ORDER OF_PATH(Order)

static inline ORDER OF_PATH(order_ready)(int samples)
{
    ORDER order;
    uint8_t place[64];
    for (int channel = 0; channel < 3; channel++) {
        for (int dot = 0; dot < 64; dot++)
            place[dot] = (uint8_t)(samples * dot + channel);
        order.place[channel] = W(loadu)(place);
    }
    return order;
}

static inline VECTOR OF_PATH(channel_at)(const TABLE *bytes, VECTOR place, int samples)
{
    if (samples == 4)
        return OF_PATH(lookup)(bytes, place);
    const VECTOR first = V(permutex2var_epi8)(bytes->quarter[0], place, bytes->quarter[1]);
    return V(mask_permutexvar_epi8)(first, V(movepi8_mask)(place), place, bytes->quarter[2]);
}

static inline LIGHT OF_PATH(light_at)(const uint8_t *pixels, const ORDER *order, int samples)
{
    TABLE bytes;
    for (int i = 0; i < samples; i++)
        bytes.quarter[i] = W(loadu)(pixels + 64 * i);
    return (LIGHT){
        OF_PATH(channel_at)(&bytes, order->place[0], samples), OF_PATH(channel_at)(&bytes, order->place[1], samples),
        OF_PATH(channel_at)(&bytes, order->place[2], samples),
    };
}

static inline VECTOR OF_PATH(not_above)(VECTOR value, VECTOR limit)
{
    return V(movm_epi8)(V(cmple_epu8_mask)(value, limit));
}

static inline int OF_PATH(any)(VECTOR mask)
{
    return V(movepi8_mask)(mask) != 0;
}

#else

/* A table of 256 is 16 rows of 16, and vpshufb looks up in one row, giving 0 for a negative index. Each row is kept as
   its difference to the row before. Going down by 16 a step, an index takes the differences of all rows up to its own;
   saturation keeps an index of the other half negative. */
typedef struct {
    VECTOR step[16];
} OF_PATH(Table);

#define TABLE OF_PATH(Table)

static inline TABLE OF_PATH(table_ready)(const uint8_t *entries)
{
    TABLE table;
    for (int row = 0; row < 16; row++) {
        const __m128i here = _mm_loadu_si128((const __m128i *)(entries + 16 * row));
        const __m128i before =
            row % 8 ? _mm_loadu_si128((const __m128i *)(entries + 16 * row - 16)) : _mm_setzero_si128();
        table.step[row] = _mm256_broadcastsi128_si256(_mm_xor_si128(here, before));
    }
    return table;
}

static inline VECTOR OF_PATH(lookup)(const TABLE *table, VECTOR index)
{
    const VECTOR down = V(set1_epi8)(16);
    VECTOR lower = index, upper = W(xor)(index, V(set1_epi8)(-128));
    VECTOR found = W(xor)(V(shuffle_epi8)(table->step[0], lower), V(shuffle_epi8)(table->step[8], upper));
    for (int row = 1; row < 8; row++) {
        lower = V(subs_epi8)(lower, down);
        upper = V(subs_epi8)(upper, down);
        found = W(xor)(found, V(shuffle_epi8)(table->step[row], lower));
        found = W(xor)(found, V(shuffle_epi8)(table->step[8 + row], upper));
    }
    return found;
}

/* Sixteen dots are `samples` registers of 16 bytes: which byte of each comes to which lane of a channel. */
typedef struct {
    VECTOR part[3][4];
} OF_PATH(Order);

#define ORDER OF_PATH(Order)

static inline ORDER OF_PATH(order_ready)(int samples)
{
    ORDER order;
    for (int channel = 0; channel < 3; channel++) {
        for (int part = 0; part < samples; part++) {
            uint8_t from[16];
            for (int dot = 0; dot < 16; dot++) {
                const int place = samples * dot + channel - 16 * part;
                from[dot] = (uint8_t)(place >= 0 && place < 16 ? place : 128);
            }
            order.part[channel][part] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)from));
        }
    }
    return order;
}

static inline VECTOR OF_PATH(channel_at)(const VECTOR *bytes, const VECTOR *part, int samples)
{
    VECTOR found = V(shuffle_epi8)(bytes[0], part[0]);
    for (int i = 1; i < samples; i++)
        found = W(or)(found, V(shuffle_epi8)(bytes[i], part[i]));
    return found;
}

static inline LIGHT OF_PATH(light_at)(const uint8_t *pixels, const ORDER *order, int samples)
{
    VECTOR bytes[4];
    for (int i = 0; i < samples; i++)
        bytes[i] = _mm256_loadu2_m128i(
            (const __m128i *)(pixels + 16 * (samples + i)), (const __m128i *)(pixels + 16 * i));
    return (LIGHT){
        OF_PATH(channel_at)(bytes, order->part[0], samples), OF_PATH(channel_at)(bytes, order->part[1], samples),
        OF_PATH(channel_at)(bytes, order->part[2], samples),
    };
}

static inline VECTOR OF_PATH(not_above)(VECTOR value, VECTOR limit)
{
    return V(cmpeq_epi8)(V(min_epu8)(value, limit), value);
}

static inline int OF_PATH(any)(VECTOR mask)
{
    return V(movemask_epi8)(mask) != 0;
}

#endif

static inline VECTOR OF_PATH(at)(const uint8_t *bytes)
{
    return W(loadu)((const VECTOR *)bytes);
}

static inline void OF_PATH(put)(uint8_t *bytes, VECTOR value)
{
    W(storeu)((VECTOR *)bytes, value);
}

static inline VECTOR OF_PATH(brightest_of)(const LIGHT *light)
{
    return V(max_epu8)(V(max_epu8)(light->red, light->green), light->blue);
}

/* 38470 is no signed 16-bit number, so green's weight is given in two halves. */
static inline VECTOR OF_PATH(luma_of)(const LIGHT *light)
{
    const VECTOR none = W(setzero)();
    const VECTOR red_green = V(set1_epi32)(19235 << 16 | 19595), green_blue = V(set1_epi32)(7471 << 16 | 19235);
    const VECTOR half = V(set1_epi32)(0x8000);
    VECTOR sums[4];
    for (int i = 0; i < 2; i++) {
        const VECTOR red = i ? V(unpackhi_epi8)(light->red, none) : V(unpacklo_epi8)(light->red, none);
        const VECTOR green = i ? V(unpackhi_epi8)(light->green, none) : V(unpacklo_epi8)(light->green, none);
        const VECTOR blue = i ? V(unpackhi_epi8)(light->blue, none) : V(unpacklo_epi8)(light->blue, none);
        sums[2 * i] = V(add_epi32)(
            V(madd_epi16)(V(unpacklo_epi16)(red, green), red_green),
            V(madd_epi16)(V(unpacklo_epi16)(green, blue), green_blue));
        sums[2 * i + 1] = V(add_epi32)(
            V(madd_epi16)(V(unpackhi_epi16)(red, green), red_green),
            V(madd_epi16)(V(unpackhi_epi16)(green, blue), green_blue));
    }
    for (int i = 0; i < 4; i++)
        sums[i] = V(srli_epi32)(V(add_epi32)(sums[i], half), 16);
    return V(packus_epi16)(V(packs_epi32)(sums[0], sums[1]), V(packs_epi32)(sums[2], sums[3]));
}

#undef LIGHT
#undef TABLE
#undef ORDER

#endif
