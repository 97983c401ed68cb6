"""Gives every test of a contract each implementation there is of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from printserver.store.contract import JobStore
from tests.contract.store_kit import PostgresqlShelf, Shelf, SqliteShelf, StoreFactory, with_queues


@pytest.fixture(params=["sqlite", "postgresql"])
def store_factory(request: pytest.FixtureRequest, tmp_path: Path) -> StoreFactory:
    """Make a new, empty place for a store with each call; a further kind of store is a further parameter."""
    made: list[Shelf] = []
    kinds: dict[str, Callable[[Path], Shelf]] = {"sqlite": SqliteShelf, "postgresql": PostgresqlShelf}

    def make() -> Shelf:
        made.append(kinds[request.param](tmp_path / f"shelf-{len(made)}"))
        return made[-1]

    return make


@pytest.fixture
def shelf(store_factory: StoreFactory) -> Shelf:
    return store_factory()


@pytest.fixture
def store(shelf: Shelf) -> Iterator[JobStore]:
    opened = with_queues(shelf.open())
    yield opened
    opened.close()
