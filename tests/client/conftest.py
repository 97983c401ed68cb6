from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client.fake_print_server import FakePrintServer, running


@pytest.fixture
def server() -> Iterator[FakePrintServer]:
    with running() as fake:
        yield fake
