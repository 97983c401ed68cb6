"""A document that came compressed is unpacked by a worker, after all cards that wait."""

from pathlib import Path

import pytest

from printserver.errors import CompressionBroken, WorkerFailed
from printserver.queue.preparation import LOOK_PRIORITY
from printserver.sandbox.orders import UNPACKED
from tests.queue.queue_kit import world


def test_a_worker_unpacks_and_what_it_says_is_told(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.renderer.unpacked = b"plain"
    assert here.do(here.service.unpack(b"packed", "gzip")) == b"plain"
    (order,) = here.renderer.orders
    assert (order.front, order.compression, order.want) == (b"packed", "gzip", frozenset({UNPACKED}))
    assert here.renderer.priorities == [LOOK_PRIORITY]
    here.renderer.faults.append(CompressionBroken())
    with pytest.raises(CompressionBroken):
        here.do(here.service.unpack(b"packed", "gzip"))


def test_a_document_that_unpacks_to_nothing_is_none_that_was_left_out(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.renderer.unpacked = b""
    assert here.do(here.service.unpack(b"packed", "gzip")) == b""
    here.renderer.unpacked = None
    with pytest.raises(WorkerFailed):
        here.do(here.service.unpack(b"packed", "gzip"))
