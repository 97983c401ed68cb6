"""Changes of printers and moves of jobs, behind the table of operations and roles."""

from __future__ import annotations

from collections.abc import Sequence

from printserver.listeners.http.machines import Machines
from printserver.model.job import Job
from printserver.model.printer import PrinterConfig
from printserver.queue.views import By, PrinterView

from .guard import asker
from .table import check
from .withholding import as_seen


class GuardedMachines:
    """Those who change printers, behind the table; raises NotPermitted beside what is raised behind it."""

    def __init__(self, machines: Machines) -> None:
        """Guard `machines`."""
        self._behind = machines

    async def move(self, jobs: Sequence[int], queue: str, by: By) -> Sequence[Job]:
        """Move jobs to another queue."""
        check("move")
        return [as_seen(job) for job in await self._behind.move(jobs, queue, asker(by))]

    async def add_printer(self, config: PrinterConfig, by: By) -> PrinterView:
        """Add a printer."""
        check("add_printer")
        return await self._behind.add_printer(config, asker(by))

    async def set_printer(self, name: str, by: By, **changes: object) -> PrinterView:
        """Change a printer."""
        check("set_printer")
        return await self._behind.set_printer(name, asker(by), **changes)

    async def retire_printer(self, name: str, by: By) -> PrinterView:
        """Take a printer out of its queues for good."""
        check("retire_printer")
        return await self._behind.retire_printer(name, asker(by))

    async def replace_printer(self, old: str, new: str, by: By, config: PrinterConfig | None = None) -> PrinterView:
        """Let a printer take another one's place."""
        check("replace_printer" if config is None else "add_printer")
        return await self._behind.replace_printer(old, new, asker(by), config)
