"""The order of waiting jobs: moved by priorities alone, and by as few as it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import NotPossibleNow
from printserver.queue.ordering import HIGHEST, in_order, moved

QUEUES = st.dictionaries(st.integers(1, 30), st.integers(1, 60), min_size=1, max_size=12)


@pytest.mark.parametrize(("job", "after", "changes", "order"), [
    (3, None, {3: 51}, [3, 1, 2, 4]),
    (1, None, {}, [1, 2, 3, 4]),
    (1, 4, {1: 49, 4: 50}, [2, 3, 4, 1]),
    (4, 1, {1: 51, 4: 51}, [1, 4, 2, 3]),
    (2, 3, {3: 51, 1: 51, 2: 50}, [1, 3, 2, 4]),
])  # fmt: skip
def test_a_job_moves_where_it_is_wanted(
    job: int, after: int | None, changes: dict[int, int], order: list[int]
) -> None:
    equal = dict.fromkeys((1, 2, 3, 4), 50)
    found = moved(equal, job, after)
    assert in_order({**equal, **found}) == order
    assert set(found) <= set(changes)


@given(QUEUES, st.data())
def test_only_the_moved_job_changes_its_place_and_nobody_elses_priority_falls(
    waiting: dict[int, int], data: st.DataObject
) -> None:
    job = data.draw(st.sampled_from(sorted(waiting)))
    after = data.draw(st.sampled_from([None, *sorted(set(waiting) - {job})]))
    changes = moved(waiting, job, after)
    before = [each for each in in_order(waiting) if each != job]
    now = in_order({**waiting, **changes})
    assert [each for each in now if each != job] == before
    assert now.index(job) == (0 if after is None else now.index(after) + 1)
    assert all(priority > waiting[each] for each, priority in changes.items() if each != job)
    assert all(1 <= priority <= HIGHEST for priority in changes.values())


def test_no_job_comes_before_those_of_the_highest_priority() -> None:
    with pytest.raises(NotPossibleNow):
        moved({1: HIGHEST, 2: 50}, 2, None)
    assert moved({2: HIGHEST, 1: 50}, 1, None) == {1: HIGHEST}
