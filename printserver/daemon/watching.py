"""What is looked at from outside while the server runs: measures taken on the way, and how full the disk is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from printserver.errors import SpoolFull
from printserver.listeners.http.metrics import DiskFigures, Watched
from printserver.model.clock import Clock
from printserver.model.job import Reason
from printserver.queue.measures import Durations, Measures
from printserver.queue.preparation import Renderer
from printserver.queue.storekeeper import Storekeeper
from printserver.sandbox.orders import BLOCKS, RenderOrder, RenderResult
from printserver.sandbox.pool import WorkerPool
from printserver.store.place import DataPlace


@dataclass(frozen=True, slots=True)
class TimedRenderer:
    """Renders as `renderer` does, and counts how long cards take; looks into documents are not counted."""

    renderer: Renderer
    clock: Clock
    durations: Durations

    async def render(self, order: RenderOrder, *, priority: int | None = None) -> RenderResult:
        """Do one order; raises what the renderer raises, which is not counted."""
        began = self.clock.seconds()
        result = await self.renderer.render(order, priority=priority)
        if BLOCKS in order.want:
            self.durations.add(self.clock.seconds() - began)
        return result


def watched(keeper: Storekeeper, pool: WorkerPool, measures: Measures, place: DataPlace,
            webhooks: Callable[[], Iterable[tuple[str, int, int]]],
            conditions: Callable[[], Sequence[Reason]]) -> Watched:  # fmt: skip
    """Return what metrics tell beside the job service."""
    keeper.took = measures.store_seconds.add
    return Watched(
        measures=measures, disk=partial(keeper.on_disk, _figures, keeper, place), workers_gone=lambda: pool.gone,
        fences=pool.describe,
        webhooks=webhooks, conditions=conditions,
    )


async def trouble_of_room(keeper: Storekeeper, place: DataPlace, shared: bool) -> SpoolFull | None:
    """Return why documents are refused now, None when they are taken."""
    try:
        return await keeper.on_disk(keeper.spool.room.trouble, None if shared else place.spool)
    except OSError:
        return None  # the disk does not answer: whoever writes to it says so


def _figures(keeper: Storekeeper, place: DataPlace) -> DiskFigures:
    room = keeper.spool.room
    try:
        found = os.statvfs(place.root)
    except OSError:
        return DiskFigures(used=room.used, most=room.most)
    return DiskFigures(used=room.used, most=room.most, left=found.f_bavail * found.f_frsize)
