"""A whole queue on one clock: a real store, printers in memory, a renderer that draws nothing.

Everything happens within `run`: the store answers at once, so that a test decides what comes between two steps.
"""

import itertools
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import pluggy
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from printserver.documents.sniff import CARDJOB
from printserver.driver import Confirms, Driver, hookspecs
from printserver.driver.loading import DriverShelf
from printserver.model.card import PanelName, Side
from printserver.model.cardjob import CardjobFacts
from printserver.model.event import Event, NewEvent
from printserver.model.inspection import Inspection, PanelWarning, WarningCode
from printserver.model.job import Card, CardState, Job
from printserver.model.printer import PrinterConfig, PrinterState, QueueConfig
from printserver.model.ticket import Ticket
from printserver.queue.allotment import Allotment
from printserver.queue.backlog import Backlog
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.events import EventHub
from printserver.queue.intake import Intake
from printserver.queue.jobs import JobService, ServerFacts
from printserver.queue.leftovers import clear_orphans
from printserver.queue.preparation import Preparation
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.supply_watch import SupplyWatch
from printserver.queue.surroundings import Surroundings
from printserver.queue.views import By, IncomingDocument, Submission
from printserver.sandbox.orders import INKS, PAGES, UNPACKED, InkPicture, RenderedBlock, RenderOrder, RenderResult
from printserver.store import open_store
from printserver.store.contract import JobQuery
from printserver.store.room import Room
from printserver.store.spool import Spool
from printserver.transport.loop import LoopLink
from tests.queue.bench_printer import BenchDriver, BenchPlugin, BenchPrinter

P = ParamSpec("P")
T = TypeVar("T")

JPEG = b"\xff\xd8\xff"
ANNA = By("anna", "looked at it")
EPOCH = 1_000_000.0


WORLDS: list["World"] = []
"""Those of the test that runs now: what waits in them for ever is thrown away after it, not in another test."""


class InlineKeeper(Storekeeper):
    """Does every call at once. `before` may raise or do something else first; a `dead` one never answers again."""

    dead = False

    def __init__(self, store: Any, spool: Spool, clock: Clock | None = None) -> None:  # noqa: ANN401 - a protocol
        super().__init__(cast(Any, clock), store, spool)
        self.before: Callable[[str], None] = lambda call: None

    def start(self) -> None: ...

    def stop(self) -> None:
        self.dead = True
        self.store.close()

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self.dead:
            await Deferred()
        self.before(getattr(call, "__name__", ""))
        return call(*args, **kwargs)

    async def write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        result = await self.read(call, *args, **kwargs)
        self.after_write()
        return result

    on_disk = read


class Renderer:
    """Makes of a document the one block that prints it; `faults` are raised first, `waits` keep it busy."""

    def __init__(self) -> None:
        self.faults: list[Exception] = []
        self.waits: list[Deferred[None]] = []
        self.orders: list[RenderOrder] = []
        self.priorities: list[int | None] = []
        self.inspection: Inspection | None = Inspection(
            ribbon="YMCKO", width_mm=86.0, height_mm=54.9,
            warnings=(PanelWarning(code=WarningCode.BLANK_SIDE, side=Side.FRONT),),
        )
        black = InkPicture(side=Side.FRONT, panel=PanelName.K, whole=b"a whole picture", thumbnail=b"a small one")
        self.inks = (black,)
        self.composites: dict[Side, bytes] = {}
        self.facts: CardjobFacts | None = None
        self.unpacked: bytes | None = None

    async def render(self, order: RenderOrder, *, priority: int | None = None) -> RenderResult:
        self.orders.append(order)
        self.priorities.append(priority)
        if self.waits:
            await self.waits.pop(0)
        if self.faults:
            raise self.faults.pop(0)
        if order.want == {UNPACKED}:
            return RenderResult(unpacked=self.unpacked)
        if order.want == {PAGES}:
            words = {b"two": 2, b"three": 3, b"four": 4, b"five": 5}
            facts = self.facts if order.front.startswith(CARDJOB.magic) else None
            said = order.front.split()[-2] if b"page" in order.front else b"one"
            return RenderResult(pages=words.get(said, 1), cardjob=facts)
        block = RenderedBlock("card", b"CARD " + order.front[len(JPEG) :].hex().encode() + b"\n", feeds=True)
        if INKS in order.want:
            return RenderResult(inspection=self.inspection, inks=self.inks)
        return RenderResult(blocks=(block,), composites=self.composites)


