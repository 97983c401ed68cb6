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
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import structlog
from twisted.internet.defer import Deferred, DeferredList, DeferredLock
from twisted.internet.protocol import Factory
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from printserver.config import Configuration
from printserver.emulation.park import EmulatorPark
from printserver.errors import ConfigurationError, PrintServerError
from printserver.extension import Handles
from printserver.extension.formats import formats_with, plugin_decoders
from printserver.extension.runtime import Extensions, TimedRunner, gate_of
from printserver.extension.sections import read_sections
from printserver.extension.transports import Links
from printserver.extension.values import TimedWork
from printserver.listeners.access.api import AccountsApi
from printserver.listeners.access.assembly import open_access
from printserver.listeners.access.guard import GuardedService
from printserver.listeners.access.guarded_administration import GuardedAdministration
from printserver.listeners.doors import Door, open_tcp
from printserver.listeners.folder import FolderDoor, Tray
from printserver.listeners.http import build_site
from printserver.listeners.http.plugin_routes import plugin_routes
from printserver.listeners.http.router import Route
from printserver.listeners.ipp.addresses import Ports
from printserver.listeners.ipp.routes import ipp_routes
from printserver.listeners.lpd import LpdFactory
from printserver.listeners.raw.door import RawFactory
from printserver.listeners.tls import CertificateKeeper, encrypted
from printserver.listeners.tls.choice import certificate_source
from printserver.model.clients import admits, is_loopback
from printserver.model.event import NewEvent
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.plugins import Plugins
from printserver.queue.administering import Administration
from printserver.queue.backlog import Backlog
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.declaring import Declared, declare
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.events import EventHub
from printserver.queue.intake import Intake
from printserver.queue.jobs import JobService, ServerFacts
from printserver.queue.leftovers import clear_orphans
from printserver.queue.preparation import Preparation
from printserver.queue.retention import Retention
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.surroundings import Surroundings
from printserver.queue.views import QueueView
from printserver.sandbox.command import worker_command
from printserver.sandbox.pool import WorkerPool
from printserver.store.opening import open_store
from printserver.store.place import DataPlace
from printserver.store.sealing import new_job_key
from printserver.store.spool import Spool
from printserver.transport.link import Link
from printserver.transport.opening import open_link as link_to
from printserver.web.routes import page_routes

