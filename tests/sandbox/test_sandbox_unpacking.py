"""Documents that came compressed are unpacked by a worker, and what it will not unpack ends in a typed error."""

import gzip
import zlib

import pytest
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from printserver.documents.unpacking import LARGEST
from printserver.errors import CompressionBroken, CompressionUnsupported, DocumentTooLarge, PrintServerError
from printserver.sandbox.orders import UNPACKED, RenderOrder
from printserver.sandbox.pool import WorkerPool
from tests.sandbox.mischief_orders import command, installed_reactor

WHOLE = bytes(range(256)) * 400


def packed(data: bytes, compression: str) -> RenderOrder:
    return RenderOrder(driver="", model="", front=data, compression=compression, want=frozenset({UNPACKED}))


class UnpackingTest(TestCase):
    async def pool(self) -> WorkerPool:
        pool = WorkerPool(installed_reactor(), size=1, command=command())
        self.addCleanup(lambda: ensureDeferred(pool.stop()))
        await pool.start()
        return pool

    async def test_a_worker_gives_back_what_was_compressed(self) -> None:
        pool = await self.pool()
        squeezer = zlib.compressobj(wbits=-15)
        raw = squeezer.compress(WHOLE) + squeezer.flush()
        for data, word in ((gzip.compress(WHOLE), "gzip"), (zlib.compress(WHOLE), "deflate"), (raw, "deflate")):
            assert (await pool.render(packed(data, word))).unpacked == WHOLE
        assert (await pool.render(packed(gzip.compress(b""), "gzip"))).unpacked == b""

    async def test_a_refusal_comes_back_as_its_own_error_and_the_worker_lives_on(self) -> None:
        pool = await self.pool()
        bomb = gzip.compress(bytes(LARGEST + 1))
        refused: tuple[tuple[bytes, str, type[PrintServerError]], ...] = (
            (gzip.compress(WHOLE)[:-1], "gzip", CompressionBroken),
            (gzip.compress(WHOLE) + b"more", "gzip", CompressionBroken),
            (WHOLE, "deflate", CompressionBroken),
            (bomb, "gzip", DocumentTooLarge),
            (WHOLE, "compress", CompressionUnsupported),
        )
        for data, word, kind in refused:
            with pytest.raises(kind):
                await pool.render(packed(data, word))
        (worker,) = pool._workers
        assert worker.done == len(refused)