class CutLink(LoopLink):
    """A link that the test can cut, and keep from opening."""

    away = False

    async def open(self) -> None:
        if not self.away:
            await super().open()

    def cut(self) -> None:
        self.away = True
        self.traffic.lost("cut by the test")


@dataclass
class Life:
    """One life of the server over the store."""

    keeper: InlineKeeper
    board: Board
    hub: EventHub
    service: JobService
    workers: dict[str, PrinterWorker]
    links: list[CutLink]
    backlog: Backlog


@dataclass
class World:
    """A data directory with its printers, over several lives of the server."""

    folder: Path
    configs: Sequence[PrinterConfig]
    queues: Sequence[QueueConfig]
    make_driver: Callable[[Confirms], Driver] = BenchDriver
    clock: Clock = field(default_factory=Clock)
    renderer: Renderer = field(default_factory=Renderer)
    printers: dict[str, BenchPrinter] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    gate: Callable[[Submission], bool] = lambda submission: False
    events: list[Event] = field(default_factory=list)
    most_jobs: int = 5000
    most_bytes: int | None = None
    _keys: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        for config in self.configs:
            self.printers.setdefault(config.name, BenchPrinter(self.clock, serial=f"S-{config.name.upper()}"))
        self.life = self._live()
        WORLDS.append(self)

    def wall(self) -> float:
        return EPOCH + self.clock.seconds()

    def _live(self) -> Life:
        store = open_store(
            self.folder / "store.sqlite", master_key=self.folder / "master.key", clock=self.wall, node="here"
        )
        keeper = InlineKeeper(store, Spool(self.folder / "spool", room=Room(self.most_bytes)), self.clock)
        keeper.spool.sweep(store.blobs(), older_than=0)
        for config in self.configs:
            store.put_printer(config, "test")
        for queue in self.queues:
            if queue.name not in {each.name for each in store.queues()}:
                store.put_queue(queue, "test")
        manager = pluggy.PluginManager("printserver")
        manager.add_hookspecs(hookspecs)
        manager.register(BenchPlugin(self.make_driver))
        board, hub, backlog = Board(DriverShelf(manager), self.wall), EventHub(keeper, self.clock), Backlog()
        links: list[CutLink] = []
        board.journal = lambda event: self._note(keeper, event)
        board.load(store.printers(), store.queues(), None)
        board.waiting = backlog.waiting
        result_of(hub.start())
        backlog.begin(store.unfinished())
        allotment = Allotment(self.most_jobs)
        allotment.begin(store.unfinished())
        hub.subscribe(allotment.heed)
        hub.subscribe(lambda event: backlog.heed(event, lambda job: backlog.reopened(store.job(job))))
        hub.subscribe(self.events.append)
        preparation = Preparation(keeper, self.renderer)
        workers = {entry.config.name: self._worker(keeper, board, entry, preparation, links)
                   for entry in board.entries()}  # fmt: skip
        watch = SupplyWatch(keeper, board, lambda work, what: result_of(work))
        result_of(watch.begin())
        hub.subscribe(watch.heed)
        service = JobService(
            keeper=keeper, board=board, hub=hub, preparation=preparation, workers=workers,
            new_key=lambda: next(self._keys).to_bytes(32, "big"), clock=self.wall,
            facts=ServerFacts("Bench", uuid.UUID(int=1), EPOCH), gate=lambda submission: self.gate(submission),
            allotment=allotment,
        )
        result_of(clear_orphans(keeper, board))
        for worker in workers.values():
            worker.start()
        return Life(keeper, board, hub, service, workers, links, backlog)

    def _note(self, keeper: InlineKeeper, event: NewEvent) -> None:
        Deferred.fromCoroutine(keeper.write(keeper.store.note, event)).addErrback(lambda failure: None)

    def _worker(self, keeper: InlineKeeper, board: Board, entry: PrinterEntry, preparation: Preparation,
                links: list[CutLink]) -> PrinterWorker:  # fmt: skip
        around = Surroundings(keeper, board, entry, self.clock, self.wall)

        async def open_link() -> CutLink:
            link = CutLink(self.printers[entry.config.name], self.clock)
            link.away = entry.config.name in self.away
            links.append(link)
            return link

        return PrinterWorker(around, Intake(around, preparation), open_link)

    # lives

    def kill(self) -> None:
        """Pull the plug: nothing of this life happens any more, and a new one begins."""
        self.life.keeper.dead = True
        for link in self.life.links:
            link.cut()
        self.life.keeper.store.close()
        self.life = self._live()

    def stop(self) -> None:
        """End this life in order; raises when it takes for ever."""
        for worker in self.life.workers.values():
            done = Deferred.fromCoroutine(worker.stop())
            for _ in range(1000):
                if done.called:
                    break
                self.clock.advance(0.2)
            assert done.called
        self.life.keeper.stop()

    def begin(self) -> None:
        """Begin a new life after an orderly end."""
        self.life = self._live()

    # time and people

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds * 2)):
            self.clock.advance(0.5)
            for printer in self.printers.values():
                printer.go_on()

    def run_until(self, true: Callable[[], bool], seconds: float = 300.0) -> None:
        """Let time pass until something is so."""
        for _ in range(round(seconds * 2)):
            if true():
                return
            self.run(0.5)
        raise AssertionError("it never came to that")

    @property
    def service(self) -> JobService:
        return self.life.service

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Let somebody do something, and return what came of it."""
        return result_of(work)

    def submit(self, name: str = "a", **ticket: Any) -> Job:  # noqa: ANN401 - a ticket's fields
        """Send a job whose document says `name`."""
        document = IncomingDocument(data=JPEG + name.encode())
        return self.do(self.service.submit(Submission(ticket=Ticket(name=name, **ticket), documents=(document,))))

    def job(self, job: Job | int) -> Job:
        return self.life.keeper.store.job(job if isinstance(job, int) else job.id)

    def jobs(self) -> Sequence[Job]:
        return self.life.keeper.store.jobs(JobQuery(limit=10_000)).jobs

    def card(self, job: Job | int, number: int = 1) -> Card:
        return next(card for card in self.job(job).cards if card.number == number)

    def state(self, job: Job | int, number: int = 1) -> CardState:
        return self.card(job, number).state

    def in_state(self, job: Job, state: CardState, number: int = 1) -> Callable[[], bool]:
        return lambda: self.state(job, number) is state

    # printers

    @property
    def printer(self) -> BenchPrinter:
        return next(iter(self.printers.values()))

    def printer_state(self, name: str = "left") -> PrinterState:
        return self.life.board.entry(name).state

    def out(self, name: str = "a") -> int:
        """Return how many cards with this document came out, of all printers."""
        return sum(printer.out.count(name.encode()) for printer in self.printers.values())

    def cut(self, name: str = "left") -> None:
        """Cut a printer's link and keep it away."""
        self.away.add(name)
        for link in self.life.links:
            link.cut()

    def mend(self) -> None:
        """Let every printer be reached again."""
        self.away.clear()

    def story(self, job: Job) -> list[str]:
        """Return what the journal tells of a job's cards and marks, in words."""
        return [event.what for event in self.life.keeper.store.job_events(job.id) if event.kind != "job"]


def config(name: str = "left", model: str = "one", ribbon: str = "K") -> PrinterConfig:
    return PrinterConfig(name=name, driver="bench", model=model, device="tcp:bench:1", ribbon=ribbon)


def world(folder: Path, *configs: PrinterConfig, driver: Callable[[Confirms], Driver] = BenchDriver,
          **queue: Any) -> World:  # noqa: ANN401 - a queue's fields # fmt: skip
    """Return a world with one queue over the given printers, one of them by default."""
    printers = configs or (config(),)
    queue.setdefault("name", "card")
    queue.setdefault("printers", tuple(each.name for each in printers))
    return World(folder, printers, (QueueConfig(**queue),), make_driver=driver)


def result_of(work: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine came to; it must not wait for anything."""
    ends: list[T | Failure] = []
    Deferred.fromCoroutine(work).addBoth(ends.append)
    assert ends, "it waits for something"
    if isinstance(ends[0], Failure):
        ends[0].raiseException()
    return ends[0]
