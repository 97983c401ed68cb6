"""A store that does not wait for the disk: these tests pull no real plug. And an end to each world with its test."""

import gc
from collections.abc import Iterator

import pytest

from printserver.store import sqlite
from tests.queue.queue_kit import WORLDS


@pytest.fixture(autouse=True)
def _hasty_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "PRAGMA synchronous=OFF"))


@pytest.fixture(autouse=True)
def _end_of_the_worlds() -> Iterator[None]:
    """Collect what a world's last life still waited for: thrown away in a test with a reactor, that test would fail."""
    yield
    if WORLDS:
        WORLDS.clear()
        gc.collect()
