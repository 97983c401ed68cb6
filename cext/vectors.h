/* Words for the vector unit of the path that is being compiled; read anew by each kernel file, so without a guard.

   V(op) and W(op) are the intrinsics of its width. The portable path has none of them and is written in plain C. */

#undef V
#undef W
#undef VECTOR

#if VECTOR_BYTES == 64
#define V(op) _mm512_##op
#define W(op) _mm512_##op##_si512
#define VECTOR __m512i
#elif VECTOR_BYTES == 32
#define V(op) _mm256_##op
#define W(op) _mm256_##op##_si256
#define VECTOR __m256i
#endif
