"""Numbers for Prometheus: what was counted, and how queues, printers, disk and connections are now.

Laws kept here:

1. Nothing is asked of the store and nothing is scanned: what grows with history costs a look nothing.
2. Labels are names of queues, printers, doors and supplies, states and codes; no job and no person is named.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from printserver.listeners.crowd import Crowd
from printserver.model.job import FINAL_JOB_STATES, JobState, Reason
from printserver.model.printer import PrinterState
from printserver.queue.measures import Durations, Measures
from printserver.queue.views import PrinterView, QueueView

from .message import RequestContext, Response
from .operation import Operation
from .router import Route
from .service import Service

MISSING = "NOT in force: "
"""Begins the words for a limit of workers that the system does not give (`sandbox.pool`)."""
LIVE = frozenset(JobState) - FINAL_JOB_STATES


@dataclass(frozen=True, slots=True)
class DiskFigures:
    """Bytes: taken by sealed documents, allowed for them, left on their disk; None = not told or not limited."""

    used: int = 0
    most: int | None = None
    left: int | None = None


async def no_disk() -> DiskFigures:
    """Return figures of no disk at all."""
    return DiskFigures()


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at beside the job service.

    `workers_gone` tells how many workers ended by themselves; `fences` say in words which limits workers have, with
    NOT before those that they have not; `webhooks` tell of each its name, the last event that it has,
    and how often in a row it was tried in vain. `conditions` tell what holds for the whole server.
    """

    measures: Measures = field(default_factory=Measures)
    disk: Callable[[], Awaitable[DiskFigures]] = no_disk
    workers_gone: Callable[[], int] = lambda: 0
    fences: Callable[[], Iterable[str]] = lambda: ()
    webhooks: Callable[[], Iterable[tuple[str, int, int]]] = lambda: ()
    conditions: Callable[[], Iterable[Reason]] = lambda: ()


class Metrics:
    """Tells the numbers in Prometheus' text format."""

    def __init__(self, service: Service, watched: Watched, crowd: Crowd) -> None:
        """Look at these."""
        self._service, self._watched, self._crowd = service, watched, crowd
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)

    def routes(self) -> list[Route]:
        """Return the route."""
        operation = Operation(
            summary="Give numbers in Prometheus' text format", answers=str, tag="server",
            media_type=CONTENT_TYPE_LATEST.partition(";")[0],
        )  # fmt: skip
        return [Route("GET", "/metrics", self.show, operation=operation)]

    async def show(self, context: RequestContext) -> Response:
        """Return the numbers in Prometheus' text format."""
        disk = await self._watched.disk()
        registry = CollectorRegistry()
        registry.register(_Told([
            *of_work(self._watched.measures), *of_queues(self._service.queues()),
            *of_printers(self._service.printers()), *of_disk(disk), *self._of_server(),
        ]))  # fmt: skip
        body = generate_latest(self._process) + generate_latest(registry)
        return Response(200, (("Content-Type", CONTENT_TYPE_LATEST),), body)

    def _of_server(self) -> Iterator[Metric]:
        crowd = self._crowd
        yield gauge("connections", "Connections that are open.", crowd.connected)
        yield gauge("connections_limit", "Connections that are served at once.", crowd.most)
        yield counter("connections_refused", "Connections that were one too many.", crowd.refused)
        yield counter("workers_gone", "Workers that ended by themselves.", self._watched.workers_gone())
        fences = {(words.removeprefix(MISSING),): not words.startswith(MISSING) for words in self._watched.fences()}
        yield gauges("worker_fence", "1 = the system gives workers this limit.", ("fence",), fences)
        hooks, last = tuple(self._watched.webhooks()), self._watched.measures.last_event
        behind = {(name,): max(0, last - cursor) for name, cursor, _ in hooks}
        yield gauges("webhook_behind", "Rows of the journal that it has not got.", ("webhook",), behind)
        failures = {(name,): failures for name, _, failures in hooks}
        yield gauges("webhook_failures", "Tries in vain since the last event was taken.", ("webhook",), failures)


