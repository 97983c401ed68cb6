"""A store that does not wait for the disk: these tests pull no real plug."""

import pytest

from printserver.store import sqlite


@pytest.fixture(autouse=True)
def _hasty_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "PRAGMA synchronous=OFF"))
