"""The status page: what needs a person, the printers, the queues, the jobs that wait, and those that are over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from printserver.errors import UnknownJob
from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.questions import whole_number
from printserver.listeners.http.router import Route
from printserver.model.alert import Alert
from printserver.model.holding import HeldFor
from printserver.model.job import FINAL_JOB_STATES, Job, JobState, Reason
from printserver.model.printer import PrinterState
from printserver.queue.conditions import STOPPING
from printserver.queue.views import PrinterView, QueueView
from printserver.store.contract import JobQuery

from .attention import blocked_by, needs
from .reasons import of_code
from .rendering import Renderer
from .rows import Row, row
from .service import PagesService

LIVE_STATES = frozenset(JobState) - FINAL_JOB_STATES
LIVE_ROWS, FINISHED_ROWS, DOUBTFUL_ROWS = 50, 12, 20
LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Machine:
    """A printer on the page; `job` is the one whose card is in it, `waits` why it waits for a person."""

    view: PrinterView
    job: Job | None
    waits: Reason | None
    alerts: tuple[Alert, ...]

    @property
    def state(self) -> PrinterState:
        """Return the state as a person sees it: a printer with a card that cannot go on waits for them."""
        return PrinterState.BLOCKED if self.waits and self.view.state is PrinterState.BUSY else self.view.state


class StatusPage:
    """Answers at `/`."""

    def __init__(
        self, service: PagesService, renderer: Renderer, conditions: Callable[[], Iterable[Reason]] = lambda: ()
    ) -> None:
        """Ask `service` for everything, and `conditions` what holds for the whole server."""
        self._service, self._conditions = service, conditions
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """Return the one route."""
        return [Route("GET", "/", self._renderer.guarded(self.show))]

    async def show(self, context: RequestContext) -> Response:
        """Show everything; `?after=` and `?before=` turn the pages of the two lists."""
        after = whole_number(context, "after", None, 1, LARGEST)
        before = whole_number(context, "before", None, 1, LARGEST)
        await self._service.caught_up()
        printers, queues = self._service.printers(), self._service.queues()
        conditions = tuple(self._conditions())
        in_printer = await self._in_printer(printers)
        waiting = await self._service.jobs(
            JobQuery(states=LIVE_STATES, before=after, limit=LIVE_ROWS, oldest_first=True)
        )
        finished = await self._service.jobs(JobQuery(states=FINAL_JOB_STATES, before=before, limit=FINISHED_ROWS))
        return self._renderer.page(
            context, "status.html", queues=queues,
            needs=needs(await self._troubled(), printers, queues, in_printer, conditions, self._service.server_name),
            stopping=next((of_code(each.code) for each in conditions if each.code == STOPPING), None),
            machines=[machine(view, in_printer.get(view.config.name)) for view in printers],
            waiting=self._rows(waiting.jobs, queues), more_waiting=waiting.next, after=after,
            finished=self._rows(finished.jobs, queues), more_finished=finished.next, before=before,
            isolation=self._service.isolation(),
        )  # fmt: skip

    async def _troubled(self) -> Sequence[Job]:
        """Return jobs with cards in doubt, and those of which a card was spoiled too often."""
        doubtful = JobQuery(states=frozenset({JobState.STOPPED}), limit=DOUBTFUL_ROWS, oldest_first=True)
        held = msgspec.structs.replace(doubtful, states=frozenset({JobState.HELD}), held_for=HeldFor.ATTEMPTS)
        return [*(await self._service.jobs(doubtful)).jobs, *(await self._service.jobs(held)).jobs]

    async def _in_printer(self, printers: Sequence[PrinterView]) -> dict[str, Job]:
        """Return the job of the card in each printer that has one."""
        found: dict[str, Job] = {}
        for printer in printers:
            number = (printer.card or "").partition("/")[0]
            if number.isdigit():
                try:
                    found[printer.config.name] = await self._service.job(int(number))
                except UnknownJob:
                    continue  # its card left while we looked
        return found

    def _rows(self, jobs: Sequence[Job], queues: Sequence[QueueView]) -> list[Row]:
        by_name = {queue.config.name: queue for queue in queues}
        return [row(job, by_name, self._service.clock()) for job in jobs]


def machine(view: PrinterView, job: Job | None) -> Machine:
    """Return a printer as the page shows it: what it waits for is not said a second time among its alerts."""
    waits = blocked_by(view, job)
    alerts = tuple(alert for alert in view.alerts if waits is None or alert.kind != waits.code)
    return Machine(view, job, waits, alerts)
