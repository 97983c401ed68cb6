"""The composition root: builds every part, wires them, starts them in order and stops them in reverse.

Laws kept here:

1. Everything is built here and nowhere else; no part looks another up.
2. Nothing listens before the store is open and what an earlier life left is known.
3. An orderly stop finishes the card in the device, gives back what was prepared, and ends the emulators.
4. Whatever cannot be started ends the start with one typed error; what was begun is undone, processes too.
5. What takes long to start (workers, emulated printers) starts side by side; a stop waits for a start to end.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import time
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from twisted.internet.defer import Deferred, DeferredLock, maybeDeferred

from printserver.config import webhook_targets
from printserver.daemon.doors import Doors
from printserver.daemon.reporting import LOOK_SECONDS as LOOK_FOR_REPORT_SECONDS
from printserver.daemon.reporting import Reporting
from printserver.daemon.running import Threads, Undo, all_of
from printserver.daemon.service_manager import Watchdog
from printserver.daemon.setting import Setting
from printserver.daemon.speakers import Speakers
from printserver.daemon.storage import open_keeper
from printserver.daemon.watching import TimedRenderer, trouble_of_room, watched
from printserver.daemon.webhooks import Webhooks
from printserver.emulation.park import EmulatorPark
from printserver.errors import ConfigurationError, PrintServerError
from printserver.extension import Handles
from printserver.extension.formats import formats_with, plugin_decoders
from printserver.extension.runtime import Extensions, TimedRunner, gate_of
from printserver.extension.sections import read_sections
from printserver.extension.transports import Links
from printserver.extension.values import TimedWork
from printserver.listeners.doors import Door
from printserver.model.event import NewEvent
from printserver.model.holding import is_now, zone_of
from printserver.model.printer import PrinterConfig
from printserver.queue.administering import Administration
from printserver.queue.allotment import Allotment
from printserver.queue.backlog import Backlog
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.conditions import OF_ROOM, Conditions
from printserver.queue.daily import DailyReports
from printserver.queue.declaring import Declared, declare
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.events import EventHub
from printserver.queue.intake import Intake
from printserver.queue.jobs import JobService, ServerFacts
from printserver.queue.leftovers import clear_orphans
from printserver.queue.measures import Measures
from printserver.queue.neighbours import Neighbours
from printserver.queue.preparation import Preparation
from printserver.queue.quotas import Quotas
from printserver.queue.replacing import Machines, Yard
from printserver.queue.retention import Retention
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.supply_watch import SupplyWatch
from printserver.queue.surroundings import Surroundings
from printserver.queue.tenancy import LOOK_SECONDS, Tenancy
from printserver.queue.timed_holds import TimedHolds
from printserver.queue.witness import Witness
from printserver.sandbox.command import worker_command
from printserver.sandbox.pool import WorkerPool
from printserver.sandbox.speaking import CrashCount
from printserver.store.heads import NewestHead
from printserver.store.sealing import new_job_key
from printserver.transport.link import Link
from printserver.transport.opening import open_link as link_to

EMULATED = "emulated"
WORKERS = 2
PURGE_SECONDS = 600.0
OVERDUE_SECONDS = 30.0
HOLD_SECONDS = 15.0
ROOM_SECONDS = 3.0
HEAD_SECONDS = 2.0
NEIGHBOUR_SECONDS = 0.5
LIFE_BYTES = 8


class Daemon:
    """The running server."""

    def __init__(self, setting: Setting) -> None:
        """Take the setting; nothing happens before `start`."""
        self._setting = setting
        self._undo = Undo()
        self._turn = DeferredLock()
        self._log = structlog.get_logger("daemon")
        self._threads = Threads(setting.reactor)
        self._allotment = Allotment(setting.configuration.server.jobs_per_client)
        self._doors = Doors(setting, self._threads, self._undo, self._repeat)
        self._holds: TimedHolds | None = None
        self._measures = Measures()
        self._webhooks = Webhooks(setting)
        self._conditions: Conditions | None = None
        self.service: JobService | None = None
        self._speakers = Speakers(setting.reactor, setting.plugins)
        self._links = Links(setting.plugins.manager, lambda address: link_to(address, setting.reactor, usb=setting.usb))
        self._decoders = plugin_decoders(setting.plugins.manager)
        self._park = self._emulators(())

    async def start(self) -> None:
        """Start everything; raises PrintServerError after undoing what was begun."""
        await self._turn.acquire()
        try:
            await self._start()
        except BaseException:
            await self._undo.all()
            raise
        finally:
            self._turn.release()

    async def stop(self) -> None:
        """Stop everything in an orderly way."""
        if self._setting.manager is not None:
            self._setting.manager.tell("STOPPING=1")
        await self._turn.acquire()
        if self._conditions is not None:
            self._conditions.stop()
        try:
            await self._undo.all()
        finally:
            self._turn.release()

    @property
    def doors(self) -> Sequence[Door]:
        """Return the open doors."""
        return self._doors.opened

    def http_port(self) -> int:
        """Return the port of pages, API and IPP, 0 when it is off."""
        return self._doors.port("http")

    def tls_port(self) -> int:
        """Return the port of the same over TLS, 0 when it is off."""
        return self._doors.port("https")

    async def _start(self) -> None:
        setting = self._setting
        sections = read_sections(
            setting.configuration.plugin, setting.plugins.manager, "configuration", strict=False
        )
        self._lock()
        self._webhooks.targets = await self._threads(webhook_targets, setting.configuration)
        pool = self._pool()
        pool_started = Deferred.fromCoroutine(pool.start())
        try:
            keeper = await open_keeper(setting, self._threads, self._undo)
            self._keep_heads(keeper)
            hub, board = EventHub(keeper, setting.reactor), Board(setting.plugins.shelf(), setting.wall)
            board.journal = lambda event: self._note(keeper, event)
            self._speakers.out_of_use = lambda crashes: self._note(keeper, _crashed(crashes))
            self._undo.steps.append(self._speakers.stop)
            self._undo.steps.append(partial(maybeDeferred, hub.stop))
            backlog = await self._follow(keeper, hub, board)
            conditions = self._watch_room(keeper, hub)
            await self._declare(keeper, board)
            watch = SupplyWatch(keeper, board, self._in_background)
            await watch.begin()
            hub.subscribe(watch.heed)
            await self._start_emulators(board)
        except BaseException:
            pool_started.addErrback(lambda failure: None)  # the first error is told, not this one
            raise
        await pool_started
        preparation = Preparation(keeper, TimedRenderer(pool, setting.reactor, self._measures.preparation_seconds))
        build = partial(self._worker, keeper, board, preparation)
        workers = {entry.config.name: build(entry) for entry in self._own(board)}
        self.service = self._service(keeper, board, hub, preparation, workers, pool)
        administration = Administration(keeper, board, self.service)
        if keeper.store.shared:
            await self._join_fleet(keeper, board, hub, workers)
        else:
            await clear_orphans(keeper, board)
        yard = Yard(build, self._check_new, self._may_have, self._gone)
        machines = Machines(keeper, board, workers, yard, self.service.move)
        handles = Handles(jobs=self.service, clock=setting.reactor, wall=setting.wall)
        extensions = Extensions(setting.plugins.manager, keeper, hub, handles, sections)
        looked_at = watched(keeper, pool, self._measures, setting.place, self._webhooks.told, conditions.now)
        await self._doors.open(self.service, administration, machines, board, extensions, keeper, looked_at)
        self._start_workers(keeper, workers)
        await self._start_extensions(extensions)
        await self._webhooks.start(keeper, hub, self._undo)
        self._repeat(TimedWork("room for documents", ROOM_SECONDS, conditions.look))
        self._start_timed(keeper, backlog, self.service)
        await self._announce(keeper)
        self._report_to_manager(keeper)

    # the parts, in order

    def _lock(self) -> None:
        self._setting.place.prepare()
        descriptor = self._setting.place.lock()

        async def unlock() -> None:
            os.close(descriptor)

        self._undo.steps.append(unlock)

    def _pool(self) -> WorkerPool:
        plugins = self._setting.plugins
        command = worker_command(
            packages=plugins.packages, paths=plugins.paths, decoders=self._decoders,
            fonts=self._setting.configuration.server.fonts,
        )  # fmt: skip
        pool = WorkerPool(self._setting.reactor, size=WORKERS, command=command)
        self._undo.steps.append(pool.stop)
        return pool

    async def _follow(self, keeper: Storekeeper, hub: EventHub, board: Board) -> Backlog:
        """Count the jobs that wait, from now on by the journal."""
        backlog = Backlog()
        await hub.start()
        unfinished = await keeper.read(keeper.store.unfinished)
        backlog.begin(unfinished)
        zone = zone_of(self._setting.configuration.server.time_zone, "server.time_zone")
        board.zone = zone
        configuration = self._setting.configuration
        departments = {name: each.users for name, each in configuration.department.items()}
        board.quotas = Quotas(configuration.quotas(), departments, zone)
        holds = TimedHolds(
            lambda until: is_now(until, self._setting.wall(), zone), lambda queue: board.queue_config(queue).duplicates
        )
        holds.begin(unfinished)
        hub.subscribe(holds.heed)
        self._holds = holds
        self._allotment.begin(unfinished)
        hub.subscribe(self._allotment.heed)
        self._measures.begin(unfinished, await hub.last())
        hub.subscribe(self._measures.heed)
        board.waiting = backlog.waiting

        async def reopened(job: int) -> None:
            backlog.reopened(await keeper.read(keeper.store.job, job))

        hub.subscribe(lambda event: backlog.heed(event, lambda job: self._in_background(reopened(job), "count")))
        return backlog

    def _watch_room(self, keeper: Storekeeper, hub: EventHub) -> Conditions:
        """Know from now on whether there is room for documents."""
        conditions = self._conditions = Conditions(
            partial(trouble_of_room, keeper, self._setting.place, keeper.store.shared),
            lambda what: self._in_background(self._tell(keeper, what), what),
        )
        hub.subscribe(conditions.heed)
        return conditions

    def _heed_refusal(self, origin: str, code: str) -> None:
        self._measures.refuse(origin, code)
        if self._conditions is not None and code in OF_ROOM:
            self._conditions.refused(code)
            self._in_background(self._conditions.look(), "look for room")

    async def _declare(self, keeper: Storekeeper, board: Board) -> None:
        setting, configuration = self._setting, self._setting.configuration
        sources = (
            Declared("configuration", configuration.printers(), configuration.queues()),
            Declared("command line", setting.printers, setting.queues, overrides=True),
        )
        await declare(keeper, board, sources, configuration.server.default_queue, self._check_device)

    def _check_device(self, printer: PrinterConfig) -> None:
        if printer.device == EMULATED or not self._may_have(printer.name):
            return
        try:
            self._links.check(printer.device)
        except ConfigurationError as error:
            where = f"printer.{printer.name}.device"
            raise ConfigurationError(error.message, where=where, allowed=error.allowed) from error

    def _own(self, board: Board) -> Sequence[PrinterEntry]:
        """Return the printers that this server may drive."""
        return [entry for entry in board.entries() if self._may_have(entry.config.name)]

    def _may_have(self, printer: str) -> bool:
        """Tell whether this server may drive a printer: any, or where several share a store one that is given to it."""
        setting, section = self._setting, self._setting.configuration.store
        declared = {each.name for each in (*setting.configuration.printers(), *setting.printers)}
        return section.url is None or printer in (section.own_printers or declared)

    async def _join_fleet(
        self, keeper: Storekeeper, board: Board, hub: EventHub, workers: Mapping[str, PrinterWorker]
    ) -> None:
        """Have printers by leases from now on, and follow what other servers of the same store do."""
        assert self.service is not None
        life = self._setting.randomness(LIFE_BYTES).hex()
        tenancy = Tenancy(keeper, board, life, workers, self._setting.reactor.seconds)
        neighbours = Neighbours(keeper, board, workers, self._in_background)
        hub.subscribe(neighbours.heed)
        tenancy.begin(workers)
        await tenancy.look()
        self._undo.steps.append(tenancy.give_back)
        self._repeat(TimedWork("leases", LOOK_SECONDS, tenancy.look))

        async def read_on() -> None:
            hub.poke()

        self._repeat(TimedWork("rows of other servers", NEIGHBOUR_SECONDS, read_on))

    async def _start_emulators(self, board: Board) -> None:
        emulated = [entry.config for entry in self._own(board) if entry.config.device == EMULATED]
        self._park = self._emulators(emulated)

        async def shut_down() -> None:
            now = [entry.config for entry in self._own(board) if entry.config.device == EMULATED]
            await all_of(self._threads(self._park.shut_down, each) for each in now)

        self._undo.steps.append(shut_down)
        await all_of(self._address_of(each) for each in emulated)

    def _check_new(self, printer: PrinterConfig) -> None:
        """Raise ConfigurationError for a printer that cannot be; a second emulated one has its cards to itself."""
        self._check_device(printer)
        if printer.device == EMULATED:
            self._park = replace(self._park, several=True)

    async def _gone(self, printer: PrinterConfig) -> None:
        """End what stands for a printer that is driven no more."""
        self._speakers.leave(printer.name)
        if printer.device == EMULATED:
            await self._threads(self._park.shut_down, printer)

    def _emulators(self, printers: Sequence[PrinterConfig]) -> EmulatorPark:
        setting = self._setting
        return EmulatorPark(
            setting.place.emulators, setting.place.cards, setting.pace, setting.faults, setting.plugins.packages,
            several=len(printers) > 1,
        )

    def _worker(
        self, keeper: Storekeeper, board: Board, preparation: Preparation, entry: PrinterEntry
    ) -> PrinterWorker:
        around = Surroundings(keeper, board, entry, self._setting.reactor, self._setting.wall)
        self._speakers.house(entry)

        async def open_link() -> Link:
            return await self._links.open(await self._address_of(entry.config))

        return PrinterWorker(around, Intake(around, preparation), open_link)

    async def _address_of(self, printer: PrinterConfig) -> str:
        """Return a printer's address; an emulated one's process is found, or started (again when it has died)."""
        if printer.device != EMULATED:
            return printer.device
        return await self._threads(self._park.address, printer)

    def _service(
        self, keeper: Storekeeper, board: Board, hub: EventHub, preparation: Preparation,
        workers: Mapping[str, PrinterWorker], pool: WorkerPool,
    ) -> JobService:
        place = self._setting.place
        facts = ServerFacts(
            name=self._setting.configuration.server.name, uuid=_server_uuid(place.root), started=self._setting.wall(),
            isolation=tuple(pool.describe()),
        )
        return JobService(
            keeper=keeper, board=board, hub=hub, preparation=preparation, workers=workers,
            new_key=lambda: new_job_key(self._setting.randomness), clock=self._setting.wall, facts=facts,
            gate=gate_of(self._setting.plugins.manager), formats=formats_with(self._decoders),
            allotment=self._allotment, refused=self._heed_refusal,
        )

    def _start_workers(self, keeper: Storekeeper, workers: Mapping[str, PrinterWorker]) -> None:
        async def stop() -> None:
            await all_of(worker.stop() for worker in tuple(workers.values()))
            await self._tell(keeper, "stopped")

        self._undo.steps.append(stop)
        for worker in workers.values():
            worker.start()

    async def _start_extensions(self, extensions: Extensions) -> None:
        self._undo.steps.append(extensions.stop)
        await extensions.start()

    def _start_timed(self, keeper: Storekeeper, backlog: Backlog, service: JobService) -> None:
        async def give_up_overdue() -> None:
            await service.give_up_overdue(backlog.overdue(self._setting.wall()))

        async def release_due() -> None:
            if self._holds is not None:
                await self._holds.release_due(service)

        self._start_reports(keeper)
        retention = Retention(keeper, self._in_background)
        service.on_event(retention.heed)
        works = (
            TimedWork("holds until a time of day", HOLD_SECONDS, release_due),
            TimedWork("retention", PURGE_SECONDS, retention.purge),
            TimedWork("overdue documents", OVERDUE_SECONDS, give_up_overdue),
        )
        for work in works:
            self._repeat(work)

    def _start_reports(self, keeper: Storekeeper) -> None:
        server = self._setting.configuration.server
        if not server.report_at:
            return
        zone = zone_of(server.time_zone, "server.time_zone")
        folder = Path(server.report_folder) if server.report_folder else None
        reporting = Reporting(
            keeper, DailyReports(keeper, zone), time.fromisoformat(server.report_at), zone, folder,
            self._setting.wall, self._threads,
        )
        self._repeat(TimedWork("daily report", LOOK_FOR_REPORT_SECONDS, reporting.look))

    def _keep_heads(self, keeper: Storekeeper) -> None:
        """Tell how far the journal has come, beside the data and where the configuration says."""
        section = self._setting.configuration.journal
        beside = Witness(keeper, [NewestHead(self._setting.place.head)])
        elsewhere = Witness(keeper, self._webhooks.places(section.heads))
        for name, seconds, witness in (
            ("head beside the data", HEAD_SECONDS, beside), ("heads elsewhere", section.heads_every, elsewhere)
        ):
            self._undo.steps.append(witness.look)
            self._repeat(TimedWork(name, seconds, witness.look))

    def _report_to_manager(self, keeper: Storekeeper) -> None:
        manager = self._setting.manager
        if manager is None:
            return
        if manager.watchdog:
            dog = Watchdog(manager, keeper)
            self._repeat(TimedWork("watchdog", dog.seconds, dog.feed))
        manager.tell("READY=1")

    def _repeat(self, work: TimedWork) -> None:
        runner = TimedRunner(work, self._setting.reactor)
        runner.start()

        async def stop() -> None:
            runner.stop()

        self._undo.steps.append(stop)

    # small things

    def _in_background(self, work: Coroutine[Deferred[Any], Any, Any], what: str) -> None:
        Deferred.fromCoroutine(work).addErrback(
            lambda failure: self._log.error("not done", what=what, detail=failure.getErrorMessage())
        )

    # the journal

    def _note(self, keeper: Storekeeper, event: NewEvent) -> None:
        self._in_background(keeper.write(keeper.store.note, event), f"note {event.what}")

    async def _tell(self, keeper: Storekeeper, what: str) -> None:
        try:
            await keeper.write(keeper.store.note, NewEvent(kind="server", subject="server", what=what))
        except PrintServerError as error:
            self._log.warning("not in the journal", what=what, code=error.code)

    async def _announce(self, keeper: Storekeeper) -> None:
        for record in self._setting.plugins.records:
            data: dict[str, str | int | float | bool | None] = {
                "origin": record.origin, "version": record.version, "hash": record.digest, "fault": record.fault
            }
            what = "disabled" if record.fault else "loaded"
            await keeper.write(
                keeper.store.note, NewEvent(kind="plugin", subject=record.name, what=what, data=data)
            )
        await self._tell(keeper, "started")


def _crashed(crashes: CrashCount) -> NewEvent:
    return NewEvent(kind="plugin", subject=crashes.package, what="disabled", data={"fault": crashes.last})


def _server_uuid(root: Path) -> uuid.UUID:
    """Return a UUID that stays the same for one data directory on one host (RFC 9562 version 5)."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"printserver://{socket.gethostname()}{root}")
