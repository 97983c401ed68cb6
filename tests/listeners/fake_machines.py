"""Those who change printers, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from printserver.model.job import CardState, Job
from printserver.model.printer import PrinterConfig
from printserver.queue.views import By, PrinterView
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