class _Told(Collector):
    """Hands out what was collected before."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        """Hand out `metrics`."""
        self._metrics = tuple(metrics)

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._metrics


def of_work(measures: Measures) -> Iterator[Metric]:
    """Return what was counted of jobs and cards since the server started, and what is unfinished."""
    jobs = measures.jobs
    yield gauges("jobs", "Unfinished jobs.", ("state",), {(state.value,): jobs[state] for state in sorted(LIVE)})
    yield gauge("cards_uncertain", "Cards that wait for a verdict.", measures.uncertain)
    yield counters("jobs_accepted", "Jobs that were accepted.", ("queue", "how"), measures.accepted)
    yield counters("jobs_ended", "Jobs that became final.", ("state",), {(s,): n for s, n in measures.ended.items()})
    yield counters("jobs_refused", "Jobs that were refused.", ("door", "code"), measures.refused)
    yield counters("requests_refused", "HTTP requests that were refused.", ("code",),
                   {(code,): n for code, n in measures.requests.items()})  # fmt: skip
    yield counters("cards", "Outcomes of cards.", ("printer", "outcome", "reason"), measures.cards)
    yield histogram("job_seconds", "From accepting a job to its last card.", measures.job_seconds)
    yield histogram("preparation_seconds", "Preparing a card in a worker, with the wait.", measures.preparation_seconds)
    yield histogram("store_call_seconds", "A call of the store, with the wait for its turn.", measures.store_seconds)
    yield gauge("journal_id", "The newest row of the journal.", measures.last_event)


def of_queues(queues: Iterable[QueueView]) -> Iterator[Metric]:
    """Return how queues are now."""
    views = tuple(queues)
    yield gauges("queue_jobs", "Unfinished jobs.", ("queue",), {(v.config.name,): v.waiting for v in views})
    yield gauges("queue_paused", "1 = paused.", ("queue",), {(v.config.name,): v.config.paused for v in views})
    yield gauges(
        "queue_accepting", "1 = takes new jobs.", ("queue",), {(v.config.name,): v.config.accepting for v in views}
    )


def of_printers(printers: Iterable[PrinterView]) -> Iterator[Metric]:
    """Return how printers are now, what they have left and what they have counted."""
    views = tuple(printers)
    tally = Tally(view.state for view in views)
    yield gauges("printers", "Printers.", ("state",), {(state.value,): tally[state] for state in PrinterState})
    states = {
        (view.config.name, state.value): view.state is state for view in views for state in PrinterState
    }
    yield gauges("printer_state", "1 = the printer is in this state.", ("printer", "state"), states)
    waiting = {(view.config.name,): view.needs_person for view in views}
    yield gauges("printer_needs_person", "1 = the printer waits for somebody.", ("printer",), waiting)
    yield from _of_supplies(views)


def _of_supplies(views: Iterable[PrinterView]) -> Iterator[Metric]:
    told = [(view.config.name, view.status) for view in views if view.status is not None]
    supplies = [(name, each) for name, status in told for each in status.supplies]
    labels = ("printer", "kind", "supply")
    left = {(n, s.kind.value, s.name): s.remaining for n, s in supplies if s.remaining is not None}
    whole = {(n, s.kind.value, s.name): s.capacity for n, s in supplies if s.capacity is not None}
    yield gauges("supply_remaining", "Cards or cycles that are left.", labels, left)
    yield gauges("supply_capacity", "Cards or cycles of a whole supply.", labels, whole)
    counted = {(name, word): count for name, status in told for word, count in status.counters.items()}
    yield gauges("printer_counter", "What the printer itself has counted.", ("printer", "counter"), counted)


def of_disk(disk: DiskFigures) -> Iterator[Metric]:
    """Return how much room documents take and have."""
    yield gauge("spool_bytes", "Bytes of sealed documents.", disk.used)
    if disk.most is not None:
        yield gauge("spool_limit_bytes", "Bytes that sealed documents may take.", disk.most)
    if disk.left is not None:
        yield gauge("spool_disk_free_bytes", "Bytes that are left on their disk.", disk.left)


# families, named alike


def gauge(name: str, help: str, value: float) -> Metric:
    """Return one number that goes up and down."""
    return GaugeMetricFamily(f"printserver_{name}", help, value=value)


def counter(name: str, help: str, value: float) -> Metric:
    """Return one number that only grows."""
    return CounterMetricFamily(f"printserver_{name}", help, value=value)


Words = TypeVar("Words", bound=tuple[str, ...])


def gauges(name: str, help: str, labels: tuple[str, ...], values: Mapping[Words, float]) -> Metric:
    """Return numbers that go up and down, by labels."""
    family = GaugeMetricFamily(f"printserver_{name}", help, labels=labels)
    for words, value in values.items():
        family.add_metric(words, float(value))
    return family


def counters(name: str, help: str, labels: tuple[str, ...], values: Mapping[Words, float]) -> Metric:
    """Return numbers that only grow, by labels."""
    family = CounterMetricFamily(f"printserver_{name}", help, labels=labels)
    for words, value in values.items():
        family.add_metric(words, float(value))
    return family


def histogram(name: str, help: str, durations: Durations) -> Metric:
    """Return how long something took."""
    buckets, so_far = [], 0
    for bound, count in zip((*durations.bounds, float("inf")), durations.counts, strict=True):
        so_far += count
        buckets.append(("+Inf" if bound == float("inf") else str(float(bound)), so_far))
    return HistogramMetricFamily(f"printserver_{name}", help, buckets=buckets, sum_value=durations.total)
