/* Which code path the kernels take: what this processor can, or what the environment forces.

   A kernel that is worth it is written once, in a header of its own, and compiled for each path by each_path.h:

       #define KERNEL_FILE "wavefront.h"
       #include "each_path.h"
       ...
       BY_PATH(diffuse_rows)(grey, bits, ...);

   Within KERNEL_FILE a function is named OF_PATH(diffuse_rows), and VECTOR_BYTES tells the native vector's width; wider
   generic vectors than that are taken apart by GCC at great cost. Other processors and compilers have the portable path
   alone, which is plain C. */

#ifndef PRINTSERVER_PATHS_H
#define PRINTSERVER_PATHS_H

#include <stdlib.h>
#include <string.h>

enum { PATH_PORTABLE, PATH_AVX2, PATH_AVX512 };

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(PRINTSERVER_PORTABLE)
#define HAS_X86_PATHS 1
#else
#define HAS_X86_PATHS 0
#endif

/* Set once when the module is loaded, and by tests and benchmarks, which work one thread at a time. */
static int kernel_path = PATH_PORTABLE;

static int can_take_path(int path)
{
#if HAS_X86_PATHS
    __builtin_cpu_init();
    if (path == PATH_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    if (path == PATH_AVX512)
        return can_take_path(PATH_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vbmi");
#endif
    return path == PATH_PORTABLE;
}

#define JOIN_(one, other) one##_##other
#define JOIN(one, other) JOIN_(one, other)

#if HAS_X86_PATHS
#define BY_PATH(name) \
    (kernel_path == PATH_AVX512 ? JOIN(name, avx512) : kernel_path == PATH_AVX2 ? JOIN(name, avx2) : JOIN(name, portable))
#else
#define BY_PATH(name) JOIN(name, portable)
#endif

#endif
