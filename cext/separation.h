/* Pixels to inks and to grey in one pass; compiled for each code path by each_path.h.

   Dots are handled a vector at a time, 64 or 32 of them; the last ones are brought to that number in a corner of the
   stack. Without a vector unit each dot goes by itself. */

#ifndef PRINTSERVER_SEPARATION_H
#define PRINTSERVER_SEPARATION_H

typedef struct {
    uint8_t *yellow, *magenta, *cyan;
    uint8_t *black;   /* NULL: the ribbon has none */
    uint8_t *overlay; /* NULL: it is not wanted */
} Inks;

typedef struct {
    const uint8_t *tones;    /* 4 tables of 256, indexed by light: yellow, magenta, cyan, black */
    const uint8_t *excluded; /* dots that never go to black, or NULL */
    int limit;               /* the brightest channel that goes to black, -1: none */
    int keep;                /* all ones: colour stays under black */
    int spare;               /* all ones: no overlay over black */
} Rules;

#endif

#include "vectors.h"

#if VECTOR_BYTES > 16

#define LIGHT OF_PATH(Light)
#define TABLE OF_PATH(Table)
#define ORDER OF_PATH(Order)

static inline void OF_PATH(separate_block)(
    const uint8_t *pixels, const Inks *ink, Py_ssize_t at, const uint8_t *excluded, const TABLE *tables,
    const ORDER *order, const Rules *rules, int samples)
{
    const LIGHT light = OF_PATH(light_at)(pixels, order, samples);
    const VECTOR brightest = OF_PATH(brightest_of)(&light);
    VECTOR yellow = OF_PATH(lookup)(&tables[0], light.blue);
    VECTOR magenta = OF_PATH(lookup)(&tables[1], light.green);
    VECTOR cyan = OF_PATH(lookup)(&tables[2], light.red);
    VECTOR dark = OF_PATH(not_above)(brightest, V(set1_epi8)((char)rules->limit));
    VECTOR black = W(setzero)();
    dark = W(and)(dark, V(set1_epi8)(rules->limit < 0 ? 0 : -1));
    if (excluded != NULL)
        dark = W(and)(dark, OF_PATH(not_above)(OF_PATH(at)(excluded), W(setzero)()));
    if (OF_PATH(any)(dark)) {
        const VECTOR bare = W(andnot)(V(set1_epi8)((char)rules->keep), dark);
        yellow = W(andnot)(bare, yellow);
        magenta = W(andnot)(bare, magenta);
        cyan = W(andnot)(bare, cyan);
        black = W(and)(OF_PATH(lookup)(&tables[3], brightest), dark);
    }
    OF_PATH(put)(ink->yellow + at, yellow);
    OF_PATH(put)(ink->magenta + at, magenta);
    OF_PATH(put)(ink->cyan + at, cyan);
    if (ink->black != NULL)
        OF_PATH(put)(ink->black + at, black);
    if (ink->overlay != NULL)
        OF_PATH(put)(ink->overlay + at,
            W(andnot)(W(and)(dark, V(set1_epi8)((char)rules->spare)), V(set1_epi8)(1)));
}

static inline void OF_PATH(separate_last)(
    const uint8_t *pixels, const Inks *ink, Py_ssize_t at, Py_ssize_t count, const TABLE *tables, const ORDER *order,
    const Rules *rules, int samples)
{
    uint8_t rest[4 * VECTOR_BYTES], without[VECTOR_BYTES], planes[5][VECTOR_BYTES];
    const Inks corner = {planes[0], planes[1], planes[2], planes[3], planes[4]};
    memset(rest, 255, sizeof rest);
    memset(without, 255, sizeof without);
    memcpy(rest, pixels, samples * count);
    if (rules->excluded != NULL)
        memcpy(without, rules->excluded + at, count);
    OF_PATH(separate_block)(
        rest, &corner, 0, rules->excluded == NULL ? NULL : without, tables, order, rules, samples);
    memcpy(ink->yellow + at, planes[0], count);
    memcpy(ink->magenta + at, planes[1], count);
    memcpy(ink->cyan + at, planes[2], count);
    if (ink->black != NULL)
        memcpy(ink->black + at, planes[3], count);
    if (ink->overlay != NULL)
        memcpy(ink->overlay + at, planes[4], count);
}

