"""A few numbers for Prometheus: unfinished jobs by state, cards done and uncertain, printers by state."""

from __future__ import annotations

from collections import Counter as Tally

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from printserver.model.event import Event
from printserver.model.job import FINAL_JOB_STATES, CardState, Job, JobState
from printserver.model.printer import PrinterState
from printserver.store.contract import JobQuery

from .message import RequestContext, Response
from .operation import Operation
from .router import Route
from .service import Service

LIVE = frozenset(JobState) - FINAL_JOB_STATES
PAGE = 100


class Metrics:
    """Counts cards from the journal as they finish, and looks at unfinished jobs when it is asked."""

    def __init__(self, service: Service) -> None:
        """Count from now on."""
        self._service = service
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._jobs = Gauge("printserver_jobs", "Unfinished jobs by state.", ["state"], registry=self._registry)
        self._printers = Gauge("printserver_printers", "Printers by state.", ["state"], registry=self._registry)
        self._uncertain = Gauge(
            "printserver_cards_uncertain", "Cards that wait for a verdict.", registry=self._registry
        )
        self._done = Counter(
            "printserver_cards_done", "Cards that were finished since the server started.", registry=self._registry
        )
        service.on_event(self._count)

    def routes(self) -> list[Route]:
        """Return the route."""
        operation = Operation(
            summary="Give numbers in Prometheus' text format", answers=str, tag="server",
            media_type=CONTENT_TYPE_LATEST.partition(";")[0],
        )  # fmt: skip
        return [Route("GET", "/metrics", self.show, operation=operation)]

    def _count(self, event: Event) -> None:
        if event.kind == "card" and event.data.get("state", event.what) == CardState.DONE:
            self._done.inc()

    async def show(self, context: RequestContext) -> Response:
        """Return the numbers in Prometheus' text format."""
        jobs = await self._unfinished()
        states = Tally(job.state for job in jobs)
        for state in LIVE:
            self._jobs.labels(state).set(states[state])
        self._uncertain.set(sum(job.counts().get(CardState.UNCERTAIN, 0) for job in jobs))
        self._set_printers()
        return Response(200, (("Content-Type", CONTENT_TYPE_LATEST),), generate_latest(self._registry))

    def _set_printers(self) -> None:
        states = Tally(view.state for view in self._service.printers())
        for state in PrinterState:
            self._printers.labels(state).set(states[state])

    async def _unfinished(self) -> list[Job]:
        found: list[Job] = []
        before: int | None = None
        while True:
            page = await self._service.jobs(JobQuery(before=before, limit=PAGE, states=LIVE))
            found += page.jobs
            before = page.next
            if before is None:
                return found
