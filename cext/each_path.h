/* Compiles KERNEL_FILE once for each code path; see paths.h. Included once a kernel file, so without a guard. */

#include "paths.h"

#define OF_PATH(name) JOIN(name, PATH_NAME)

#define PATH_NAME portable
#define VECTOR_BYTES 16
#include KERNEL_FILE
#undef PATH_NAME
#undef VECTOR_BYTES

#if HAS_X86_PATHS
#pragma GCC push_options
#pragma GCC target("avx2,bmi2")
#define PATH_NAME avx2
#define VECTOR_BYTES 32
#include KERNEL_FILE
#undef PATH_NAME
#undef VECTOR_BYTES
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,bmi2,avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,prefer-vector-width=512")
#define PATH_NAME avx512
#define VECTOR_BYTES 64
#include KERNEL_FILE
#undef PATH_NAME
#undef VECTOR_BYTES
#pragma GCC pop_options
#endif

#undef OF_PATH
#undef KERNEL_FILE
