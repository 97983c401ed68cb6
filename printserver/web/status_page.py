"""The status page: what needs a person, the printers, the queues, the jobs that wait, and those that are over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.questions import whole_number
from printserver.listeners.http.router import Route
from printserver.model.alert import Alert
from printserver.model.job import FINAL_JOB_STATES, Job, JobState, Reason
from printserver.model.printer import PrinterState
from printserver.queue.conditions import STOPPING
from printserver.queue.views import PrinterView, QueueView
from printserver.store.contract import JobQuery

from .attention import blocked_by, needs
from .looking import in_printers, troubled
from .reasons import of_code
from .rendering import Renderer
from .rows import Row, row
from .service import PagesService

LIVE_STATES = frozenset(JobState) - FINAL_JOB_STATES
LIVE_ROWS, FINISHED_ROWS = 50, 12
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
        self, service: PagesService, renderer: Renderer, conditions: Callable[[], Iterable[Reason]] = lambda: (), *,
        adds: bool = False,
    ) -> None:  # fmt: skip
        """Ask `service` for everything, and `conditions` what holds for the whole server.

        `adds` = there is a page on which printers are added.
        """
        self._adds = adds
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
        conditions, server = tuple(self._conditions()), self._service.server_name
        in_printer = await in_printers(self._service, printers)
        waiting = await self._service.jobs(
            JobQuery(states=LIVE_STATES, before=after, limit=LIVE_ROWS, oldest_first=True)
        )
        finished = await self._service.jobs(JobQuery(states=FINAL_JOB_STATES, before=before, limit=FINISHED_ROWS))
        return self._renderer.page(
            context, "status.html", queues=queues,
            needs=needs(await troubled(self._service), printers, queues, in_printer, conditions, server),
            stopping=next((of_code(each.code) for each in conditions if each.code == STOPPING), None),
            machines=[machine(view, in_printer.get(view.config.name)) for view in printers],
            waiting=self._rows(waiting.jobs, queues), more_waiting=waiting.next, after=after,
            finished=self._rows(finished.jobs, queues), more_finished=finished.next, before=before,
            isolation=self._service.isolation(), adds=self._adds,
        )  # fmt: skip

    def _rows(self, jobs: Sequence[Job], queues: Sequence[QueueView]) -> list[Row]:
        by_name = {queue.config.name: queue for queue in queues}
        return [row(job, by_name, self._service.clock()) for job in jobs]


def machine(view: PrinterView, job: Job | None) -> Machine:
    """Return a printer as the page shows it: what it waits for is not said a second time among its alerts."""
    waits = blocked_by(view, job)
    alerts = tuple(alert for alert in view.alerts if waits is None or alert.kind != waits.code)
    return Machine(view, job, waits, alerts)