EMULATED = "emulated"
WORKERS = 2
ORPHAN_SECONDS = 3600.0
PURGE_SECONDS = 600.0
OVERDUE_SECONDS = 30.0
CERTIFICATE_SECONDS = 10.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything that differs from one run to another; `reactor`, `wall`, `randomness` are time and chance."""

    configuration: Configuration
    place: DataPlace
    plugins: Plugins
    reactor: Any  # a Twisted reactor: its interfaces are zope's, which no type checker reads
    wall: Callable[[], float]
    randomness: Callable[[int], bytes] = os.urandom
    printers: tuple[PrinterConfig, ...] = ()
    queues: tuple[QueueConfig, ...] = ()
    raw_port: int | None = None
    pace: str = "fast"
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class _Undo:
    """What must be closed, newest first."""

    steps: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    async def all(self) -> None:
        """Close everything; one failure does not keep the rest open."""
        while self.steps:
            try:
                await self.steps.pop()()
            except Exception:
                # law 4: a part that cannot be closed must not keep the others open
                structlog.get_logger("daemon").exception("part not closed")


class Daemon:
    """The running server."""

    def __init__(self, setting: Setting) -> None:
        """Take the setting; nothing happens before `start`."""
        self._setting = setting
        self._undo = _Undo()
        self._turn = DeferredLock()
        self._log = structlog.get_logger("daemon")
        self.doors: list[Door] = []
        self.service: JobService | None = None
        self._links = Links(setting.plugins.manager, lambda address: link_to(address, setting.reactor))
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
        await self._turn.acquire()
        try:
            await self._undo.all()
        finally:
            self._turn.release()

    def http_port(self) -> int:
        """Return the port of pages, API and IPP, 0 when it is off."""
        return self._port("http")

    def tls_port(self) -> int:
        """Return the port of the same over TLS, 0 when it is off."""
        return self._port("https")

    def _port(self, name: str) -> int:
        return next((door.port for door in self.doors if door.name == name), 0)

    async def _start(self) -> None:
        setting = self._setting
        sections = read_sections(
            setting.configuration.plugin, setting.plugins.manager, "configuration", strict=False
        )
        self._lock()
        pool = self._pool()
        pool_started = Deferred.fromCoroutine(pool.start())
        try:
            keeper = await self._open_store()
            hub, board = EventHub(keeper), Board(setting.plugins.shelf(), setting.wall)
            board.journal = lambda event: self._note(keeper, event)
            backlog = await self._follow(keeper, hub, board)
            await self._declare(keeper, board)
            await self._start_emulators(board)
        except BaseException:
            pool_started.addErrback(lambda failure: None)  # the first error is told, not this one
            raise
        await pool_started
        preparation = Preparation(keeper, pool)
        workers = [self._worker(keeper, board, preparation, entry) for entry in board.entries()]
        self.service = self._service(keeper, board, hub, preparation, workers, pool)
        administration = Administration(keeper, board, self.service)
        await clear_orphans(keeper, board)
        handles = Handles(jobs=self.service, clock=setting.reactor, wall=setting.wall)
        extensions = Extensions(setting.plugins.manager, keeper, hub, handles, sections)
        await self._open_doors(self.service, administration, board, extensions, keeper)
        await self._watch_folders(self.service)
        self._start_workers(keeper, workers)
        await self._start_extensions(extensions)
        self._start_timed(keeper, backlog, self.service)
        await self._announce(keeper)

    # the parts, in order

    def _lock(self) -> None:
        self._setting.place.prepare()
        descriptor = self._setting.place.lock()

        async def unlock() -> None:
            os.close(descriptor)

        self._undo.steps.append(unlock)

    def _pool(self) -> WorkerPool:
        plugins = self._setting.plugins
        command = worker_command(packages=plugins.packages, paths=plugins.paths, decoders=self._decoders)
        pool = WorkerPool(self._setting.reactor, size=WORKERS, command=command)
        self._undo.steps.append(pool.stop)
        return pool

    async def _open_store(self) -> Storekeeper:
        setting = self._setting
        store = await self._in_thread(
            open_store, setting.place.database, master_key=setting.place.key, clock=setting.wall,
            node=socket.gethostname(), randomness=setting.randomness,
        )
        keeper = Storekeeper(setting.reactor, store, Spool(setting.place.spool, setting.randomness))
        keeper.start()
        self._undo.steps.append(partial(self._in_thread, keeper.stop))
        kept = await keeper.read(store.blobs)
        await keeper.on_disk(keeper.spool.sweep, kept, setting.wall() - ORPHAN_SECONDS)
        return keeper

    async def _follow(self, keeper: Storekeeper, hub: EventHub, board: Board) -> Backlog:
        """Count the jobs that wait, from now on by the journal."""
        backlog = Backlog()
        await hub.start()
        backlog.begin(await keeper.read(keeper.store.unfinished))
        board.waiting = backlog.waiting

        async def reopened(job: int) -> None:
            backlog.reopened(await keeper.read(keeper.store.job, job))

        hub.subscribe(lambda event: backlog.heed(event, lambda job: self._in_background(reopened(job), "count")))
        return backlog

    async def _declare(self, keeper: Storekeeper, board: Board) -> None:
        setting, configuration = self._setting, self._setting.configuration
        sources = (
            Declared("configuration", configuration.printers(), configuration.queues()),
            Declared("command line", setting.printers, setting.queues, overrides=True),
        )
        await declare(keeper, board, sources, configuration.server.default_queue, self._check_device)

    def _check_device(self, printer: PrinterConfig) -> None:
        if printer.device == EMULATED:
            return
        try:
            self._links.check(printer.device)
        except ConfigurationError as error:
            where = f"printer.{printer.name}.device"
            raise ConfigurationError(error.message, where=where, allowed=error.allowed) from error

    async def _start_emulators(self, board: Board) -> None:
        emulated = [entry.config for entry in board.entries() if entry.config.device == EMULATED]
        self._park = self._emulators(emulated)

        async def shut_down() -> None:
            await _all(self._in_thread(self._park.shut_down, each) for each in emulated)

        self._undo.steps.append(shut_down)
        await _all(self._address_of(each) for each in emulated)

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

        async def open_link() -> Link:
            return await self._links.open(await self._address_of(entry.config))

        return PrinterWorker(around, Intake(around, preparation), open_link)

    async def _address_of(self, printer: PrinterConfig) -> str:
        """Return a printer's address; an emulated one's process is found, or started (again when it has died)."""
        if printer.device != EMULATED:
            return printer.device
        return await self._in_thread(self._park.address, printer)

    def _service(
        self, keeper: Storekeeper, board: Board, hub: EventHub, preparation: Preparation,
        workers: list[PrinterWorker], pool: WorkerPool,
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
        )

    async def _open_doors(
        self, service: JobService, administration: Administration, board: Board, extensions: Extensions,
        keeper: Storekeeper,
    ) -> None:  # fmt: skip
        server, reactor = self._setting.configuration.server, self._setting.reactor
        guarded = GuardedService(service)
        register, gate = await open_access(
            keeper.store, keeper.write, self._in_thread, wall=self._setting.wall, proxies=server.proxies,
            randomness=self._setting.randomness, asks=not server.open,
        )  # fmt: skip
        accounts = AccountsApi(register, self._in_thread, self._setting.randomness)
        routes = (
            *accounts.routes(),
            *ipp_routes(guarded, GuardedAdministration(administration, guarded), self._ports),
            *page_routes(guarded, catalogues=self._catalogues(), gate=gate),
            *_plugin_routes(extensions),
        )
        site = build_site(
            guarded, reactor=reactor, clock=self._setting.wall, hosts=server.hosts, bind=server.bind, routes=routes,
            gate=gate,
        )
        if server.port != 0:
            self._open("http", server.port if server.port > 0 else None, site, "server.port")
        if server.tls_port != 0:
            port = server.tls_port if server.tls_port > 0 else None
            self._open("https", port, encrypted(site, await self._certificate(), reactor), "server.tls_port")
        for view in service.queues():
            self._open_raw(service, board, view)
        if server.lpd_port:
            lpd = LpdFactory(service, reactor, self._setting.wall, admits=self._admission(service))
            self._open("lpd", server.lpd_port, lpd, "server.lpd_port")

    def _ports(self) -> Ports:
        asks = not self._setting.configuration.server.open
        return Ports(plain=self.http_port(), tls=self.tls_port(), asks=asks)

    async def _certificate(self) -> CertificateKeeper:
        setting, server = self._setting, self._setting.configuration.server
        keeper = CertificateKeeper(certificate_source(
            server.certificate, server.certificate_key, folder=setting.place.tls, bind=server.bind,
            hosts=server.hosts, wall=setting.wall, randomness=setting.randomness,
        ))  # fmt: skip
        await self._in_thread(keeper.open)
        self._repeat(TimedWork("certificate", CERTIFICATE_SECONDS, partial(self._in_thread, keeper.look)))
        return keeper

    def _open_raw(self, service: JobService, board: Board, view: QueueView) -> None:
        port, name = view.config.raw_port, view.config.name
        if view.default and self._setting.raw_port is not None:
            port = self._setting.raw_port
        if not port:
            return
        if not view.config.clients and not is_loopback(self._setting.configuration.server.bind):
            self._log.warning("raw door not opened to other machines: its queue lists no clients", queue=name)
            return
        admission = self._admission(service)
        factory = RawFactory(service, name, clock=self._setting.reactor, admits=partial(admission, name))
        self._open(f"raw:{name}", port, factory, f"queue.{name}.raw_port")
        board.raw_ports[name] = port

    async def _watch_folders(self, service: JobService) -> None:
        for view in service.queues():
            if not view.config.folder:
                continue
            tray = Tray(Path(view.config.folder), self._setting.wall)
            await self._in_thread(tray.open, f"queue.{view.config.name}.folder")
            door = FolderDoor(service, view.config.name, tray, self._setting.reactor, self._in_thread)
            self._undo.steps.append(door.stop)
            await door.start()

    def _admission(self, service: JobService) -> Callable[[str, str], bool]:
        """Return what tells whether a queue takes jobs of an address at doors that know a client by nothing else."""
        return lambda queue, address: admits(service.queue(queue).config.clients, address)

    def _catalogues(self) -> list[Path]:
        return [Path(info.catalogue) for info in self._setting.plugins.shelf().infos.values() if info.catalogue]

    def _open(self, name: str, port: int | None, factory: Factory, key: str) -> None:
        door = open_tcp(self._setting.reactor, name, self._setting.configuration.server.bind, port, factory, key)
        self.doors.append(door)
        self._undo.steps.append(door.close)

    def _start_workers(self, keeper: Storekeeper, workers: Sequence[PrinterWorker]) -> None:
        async def stop() -> None:
            await _all(worker.stop() for worker in workers)
            await self._tell(keeper, "stopped")

        self._undo.steps.append(stop)
        for worker in workers:
            worker.start()

    async def _start_extensions(self, extensions: Extensions) -> None:
        self._undo.steps.append(extensions.stop)
        await extensions.start()

    def _start_timed(self, keeper: Storekeeper, backlog: Backlog, service: JobService) -> None:
        async def give_up_overdue() -> None:
            await service.give_up_overdue(backlog.overdue(self._setting.wall()))

        works = (
            TimedWork("retention", PURGE_SECONDS, Retention(keeper).purge),
            TimedWork("overdue documents", OVERDUE_SECONDS, give_up_overdue),
        )
        for work in works:
            self._repeat(work)

    def _repeat(self, work: TimedWork) -> None:
        runner = TimedRunner(work, self._setting.reactor)
        runner.start()

        async def stop() -> None:
            runner.stop()

        self._undo.steps.append(stop)

    # small things

    async def _in_thread(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a call that blocks."""
        reactor = self._setting.reactor
        return cast(_T, await deferToThreadPool(reactor, reactor.getThreadPool(), call, *args, **kwargs))

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


async def _all(works: Iterable[Awaitable[object]]) -> None:
    """Do all at once and wait for all; then raise the first failure, if there was one."""
    begun = [Deferred.fromCoroutine(_awaited(work)) for work in works]
    ends = await DeferredList(begun, consumeErrors=True)
    for well, end in ends:
        if not well and isinstance(end, Failure):
            end.raiseException()


async def _awaited(work: Awaitable[_T]) -> _T:
    return await work


def _plugin_routes(extensions: Extensions) -> list[Route]:
    return plugin_routes(
        (plugin, entry.method, entry.path, entry.handler, entry.summary) for plugin, entry in extensions.routes()
    )


def _server_uuid(root: Path) -> uuid.UUID:
    """Return a UUID that stays the same for one data directory on one host (RFC 9562 version 5)."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"printserver://{socket.gethostname()}{root}")
