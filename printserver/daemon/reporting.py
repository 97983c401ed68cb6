"""The report of each day, written at a time of day to a folder and told to whoever follows the journal.

Laws kept here:

1. A day's report is made once; how far that has come is kept in the store, so that a restart neither skips nor doubles.
2. What cannot be written is tried again at the next look.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

import msgspec
import structlog

from printserver.errors import PrintServerError
from printserver.model.event import NewEvent
from printserver.queue.daily import DailyReports, told
from printserver.queue.storekeeper import Storekeeper

LOOK_SECONDS = 20.0
OBSERVER = "daily report"
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Reporting:
    """Makes reports at `at`, a time of `zone`: from noon on of that day, before noon of the day before."""

    keeper: Storekeeper
    reports: DailyReports
    at: time
    zone: tzinfo | None
    folder: Path | None
    wall: Callable[[], float]
    in_thread: Callable[..., Awaitable[Any]]

    async def look(self) -> None:
        """Make the report whose time has come, unless it was made."""
        day = self.due()
        if await self.keeper.read(self.keeper.store.cursor, OBSERVER) >= day.toordinal():
            return
        try:
            report = await self.reports.of(day, self.wall())
            if self.folder is not None:
                target = self.folder / f"report-{day.isoformat()}.json"
                await self.in_thread(_write, target, msgspec.json.encode(report))
            event = NewEvent(kind="server", subject="server", what="report", data=told(report))
            await self.keeper.write(self.keeper.store.note, event)
            await self.keeper.write(self.keeper.store.move_cursor, OBSERVER, day.toordinal())
        except (PrintServerError, OSError) as error:
            structlog.get_logger("reporting").warning("report not written", day=day.isoformat(), detail=str(error))

    def due(self) -> date:
        """Return the newest day whose report's time has come."""
        now = datetime.fromtimestamp(self.wall(), self.zone)
        last = now.date() if now.time() >= self.at else now.date() - timedelta(days=1)
        return last if self.at >= NOON else last - timedelta(days=1)


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.part")
    with open(draft, "wb") as file:
        file.write(msgspec.json.format(content) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
