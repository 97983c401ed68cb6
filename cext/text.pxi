# Text: the dark dots that are letters, lines and bars, told from dark areas and photographs.
#
# Dark dots of a row that stand side by side are a run. Runs are joined with those of the row above (eight neighbours) by
# union-find; what is known of a component is summed at its root. Every dot is looked at once, every dark dot's
# neighbours once more: the time is linear in the dots.

cdef struct Run:
    int64_t parent   # a run of the same component; the root's is its own
    int64_t row
    int64_t start
    int64_t end      # the first column after it
    int64_t dots     # from here on: of the component, at its root
    int64_t edges
    int64_t light
    int64_t left
    int64_t right
    int64_t top
    int64_t bottom


cdef struct Letter:
    int limit     # the brightest dark dot
    int stroke    # the widest mean stroke, in dots
    int size      # the longest shorter side, in dots
    int contrast  # the least mean light of the surroundings


cdef struct Picture:
    const uint8_t* light
    const uint8_t* excluded  # dots that are never dark, or NULL
    Py_ssize_t height
    Py_ssize_t width


cdef inline bint is_dark(const Picture* picture, Py_ssize_t at, int limit) noexcept nogil:
    return picture.light[at] <= limit and (picture.excluded == NULL or picture.excluded[at] == 0)


cdef inline int64_t root_of(Run* runs, int64_t run) noexcept nogil:
    while runs[run].parent != run:
        runs[run].parent = runs[runs[run].parent].parent
        run = runs[run].parent
    return run


cdef inline void join_runs(Run* runs, int64_t one, int64_t other) noexcept nogil:
    cdef int64_t kept, gone
    one, other = root_of(runs, one), root_of(runs, other)
    if one == other:
        return
    kept, gone = (one, other) if one < other else (other, one)
    runs[gone].parent = kept
    runs[kept].dots += runs[gone].dots
    runs[kept].edges += runs[gone].edges
    runs[kept].light += runs[gone].light
    runs[kept].left = min(runs[kept].left, runs[gone].left)
    runs[kept].right = max(runs[kept].right, runs[gone].right)
    runs[kept].top = min(runs[kept].top, runs[gone].top)
    runs[kept].bottom = max(runs[kept].bottom, runs[gone].bottom)


cdef inline void add_edge(
    const Picture* picture, Run* run, Py_ssize_t at, Py_ssize_t step, Py_ssize_t inside, int limit
) noexcept nogil:
    """Count the side of dot `at` that looks along `step`, where `inside` dots follow in the picture."""
    cdef int light
    if inside < 1 or is_dark(picture, at + step, limit):
        return
    light = picture.light[at + step]
    if inside > 1 and picture.light[at + 2 * step] > light:
        light = picture.light[at + 2 * step]
    run.edges += 1
    run.light += light


cdef inline void measure_run(const Picture* picture, Run* run, int limit) noexcept nogil:
    cdef Py_ssize_t first = run.row * picture.width, x
    add_edge(picture, run, first + run.start, -1, run.start, limit)
    add_edge(picture, run, first + run.end - 1, 1, picture.width - run.end, limit)
    for x in range(run.start, run.end):
        add_edge(picture, run, first + x, -picture.width, run.row, limit)
        add_edge(picture, run, first + x, picture.width, picture.height - 1 - run.row, limit)


cdef inline int64_t runs_of_row(const Picture* picture, Run* runs, int64_t count, Py_ssize_t y, int limit) noexcept nogil:
    """Append the runs of a row; returns how many there are then."""
    cdef Py_ssize_t x = 0, first = y * picture.width
    cdef Run* run
    while x < picture.width:
        if not is_dark(picture, first + x, limit):
            x += 1
            continue
        run = runs + count
        run.parent, run.row, run.start = count, y, x
        while x < picture.width and is_dark(picture, first + x, limit):
            x += 1
        run.end, run.dots, run.edges, run.light = x, x - run.start, 0, 0
        run.left, run.right, run.top, run.bottom = run.start, x, y, y + 1
        measure_run(picture, run, limit)
        count += 1
    return count


cdef inline void join_rows(Run* runs, int64_t above, int64_t here, int64_t end) noexcept nogil:
    """Join the runs above..here of one row with the runs here..end of the next."""
    cdef int64_t upper = above, lower = here
    while upper < here and lower < end:
        if runs[upper].start <= runs[lower].end and runs[upper].end >= runs[lower].start:
            join_runs(runs, upper, lower)
        if runs[upper].end < runs[lower].end:
            upper += 1
        else:
            lower += 1


cdef inline bint is_text(const Run* whole, const Letter* letter) noexcept nogil:
    return (
        whole.edges > 0
        and whole.light >= letter.contrast * whole.edges
        and 2 * whole.dots <= letter.stroke * whole.edges
        and min(whole.right - whole.left, whole.bottom - whole.top) <= letter.size
    )


cdef void mark_text(const Picture* picture, uint8_t* elsewhere, Run* runs, const Letter* letter) noexcept nogil:
    cdef int64_t above = 0, here = 0, end = 0, run
    cdef Py_ssize_t y
    for y in range(picture.height):
        above, here = here, end
        end = runs_of_row(picture, runs, end, y, letter.limit)
        join_rows(runs, above, here, end)
    memset(elsewhere, 255, picture.height * picture.width)
    for run in range(end):
        if is_text(&runs[root_of(runs, run)], letter):
            memset(elsewhere + runs[run].row * picture.width + runs[run].start, 0, runs[run].end - runs[run].start)


def text(
    const uint8_t[:, ::1] light, const uint8_t[:, ::1] excluded, uint8_t[:, ::1] elsewhere, int64_t[:, ::1] runs,
    int limit, int stroke, int size, int contrast
):
    """Write 0 where a dot is text, else 255; `runs` is scratch of height * ((width + 1) // 2) rows of 11."""
    cdef Picture picture
    cdef Letter letter
    picture.light, picture.excluded = &light[0, 0], NULL
    picture.height, picture.width = light.shape[0], light.shape[1]
    letter.limit, letter.stroke, letter.size, letter.contrast = limit, stroke, size, contrast
    if excluded is not None:
        picture.excluded = &excluded[0, 0]
    with nogil:
        mark_text(&picture, &elsewhere[0, 0], <Run*>&runs[0, 0], &letter)
