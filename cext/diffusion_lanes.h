/* Error diffusion on many rows or planes at once, a 16-bit lane each: what wavefront.h and batch.h share.

   Included by diffusion_path.h once for each code path and number of lanes, so without a guard. LANES and WORD_BYTES, the
   width of a vector of words, are set there. Bytes become columns: 16 dots of every lane are turned into 16 vectors, one
   dot a lane. Where the lanes need two vectors, these hide each other's latency. */

#define VECTORS (2 * LANES / WORD_BYTES)

typedef int16_t OF_LANES(words) __attribute__((vector_size(WORD_BYTES)));
typedef uint16_t OF_LANES(naturals) __attribute__((vector_size(WORD_BYTES)));
typedef uint8_t OF_LANES(column) __attribute__((vector_size(LANES)));
#define WORDS OF_LANES(words)
#define NATURALS OF_LANES(naturals)
#define COLUMN OF_LANES(column)

/* The lanes' state between two dots of their scan. `pair` is the sum of the last two errors; of Sierra Lite it is what
   was left of the last division. */
struct OF_LANES(scan) {
    WORDS error[VECTORS], pair[VECTORS];
    NATURALS white[VECTORS];
};
#define SCAN struct OF_LANES(scan)

/* Which lane stands where before the bytes are turned: unpacked within halves of 16 bytes, they come out in order. */
#if LANES == 16
#define FIRST_OF(slot) (slot)
#define LOW(one, other) __builtin_shufflevector(one, other, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(one, other) __builtin_shufflevector(one, other, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#else
#if WORD_BYTES == 32
#define FIRST_OF(slot) ((slot) < 8 ? (slot) : (slot) + 8)
#define SECOND_OF(slot) (FIRST_OF(slot) + 8)
#else
#define FIRST_OF(slot) (slot)
#define SECOND_OF(slot) ((slot) + 16)
#endif
#define LOW(one, other) \
    __builtin_shufflevector(one, other, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 16, 48, 17, 49, 18, 50, \
                            19, 51, 20, 52, 21, 53, 22, 54, 23, 55)
#define HIGH(one, other) \
    __builtin_shufflevector(one, other, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47, 24, 56, 25, 57, 26, \
                            58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63)
#endif

typedef uint8_t OF_LANES(sixteen) __attribute__((vector_size(16)));
#define SIXTEEN OF_LANES(sixteen)

static ALWAYS_INLINE SIXTEEN OF_LANES(sixteen_at)(uintptr_t place)
{
    SIXTEEN dots;
    memcpy(&dots, (const uint8_t *)place, sizeof dots);
    return dots;
}

static ALWAYS_INLINE COLUMN OF_LANES(slot)(const uintptr_t *in, uintptr_t offset, int slot)
{
    SIXTEEN first = OF_LANES(sixteen_at)(in[FIRST_OF(slot)] + offset);
#if LANES == 16
    return first;
#else
    SIXTEEN second = OF_LANES(sixteen_at)(in[SECOND_OF(slot)] + offset);
    return __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                                   21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
#endif
}

/* Turn sixteen bytes of each lane into sixteen columns: each of four rounds moves one bit of a byte's place. A lane's
   bytes stand at its own place and an offset common to all, so that only one number changes from block to block. */
