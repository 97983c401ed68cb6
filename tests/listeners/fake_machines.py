"""Those who change printers, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from printserver.model.job import CardState, Job
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.queue.views import By, PrinterView, QueueView
from tests.listeners.fake_service import FakeService


class FakeMachines:
    """Notes what is wanted; `failing` is raised by the next wish."""

    def __init__(self) -> None:
        self.service = FakeService()
        self.wanted: list[tuple[object, ...]] = []
        self.failing: Exception | None = None

    def note(self, *what: object) -> PrinterView:
        if self.failing is not None:
            raise self.failing
        self.wanted.append(what)
        return self.service.printers()[0]

    async def move(self, jobs: Sequence[int], queue: str, by: By) -> Sequence[Job]:
        self.note("move", tuple(jobs), queue, by)
        return [self.service.put_job(CardState.QUEUED)]

    async def add_printer(self, config: PrinterConfig, by: By) -> PrinterView:
        return self.note("add", config, by)

    async def set_printer(self, name: str, by: By, **changes: object) -> PrinterView:
        return self.note("set", name, changes, by)

    async def retire_printer(self, name: str, by: By) -> PrinterView:
        return self.note("retire", name, by)

    async def replace_printer(self, old: str, new: str, by: By, config: PrinterConfig | None = None) -> PrinterView:
        return self.note("replace", old, new, config, by)


class FakeQueues:
    """Those who keep queues; what is wanted is noted among the wishes about printers, in its order."""

    def __init__(self, machines: FakeMachines) -> None:
        self._machines = machines

    async def add_queue(self, config: QueueConfig, by: By) -> QueueView:
        self._machines.note("add-queue", config, by)
        return self._machines.service.queues()[0]

    async def set_queue(self, queue: str, by: By, changes: Mapping[str, object]) -> QueueView:
        self._machines.note("set-queue", queue, changes, by)
        return self._machines.service.queues()[0]