static inline void OF_PATH(separate_samples)(
    const uint8_t *pixels, const Inks *inks, Py_ssize_t count, const Rules *given, int samples)
{
    const ORDER order = OF_PATH(order_ready)(samples);
    const Rules rules = *given;
    const Inks ink = *inks;
    TABLE tables[4];
    Py_ssize_t at = 0;
    for (int i = 0; i < 4; i++)
        tables[i] = OF_PATH(table_ready)(rules.tones + 256 * i);
    if (rules.excluded == NULL)
        for (; at + VECTOR_BYTES <= count; at += VECTOR_BYTES)
            OF_PATH(separate_block)(pixels + samples * at, &ink, at, NULL, tables, &order, &rules, samples);
    else
        for (; at + VECTOR_BYTES <= count; at += VECTOR_BYTES)
            OF_PATH(separate_block)(
                pixels + samples * at, &ink, at, rules.excluded + at, tables, &order, &rules, samples);
    if (at < count)
        OF_PATH(separate_last)(pixels + samples * at, &ink, at, count - at, tables, &order, &rules, samples);
}

static inline void OF_PATH(luma_samples)(
    const uint8_t *pixels, uint8_t *grey, Py_ssize_t count, const uint8_t *tone, int samples)
{
    const ORDER order = OF_PATH(order_ready)(samples);
    uint8_t rest[4 * VECTOR_BYTES], corner[VECTOR_BYTES];
    TABLE table;
    memset(rest, 0, sizeof rest);
    if (tone != NULL)
        table = OF_PATH(table_ready)(tone);
    for (Py_ssize_t at = 0; at < count; at += VECTOR_BYTES) {
        const Py_ssize_t left = count - at < VECTOR_BYTES ? count - at : VECTOR_BYTES;
        if (left < VECTOR_BYTES)
            memcpy(rest, pixels + samples * at, samples * left);
        const LIGHT light = OF_PATH(light_at)(left < VECTOR_BYTES ? rest : pixels + samples * at, &order, samples);
        VECTOR found = OF_PATH(luma_of)(&light);
        if (tone != NULL)
            found = OF_PATH(lookup)(&table, found);
        OF_PATH(put)(left < VECTOR_BYTES ? corner : grey + at, found);
        if (left < VECTOR_BYTES)
            memcpy(grey + at, corner, left);
    }
}

static inline void OF_PATH(brightest_samples)(
    const uint8_t *pixels, uint8_t *brightest, Py_ssize_t count, int samples)
{
    const ORDER order = OF_PATH(order_ready)(samples);
    uint8_t rest[4 * VECTOR_BYTES], corner[VECTOR_BYTES];
    memset(rest, 0, sizeof rest);
    for (Py_ssize_t at = 0; at < count; at += VECTOR_BYTES) {
        const Py_ssize_t left = count - at < VECTOR_BYTES ? count - at : VECTOR_BYTES;
        if (left < VECTOR_BYTES)
            memcpy(rest, pixels + samples * at, samples * left);
        const LIGHT light = OF_PATH(light_at)(left < VECTOR_BYTES ? rest : pixels + samples * at, &order, samples);
        OF_PATH(put)(left < VECTOR_BYTES ? corner : brightest + at, OF_PATH(brightest_of)(&light));
        if (left < VECTOR_BYTES)
            memcpy(brightest + at, corner, left);
    }
}

#undef LIGHT
#undef TABLE
#undef ORDER

#else

/* Each entry of the colours' tables carries, above its ink, whether its light is beyond the limit: one OR of the three
   then tells whether the dot goes to black. Black has one level nearly always; then nobody asks which light is brightest. */