static ALWAYS_INLINE void OF_LANES(turn)(const uintptr_t *in, uintptr_t offset, COLUMN *columns)
{
    COLUMN one[16], other[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        one[i] = OF_LANES(slot)(in, offset, i);
#pragma GCC unroll 4
    for (int round = 0; round < 4; round++) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            other[2 * i] = LOW(one[i], one[i + 8]);
            other[2 * i + 1] = HIGH(one[i], one[i + 8]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            one[i] = other[i];
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        columns[i] = one[i];
}

/* The light of one vector's lanes as (256 light + below) >> shift. */
static ALWAYS_INLINE WORDS OF_LANES(light_of)(const COLUMN *column, int vector, int shift, int below)
{
#if VECTORS == 1
    return (__builtin_convertvector(*column, WORDS) << (8 - shift)) + (int16_t)(below >> shift);
#else
    COLUMN low = (COLUMN){} + (uint8_t)below;
    COLUMN wide = vector ? HIGH(low, *column) : LOW(low, *column);
    return (WORDS)((NATURALS)wide >> shift);
#endif
}

static ALWAYS_INLINE WORDS OF_LANES(load)(const int16_t *from)
{
    WORDS words;
    memcpy(&words, from, sizeof words);
    return words;
}

/* All ones where a sum is beyond a limit. With AVX-512 a comparison goes through a mask register and back, which takes
   several times as long. */
static ALWAYS_INLINE WORDS OF_LANES(beyond)(WORDS sum, int16_t limit)
{
#if VECTOR_BYTES == 64
    return (limit - sum) >> 15;
#else
    return limit < sum;
#endif
}

/* Clip to 0..255. */
static ALWAYS_INLINE WORDS OF_LANES(clip)(WORDS value)
{
    const WORDS most = (WORDS){} + 255;
#if !defined(__SSE2__)
    value &= ~(value >> 15);
    return value - ((value - most) & ~((value - most) >> 15));
#elif WORD_BYTES == 16
    return (WORDS)_mm_min_epi16(_mm_max_epi16((__m128i)value, _mm_setzero_si128()), (__m128i)most);
#elif WORD_BYTES == 32
    return (WORDS)_mm256_min_epi16(_mm256_max_epi16((__m256i)value, _mm256_setzero_si256()), (__m256i)most);
#else
    return (WORDS)_mm512_min_epi16(_mm512_max_epi16((__m512i)value, _mm512_setzero_si512()), (__m512i)most);
#endif
}

/* One dot of every lane. `above` is what the row above gives to it; `below` takes what the dot below the last one gets.
   Bits are shifted in from the end that the scan goes to. */
static ALWAYS_INLINE void OF_LANES(step)(
    SCAN *scan, const COLUMN *column, const int16_t *above, int16_t *below, int direction, int form)
{
#pragma GCC unroll 2
    for (int i = 0; i < VECTORS; i++) {
        enum { EACH_VECTOR = WORD_BYTES / 2 };
        WORDS error = scan->error[i], given = OF_LANES(load)(above + i * EACH_VECTOR), white, pair, sum, owed;
        switch (form) {
        case FORM_PROJECT:
            sum = OF_LANES(light_of)(column, i, 4, 128) + given - error + (error << 3);
            white = OF_LANES(beyond)(sum, 2047);
            error = (sum >> 4) - (white & 255);
            break;
        case FORM_PILLOW:
            sum = given - error + (error << 3);
            sum += (sum >> 15) & 15;
            sum = OF_LANES(light_of)(column, i, 8, 0) + (sum >> 4);
            white = OF_LANES(beyond)(sum, 128);
            error = OF_LANES(clip)(sum) - (white & 255);
            break;
        default: /* FORM_SIERRA_LITE */
            sum = OF_LANES(light_of)(column, i, 6, 0) + given + scan->pair[i] + (error + error);
            white = OF_LANES(beyond)(sum, 511);
            error = (sum >> 2) - (white & 255);
        }
        pair = error + scan->error[i];
        owed = form == FORM_SIERRA_LITE ? pair : (pair << 2) + (scan->pair[i] - error);
        if (form == FORM_SIERRA_LITE)
            pair = sum & 3;
        memcpy(below + i * EACH_VECTOR, &owed, sizeof owed);
        if (direction > 0)
            scan->white[i] = scan->white[i] + scan->white[i] - (NATURALS)white;
        else
            scan->white[i] = scan->white[i] >> 1 | (NATURALS)white << 15;
        scan->error[i] = error;
        scan->pair[i] = pair;
    }
}

/* Take back what the last dot gave, in the lanes that `keep` does not hold. */
static ALWAYS_INLINE void OF_LANES(take_back)(SCAN *scan, int16_t *below, const int16_t *keep, int form)
{
#pragma GCC unroll 2
    for (int i = 0; i < VECTORS; i++) {
        WORDS given = scan->error[i] & ~OF_LANES(load)(keep + i * (WORD_BYTES / 2));
        WORDS owed = OF_LANES(load)(below + i * (WORD_BYTES / 2)) - given;
        if (form != FORM_SIERRA_LITE) {
            owed -= given + given;
            scan->pair[i] -= given;
        }
        memcpy(below + i * (WORD_BYTES / 2), &owed, sizeof owed);
        scan->error[i] -= given;
    }
}

/* What the dot below the last one of a row gets. */
static ALWAYS_INLINE void OF_LANES(rest)(const SCAN *scan, int16_t *below, int form)
{
#pragma GCC unroll 2
    for (int i = 0; i < VECTORS; i++) {
        WORDS owed = form == FORM_SIERRA_LITE ? scan->error[i] : (scan->error[i] << 2) + scan->pair[i];
        memcpy(below + i * (WORD_BYTES / 2), &owed, sizeof owed);
    }
}

/* Each lane's sixteen bits as two bytes in order, 1 = ink: shifted to the left end, and none among the last `filling`. */
static ALWAYS_INLINE void OF_LANES(ink_of)(const SCAN *scan, uint16_t *ink, int shift, int filling)
{
#pragma GCC unroll 2
    for (int i = 0; i < VECTORS; i++) {
        NATURALS found = ~scan->white[i] << shift & (uint16_t)(0xffff << filling);
        found = found << 8 | found >> 8;
        memcpy(ink + i * (WORD_BYTES / 2), &found, sizeof found);
    }
}
