"""Pages of jobs in a short and in a long history: the ratio is what counts, and it ought to be 1.

`tests/store/test_store_pages.py` counts SQLite's steps instead; this shows what is left of it in time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from printserver.store import open_store
from printserver.store.contract import JobQuery, JobStore
from tests.contract.store_kit import with_queues
from tests.store.store_history import lengthen

LENGTHS = (300, 50_000)
WHERE: dict[str, Callable[[int], int | None]] = {
    "newest": lambda size: None, "middle": lambda size: size // 2, "oldest": lambda size: 101,
}  # fmt: skip


@pytest.fixture(scope="module", params=LENGTHS, ids=lambda size: f"{size} jobs")
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[JobStore, int]]:
    folder = tmp_path_factory.mktemp("history")
    place: Path = folder / "data" / "store.sqlite"
    store = open_store(place, master_key=folder / "master.key", clock=lambda: 1e6, node="here", randomness=os.urandom)
    lengthen(with_queues(store), place, request.param)
    yield store, request.param
    store.close()


@pytest.mark.benchmark(group="a page of 100 jobs")
@pytest.mark.parametrize("where", WHERE)
def test_page(benchmark: BenchmarkFixture, history: tuple[JobStore, int], where: str) -> None:
    store, size = history
    query = JobQuery(limit=100, before=WHERE[where](size))
    page = benchmark(lambda: store.jobs(query))
    assert len(page.jobs) == 100


@pytest.mark.benchmark(group="100 events")
def test_events(benchmark: BenchmarkFixture, history: tuple[JobStore, int]) -> None:
    store, size = history
    rows = benchmark(lambda: store.events(size // 2, 100))
    assert len(rows) == 100
