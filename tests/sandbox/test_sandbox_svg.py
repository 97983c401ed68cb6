"""Drawings in the worker: drawn with the shipped font behind all fences, and ended when they take too much."""

import io
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from printserver.errors import ConfigurationError, DrawingRefused, WorkerFailed
from printserver.model.card import Side
from printserver.sandbox import worker
from printserver.sandbox.command import WorkerSettings, worker_command
from printserver.sandbox.confinement import Confinement
from printserver.sandbox.limits import MEBIBYTE, Limits
from printserver.sandbox.orders import PAGES, SOURCES, RenderResult
from printserver.sandbox.pool import WorkerPool
from tests.documents.svg_kit import HOSTILE, another_family, data_of, svg
from tests.sandbox.mischief_orders import PACKAGES, command, installed_reactor, order

# It passes the gate: 200 layers of the card's size.
SLOW = svg('<g opacity="0.9"><rect width="100%" height="100%"/></g>' * 200)
TEXT = '<rect width="856" height="540" fill="red"/><text x="99" y="300" font-size="200">Sari</text>'


class DrawingTest(TestCase):
    async def pool(self, limits: Limits | None = None) -> WorkerPool:
        limits = limits or Limits()
        pool = WorkerPool(installed_reactor(), size=1, limits=limits, command=command(limits))
        self.addCleanup(lambda: ensureDeferred(pool.stop()))
        await pool.start()
        return pool

    def folder(self) -> Path:
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        return Path(made.name)

    async def drawn(self, pool: WorkerPool, document: bytes) -> RenderResult:
        return await pool.render(replace(order(), front=document, want=frozenset({SOURCES})))

    async def test_text_and_pictures_are_drawn_behind_the_fences(self) -> None:
        result = await self.drawn(await self.pool(), svg(TEXT + f'<image href="{data_of(Image.new("RGB", (9, 9)))}"/>'))
        page = np.asarray(Image.open(io.BytesIO(result.sources[Side.FRONT])).convert("RGB"))
        assert page.shape == (648, 1016, 3)
        assert tuple(page[20, 20]) in ((255, 0, 0), (0, 0, 0))
        assert (page == 0).all(axis=2).sum() > 20_000

    async def test_what_is_refused_is_refused_when_pages_are_counted(self) -> None:
        pool = await self.pool()
        for case in ("a file", "script", "a use bomb", "an entity"):
            document, where = HOSTILE[case]
            with pytest.raises(DrawingRefused) as caught:
                await pool.render(replace(order(), front=document, want=frozenset({PAGES})))
            assert caught.value.where == where
        assert (await pool.render(replace(order(), front=svg(TEXT), want=frozenset({PAGES})))).pages == 1

    async def test_a_drawing_that_takes_too_long_ends_with_its_worker_and_the_next_is_drawn(self) -> None:
        pool = await self.pool(Limits(processor_seconds=1))
        with pytest.raises(WorkerFailed, match="more processor time"):
            await self.drawn(pool, SLOW)
        assert Side.FRONT in (await self.drawn(pool, svg(TEXT))).sources

    async def test_a_drawing_that_takes_too_much_memory_ends_and_the_next_is_drawn(self) -> None:
        pool = await self.pool(Limits(memory=200 * MEBIBYTE))
        heavy = svg(f'<image href="{data_of(Image.new("RGB", (6000, 6000)))}"/>')
        with pytest.raises(WorkerFailed):
            await self.drawn(pool, heavy)
        assert Side.FRONT in (await self.drawn(pool, svg(TEXT))).sources

    async def test_fonts_of_the_operator_are_read_behind_the_fences(self) -> None:
        folder = self.folder()
        (folder / "own.ttf").write_bytes(another_family())
        own = worker_command(packages=("mischief",), paths=(str(PACKAGES),), fonts=str(folder))
        pool = WorkerPool(installed_reactor(), size=1, command=own)
        self.addCleanup(lambda: ensureDeferred(pool.stop()))
        await pool.start()
        result = await self.drawn(pool, svg(TEXT.replace("<text", '<text font-family="Vazirmatx"')))
        page = np.asarray(Image.open(io.BytesIO(result.sources[Side.FRONT])).convert("RGB"))
        assert (page == 0).all(axis=2).sum() > 10_000

    async def test_a_font_that_cannot_be_read_keeps_workers_from_starting(self) -> None:
        folder = self.folder()
        (folder / "bad.ttf").write_bytes(b"no font")
        pool = WorkerPool(installed_reactor(), size=1, command=worker_command(packages=(), fonts=str(folder)))
        with pytest.raises(ConfigurationError, match=r"bad\.ttf"):
            await pool.start()


def test_of_files_the_fonts_alone_are_readable_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where this machine's kernel has no fence for files."""
    asked: list[tuple[str, ...]] = []

    def fence(readable: Iterable[str]) -> Confinement:
        asked.append(tuple(readable))
        return Confinement((), ())

    monkeypatch.setattr(worker, "confine", fence)
    monkeypatch.setattr(worker, "take", lambda limits: ())
    monkeypatch.setattr("gc.freeze", lambda: None)
    worker.confined(WorkerSettings())
    worker.confined(WorkerSettings(fonts="/srv/fonts"))
    assert set(asked[1]) - set(asked[0]) == {"/srv/fonts"}
