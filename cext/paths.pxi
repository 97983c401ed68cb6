# Which code path the kernels take; the C side and the way to write a kernel for each path stand in paths.h.

cdef extern from "paths.h":
    enum:
        PATH_PORTABLE
        PATH_AVX512
    int kernel_path
    int can_take_path(int path) nogil


PATHS = ("portable", "avx2", "avx512")  # in the order of their numbers


def code_paths():
    """Name the code paths that this processor can take, the best one last."""
    return tuple([name for path, name in enumerate(PATHS) if can_take_path(path)])


def code_path():
    """Name the code path that is taken."""
    return PATHS[kernel_path]


def take_code_path(name):
    """Take another code path from now on, in all threads; raises ValueError for one that cannot be taken here."""
    global kernel_path
    if name not in code_paths():
        raise ValueError(f"code path {name!r}; this processor can take {', '.join(code_paths())}")
    kernel_path = PATHS.index(name)


take_code_path(max(code_paths(), key=PATHS.index))
