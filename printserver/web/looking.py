"""What several pages ask of the job service: the jobs that need a person, and those whose cards are in printers."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from printserver.errors import UnknownJob
from printserver.model.holding import HeldFor
from printserver.model.job import Job, JobState
from printserver.queue.views import PrinterView
from printserver.store.contract import JobQuery

from .service import PagesService

MOST = 20


async def troubled(service: PagesService) -> Sequence[Job]:
    """Return jobs with cards in doubt, those of which a card was spoiled too often, and those to be released."""
    doubtful = JobQuery(states=frozenset({JobState.STOPPED}), limit=MOST, oldest_first=True)
    held = msgspec.structs.replace(doubtful, states=frozenset({JobState.HELD}), held_for=HeldFor.ATTEMPTS)
    to_release = msgspec.structs.replace(held, held_for=HeldFor.RELEASE)
    found = [(await service.jobs(query)).jobs for query in (doubtful, held, to_release)]
    return [job for jobs in found for job in jobs]


async def in_printers(service: PagesService, printers: Sequence[PrinterView]) -> dict[str, Job]:
    """Return the job of the card in each printer that has one."""
    found: dict[str, Job] = {}
    for printer in printers:
        number = (printer.card or "").partition("/")[0]
        if number.isdigit():
            try:
                found[printer.config.name] = await service.job(int(number))
            except UnknownJob:
                continue  # its card left while we looked
    return found
