/* Forgets the names of one number of lanes, so that the next can have them. */

#undef VECTORS
#undef WORDS
#undef NATURALS
#undef COLUMN
#undef SCAN
#undef SIXTEEN
#undef FIRST_OF
#undef SECOND_OF
#undef LOW
#undef HIGH
#undef SLOT
#undef WAVE
#undef LANES
#undef WORD_BYTES
