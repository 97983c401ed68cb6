"""The pool: orders come back as bytes, and whatever one order does, the others do not feel it."""

import io
import os
import signal

import pytest
from msgspec.structs import replace
from PIL import Image
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, gatherResults
from twisted.trial.unittest import TestCase

from printserver.errors import (
    BadTicket,
    ConfigurationError,
    DocumentBroken,
    DocumentLocked,
    DocumentTooLarge,
    PluginBroken,
    PrintServerError,
    ServerBusy,
    WorkerFailed,
)
from printserver.ipp.pwg_raster import write_pwg
from printserver.ipp.raster_page import Colours, RasterPage
from printserver.ipp.urf import write_urf
from printserver.model.card import Side
from printserver.model.inspection import WarningCode
from printserver.sandbox.command import worker_command
from printserver.sandbox.limits import MEBIBYTE, Limits
from printserver.sandbox.orders import ALL, PAGES, SOURCES, RenderOrder, RenderResult
from printserver.sandbox.pool import WorkerPool
from tests.documents.pdf_kit import encryption, pdf
from tests.sandbox.mischief_orders import command, installed_reactor, order, png, said, urgent


def seen(picture: bytes) -> tuple[tuple[int, int], object]:
    """Size and first dot of a picture."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return image.size, image.getpixel((0, 0))


class PoolTest(TestCase):
    async def pool(self, size: int = 1, backlog: int = 10, limits: Limits | None = None) -> WorkerPool:
        limits = limits or Limits()
        pool = WorkerPool(installed_reactor(), size=size, limits=limits, command=command(limits), backlog=backlog)
        self.addCleanup(lambda: ensureDeferred(pool.stop()))
        await pool.start()
        return pool

    def asked(self, pool: WorkerPool, wanted: RenderOrder) -> Deferred[RenderResult]:
        return ensureDeferred(pool.render(wanted))

    async def refused(self, pool: WorkerPool, wanted: RenderOrder, kind: type[PrintServerError]) -> str:
        with pytest.raises(kind) as caught:
            await pool.render(wanted)
        return str(caught.value)

    async def test_pages_of_a_pdf_are_counted_and_nothing_is_made_of_them(self) -> None:
        pool = await self.pool()
        for pages in (1, 2, 5):
            result = await pool.render(replace(order(), front=pdf(*[b""] * pages), want=frozenset({PAGES})))
            assert result == RenderResult(pages=pages)
        locked = pdf(b"", encrypt=encryption(b"secret", -60))
        assert "password" in await self.refused(pool, replace(order(), front=locked), DocumentLocked)
        three = replace(order(), front=pdf(b"", b"", b""))
        assert "3 pages" in await self.refused(pool, three, DocumentTooLarge)

    async def test_each_format_is_decoded_in_the_worker(self) -> None:
        pool = await self.pool()
        page = RasterPage(32, 16, 300, Colours.SRGB, 8, bytes((255, 0, 0)) * 512)
        red = Image.new("RGB", (32, 16), "red")
        tiff = io.BytesIO()
        red.save(tiff, "TIFF", compression="tiff_lzw")
        drawn = pdf(b"1 0 0 rg 0 0 300 300 re f")
        for document in (write_pwg([page]), write_urf([page]), tiff.getvalue(), drawn):
            result = await pool.render(replace(order(), front=document, want=frozenset({SOURCES})))
            assert seen(result.sources[Side.FRONT])[1] == (255, 0, 0)

    async def test_a_png_comes_back_as_the_blocks_of_its_panels(self) -> None:
        pool = await self.pool()
        result = await pool.render(order())
        names = [block.name for block in result.blocks]
        assert names == ["begin", "front-Y", "front-M", "front-C", "front-K", "front-O"]
        assert result.blocks[1].data[:3] == b"Y\x7f\x7f"  # red is full yellow and magenta, no cyan
        assert result.blocks[3].data[:3] == b"C\x00\x00"
        assert result.blocks[1].feeds

    async def test_a_png_comes_back_as_what_people_look_at(self) -> None:
        pool = await self.pool()
        result = await pool.render(replace(order(), want=ALL))
        assert [(ink.side, ink.panel, ink.number) for ink in result.inks] == [(Side.FRONT, P, 1) for P in "YMCKO"]
        magenta = result.inks[1]
        assert seen(magenta.whole) == ((1016, 648), (255, 0, 255))
        assert seen(magenta.thumbnail) == ((320, 204), (255, 0, 255))
        assert seen(result.sources[Side.FRONT]) == ((1016, 648), (255, 0, 0))
        assert result.inspection is not None
        assert [ink.coverage for ink in result.inspection.panels] == [100, 100, 0, 0, 100]
        told = [(warning.code, warning.panel) for warning in result.inspection.warnings]
        assert told == [(WarningCode.FULL_PANEL, "Y"), (WarningCode.FULL_PANEL, "M")]

    async def test_what_is_not_wanted_is_not_made(self) -> None:
        pool = await self.pool()
        result = await pool.render(order())
        assert (result.inspection, result.inks, result.sources, result.composites) == (None, (), {}, {})

    async def test_an_error_comes_back_as_its_own_class_with_all_its_parts(self) -> None:
        pool = await self.pool()
        with pytest.raises(BadTicket) as caught:
            await pool.render(order("refuse"))
        error = caught.value
        assert (error.message, error.where, error.allowed) == ("no such speed", "speed", "slow, fast")
        assert "truncated" in await self.refused(pool, order(front=png()[:-40]), DocumentBroken)
        unknown = RenderOrder(driver="unheard-of", model="one", front=png())
        assert "mischief" in await self.refused(pool, unknown, ConfigurationError)

    async def test_a_worker_that_is_killed_takes_its_own_order_with_it_and_no_other(self) -> None:
        pool = await self.pool(size=2)
        fates = [self.asked(pool, order(do)) for do in ("die", "nothing", "nothing", "nothing")]
        with pytest.raises(WorkerFailed, match="was killed"):
            await fates[0]
        for result in await gatherResults(fates[1:]):
            assert said(result) == "begin"

    async def test_a_worker_killed_from_outside_is_replaced(self) -> None:
        pool = await self.pool()
        number = int(said(await pool.render(order("process"))))
        waiting = self.asked(pool, order("wait"))
        os.kill(number, signal.SIGKILL)
        with pytest.raises(WorkerFailed, match="was killed"):
            await waiting
        assert int(said(await pool.render(order("process")))) != number

    async def test_an_idle_worker_that_is_killed_is_replaced(self) -> None:
        pool = await self.pool()
        number = int(said(await pool.render(order("process"))))
        os.kill(number, signal.SIGKILL)
        assert int(said(await self.tried_again(pool, order("process")))) != number

    async def tried_again(self, pool: WorkerPool, wanted: RenderOrder) -> RenderResult:
        """Render; an order given to a worker in the moment of its death fails, the next must not."""
        try:
            return await pool.render(wanted)
        except WorkerFailed:
            return await pool.render(wanted)

    async def test_a_loop_ends_with_its_processor_time(self) -> None:
        pool = await self.pool(limits=Limits(processor_seconds=1))
        assert "processor time" in await self.refused(pool, order("loop"), WorkerFailed)
        assert said(await pool.render(order())) == "begin"

    async def test_processor_time_is_granted_anew_for_each_card(self) -> None:
        pool = await self.pool(limits=Limits(processor_seconds=1))
        number = said(await pool.render(order("process")))
        for _ in range(5):
            await pool.render(order("spend", seconds="0.7"))
        assert said(await pool.render(order("process"))) == number

    async def test_a_card_that_waits_for_ever_ends_with_the_wall_time(self) -> None:
        pool = await self.pool(limits=Limits(wall_seconds=0.5))
        assert "took longer than 0.5 s" in await self.refused(pool, order("wait"), WorkerFailed)

    async def test_a_card_that_eats_memory_fails_alone(self) -> None:
        pool = await self.pool(limits=Limits(memory=300 * MEBIBYTE))
        assert "memory" in await self.refused(pool, order("eat"), WorkerFailed)
        assert said(await pool.render(order())) == "begin"

    async def test_a_fault_in_a_driver_is_one_card_s_failure(self) -> None:
        pool = await self.pool()
        number = said(await pool.render(order("process")))
        assert "ZeroDivisionError: a fault in the driver" in await self.refused(pool, order("stumble"), WorkerFailed)
        assert said(await pool.render(order("process"))) == number

    async def test_what_a_driver_prints_is_no_answer(self) -> None:
        pool = await self.pool()
        assert said(await pool.render(order("chatter"))) == "begin"

    async def test_a_worker_that_answers_nonsense_is_killed_and_replaced(self) -> None:
        pool = await self.pool()
        assert "cannot be read" in await self.refused(pool, order("garble"), WorkerFailed)
        assert said(await pool.render(order())) == "begin"

    async def test_the_most_urgent_order_goes_first_then_the_oldest(self) -> None:
        pool = await self.pool()
        gone: list[str] = []

        async def follow(name: str, priority: int) -> None:
            await pool.render(urgent("nothing", priority))
            gone.append(name)

        wishes = {"first": 1, "low": 10, "high": 90, "middle": 50, "middle too": 50}
        await gatherResults([ensureDeferred(follow(name, priority)) for name, priority in wishes.items()])
        assert gone == ["first", "high", "middle", "middle too", "low"]

    async def test_more_orders_than_the_backlog_are_refused_and_may_be_tried_again(self) -> None:
        pool = await self.pool(backlog=2)
        accepted = [self.asked(pool, order()) for _ in range(3)]
        with pytest.raises(ServerBusy) as caught:
            await pool.render(order())
        assert caught.value.retry
        assert [said(result) for result in await gatherResults(accepted)] == ["begin"] * 3

    async def test_an_order_that_nobody_waits_for_any_more_is_left_out(self) -> None:
        pool = await self.pool()
        first, unwanted, last = (self.asked(pool, order(do)) for do in ("process", "die", "process"))
        unwanted.cancel()
        with pytest.raises(CancelledError):
            await unwanted
        before, after = await gatherResults([first, last])
        assert said(before) == said(after)  # the deadly order never reached the worker

    async def test_a_worker_is_replaced_after_its_number_of_orders(self) -> None:
        pool = await self.pool(limits=Limits(orders=2))
        numbers = [said(await pool.render(order("process"))) for _ in range(5)]
        assert numbers[0] == numbers[1]
        assert numbers[2] == numbers[3]
        assert len(set(numbers)) == 3

    async def test_what_is_under_way_at_the_stop_was_not_done_and_may_be_tried_again(self) -> None:
        pool = await self.pool()
        answers = [self.asked(pool, order("wait")), self.asked(pool, order())]
        await pool.stop()
        for answer in answers:
            with pytest.raises(ServerBusy, match="stopping"):
                await answer
        await self.refused(pool, order(), ServerBusy)

    async def test_a_package_that_cannot_be_loaded_is_named_at_the_start(self) -> None:
        pool = WorkerPool(installed_reactor(), size=2, command=worker_command(packages=("no_such_package",)))
        with pytest.raises(PluginBroken, match="no_such_package"):
            await pool.start()

    async def test_the_pool_says_which_limits_hold(self) -> None:
        pool = await self.pool(limits=Limits(memory=512 * MEBIBYTE))
        assert "memory: 512 MiB beyond the program" in pool.describe()
        assert any("network" in line for line in pool.describe())
