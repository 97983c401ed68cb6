"""The main job end to end: a picture's bytes to the device's bytes, and a job's way into the store.

The peer of the first is the same work by Pillow and numpy alone: decode, invert, black by a point table, one-bit K.
Ratios of one run are what counts; figures of different runs are not comparable.
"""

from __future__ import annotations

import io
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops
from pytest_benchmark.fixture import BenchmarkFixture

from printserver.design.sample import sample_front
from printserver.driver.loading import shelf_of
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.model.ticket import Ticket
from printserver.sandbox.orders import BLOCKS, COMPOSITES, RenderOrder
from printserver.sandbox.render import render
from printserver.store import open_store
from printserver.store.contract import NewCard, NewDocument, NewJob
from printserver.store.sealing import new_job_key
from printserver.store.spool import Spool

FRONT = sample_front()
SHELF = shelf_of(["printserver_evolis"])


def order(want: str) -> RenderOrder:
    return RenderOrder(driver="evolis", model="primacy", ribbon="YMCKO", front=FRONT, want=frozenset({want}))


@pytest.mark.benchmark(group="PNG to device bytes")
def test_ours(benchmark: BenchmarkFixture) -> None:
    job = benchmark(lambda: render(order(BLOCKS), SHELF).job)
    assert len(job) > 3 * 1016 * 648


@pytest.mark.benchmark(group="PNG to device bytes")
def test_pillow_and_numpy(benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(by_pillow)) > 3 * 1016 * 648


def by_pillow() -> bytes:
    picture = Image.open(io.BytesIO(FRONT)).convert("RGB")
    red, green, blue = picture.split()
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    black = lightest.point([255] + [0] * 255)
    dyes = [ImageChops.subtract(ImageChops.invert(plane), black) for plane in (blue, green, red)]
    turned = [np.rot90(np.asarray(plane)).tobytes() for plane in dyes]
    resin = np.packbits(np.rot90(np.asarray(black)) > 0, axis=1).tobytes()
    return b"".join([*turned, resin, b"\xff" * (1016 * 648 // 8)])


@pytest.mark.benchmark(group="preview")
def test_composite_and_thumbnail(benchmark: BenchmarkFixture) -> None:
    assert benchmark(lambda: render(order(COMPOSITES), SHELF).composites)


@pytest.mark.benchmark(group="durable accept")
def test_a_job_into_store_and_spool(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    accept = accepting(tmp_path)
    assert benchmark(accept) > 0


@pytest.mark.benchmark(group="durable accept")
def test_the_disk_alone(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """The least that two durable writes cost here: document and row, each with fsync."""
    numbers = itertools.count()

    def write() -> int:
        name = tmp_path / str(next(numbers))
        for data in (FRONT, b"row" * 100):
            with name.open("ab") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        return 1

    assert benchmark(write) == 1


def accepting(folder: Path) -> Callable[[], int]:
    """Return what accepts one job, as the queue does: document to the spool, row to the store."""
    store = open_store(folder / "store.sqlite", master_key=folder / "key", clock=time.time, node="bench")
    (folder / "spool").mkdir()
    spool = Spool(folder / "spool", os.urandom)
    store.put_printer(
        PrinterConfig(name="p", driver="evolis", model="primacy", device="emulated", ribbon="YMCKO"), "bench"
    )
    store.put_queue(QueueConfig(name="card", printers=("p",)), "bench")

    def accept() -> int:
        key = new_job_key(os.urandom)
        document = NewDocument(format="image/png", size=len(FRONT), sha256="0" * 64, blob=spool.write(key, FRONT))
        new = NewJob(queue="card", ticket=Ticket(), key=key, documents=(document,), cards=(NewCard(),))
        return store.add_job(new).id

    return accept