static inline void OF_PATH(separate_simply)(
    const uint8_t *pixels, const Inks *inks, Py_ssize_t count, const Rules *rules, const uint16_t toned[3][256],
    int samples, int plain)
{
    const uint8_t *black_of = rules->tones + 3 * 256, *excluded = rules->excluded;
    uint8_t *yellows = inks->yellow, *magentas = inks->magenta, *cyans = inks->cyan, *blacks = inks->black;
    const uint32_t keep = rules->keep & 255;
    for (Py_ssize_t i = 0; i < count; i++, pixels += samples) {
        const uint32_t yellow = toned[0][pixels[2]], magenta = toned[1][pixels[1]], cyan = toned[2][pixels[0]];
        uint32_t colour = (yellow | magenta | cyan) >> 8; /* 255, or 0 if the dot goes to black */
        if (!plain && excluded != NULL && excluded[i])
            colour = 255;
        const uint32_t left = colour | keep;
        yellows[i] = (uint8_t)(yellow & left);
        magentas[i] = (uint8_t)(magenta & left);
        cyans[i] = (uint8_t)(cyan & left);
        if (plain) {
            blacks[i] = (uint8_t)(black_of[0] & ~colour);
        } else if (blacks != NULL) {
            uint8_t brightest = pixels[0] > pixels[1] ? pixels[0] : pixels[1];
            brightest = pixels[2] > brightest ? pixels[2] : brightest;
            blacks[i] = (uint8_t)(black_of[brightest] & ~colour);
        }
        if (!plain && inks->overlay != NULL)
            inks->overlay[i] = (uint8_t)(1 & (colour | ~rules->spare));
    }
}

static inline void OF_PATH(separate_samples)(
    const uint8_t *pixels, const Inks *inks, Py_ssize_t count, const Rules *rules, int samples)
{
    uint16_t toned[3][256];
    const uint8_t *black_of = rules->tones + 3 * 256;
    const int even = memcmp(black_of, black_of + 1, 255) == 0;
    for (int i = 0; i < 3; i++)
        for (int light = 0; light < 256; light++)
            toned[i][light] = (uint16_t)(rules->tones[256 * i + light] | (light > rules->limit ? 0xFF00 : 0));
    if (even && rules->excluded == NULL && inks->black != NULL && (inks->overlay == NULL || !rules->spare)) {
        OF_PATH(separate_simply)(pixels, inks, count, rules, toned, samples, 1);
        if (inks->overlay != NULL)
            memset(inks->overlay, 1, count);
    } else {
        OF_PATH(separate_simply)(pixels, inks, count, rules, toned, samples, 0);
    }
}

static inline void OF_PATH(luma_samples)(
    const uint8_t *pixels, uint8_t *grey, Py_ssize_t count, const uint8_t *tone, int samples)
{
    for (Py_ssize_t i = 0; i < count; i++, pixels += samples) {
        const uint32_t light =
            (UINT32_C(19595) * pixels[0] + UINT32_C(38470) * pixels[1] + UINT32_C(7471) * pixels[2] + 0x8000) >> 16;
        grey[i] = tone == NULL ? (uint8_t)light : tone[light];
    }
}

static inline void OF_PATH(brightest_samples)(
    const uint8_t *pixels, uint8_t *brightest, Py_ssize_t count, int samples)
{
    for (Py_ssize_t i = 0; i < count; i++, pixels += samples) {
        const uint8_t one = pixels[0] > pixels[1] ? pixels[0] : pixels[1];
        brightest[i] = pixels[2] > one ? pixels[2] : one;
    }
}

#endif

static void OF_PATH(separate_dots)(
    const uint8_t *pixels, const Inks *inks, Py_ssize_t count, const Rules *rules, int samples)
{
    if (samples == 3)
        OF_PATH(separate_samples)(pixels, inks, count, rules, 3);
    else
        OF_PATH(separate_samples)(pixels, inks, count, rules, 4);
}

static void OF_PATH(luma_dots)(
    const uint8_t *pixels, uint8_t *grey, Py_ssize_t count, const uint8_t *tone, int samples)
{
    if (samples == 3)
        OF_PATH(luma_samples)(pixels, grey, count, tone, 3);
    else
        OF_PATH(luma_samples)(pixels, grey, count, tone, 4);
}

static void OF_PATH(brightest_dots)(const uint8_t *pixels, uint8_t *brightest, Py_ssize_t count, int samples)
{
    if (samples == 3)
        OF_PATH(brightest_samples)(pixels, brightest, count, 3);
    else
        OF_PATH(brightest_samples)(pixels, brightest, count, 4);
}
