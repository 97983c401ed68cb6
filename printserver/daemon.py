"""The composition root: builds every part, wires them, starts them in order and stops them in reverse.

Laws kept here:

1. Everything is built here and nowhere else; no part looks another up.
2. Nothing listens before the store is open and what an earlier life left is known.
3. An orderly stop finishes the card in the device, gives back what was prepared, and ends the emulators.
4. Whatever cannot be started ends the start with one typed error; what was begun is undone.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.internet.threads import deferToThread

from printserver.config import Configuration
from printserver.emulation.park import EmulatorPark
from printserver.extension import Handles
from printserver.extension.runtime import Extensions, TimedRunner, gate_of
from printserver.extension.values import TimedWork
from printserver.listeners.doors import Door, open_tcp
from printserver.listeners.http import build_site
from printserver.listeners.ipp.routes import ipp_routes
from printserver.listeners.raw.door import RawFactory
from printserver.model.event import NewEvent
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.plugins import Plugins
from printserver.queue.board import Board, PrinterEntry
from printserver.queue.dispatch import PrinterWorker
from printserver.queue.events import EventHub
from printserver.queue.intake import Intake
from printserver.queue.jobs import JobService, ServerFacts
from printserver.queue.preparation import Preparation
from printserver.queue.retention import Retention
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.surroundings import Surroundings
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
        self._log = structlog.get_logger("daemon")
        self.doors: list[Door] = []
        self.service: JobService | None = None
        self._park = EmulatorPark(
            setting.place.emulators, setting.place.cards, setting.pace, setting.faults, setting.plugins.packages,
            several=len(setting.configuration.printer) > 1,
        )

    async def start(self) -> None:
        """Start everything; raises PrintServerError after undoing what was begun."""
        try:
            await self._start()
        except BaseException:
            await self._undo.all()
            raise

    async def stop(self) -> None:
        """Stop everything in an orderly way."""
        await self._undo.all()

    def http_port(self) -> int:
        """Return the port of pages, API and IPP, 0 when it is off."""
        return next((door.port for door in self.doors if door.name == "http"), 0)

    async def _start(self) -> None:
        setting = self._setting
        self._lock()
        keeper = await self._open_store()
        hub = EventHub(keeper)
        await hub.start()
        pool = await self._start_pool()
        board = Board(setting.plugins.shelf(), setting.wall)
        board.journal = lambda event: self._note(keeper, event)
        await self._declare(keeper, board)
        preparation = Preparation(keeper, pool)
        workers = [self._worker(keeper, board, preparation, entry) for entry in board.entries()]
        self.service = self._service(keeper, board, hub, preparation, workers, pool)
        await self._start_emulators(board)
        await self._open_doors(self.service)
        for worker in workers:
            worker.start()
            self._undo.steps.append(worker.stop)
        await self._start_extensions(keeper, hub, self.service)
        await self._announce(keeper)

    # the parts, in order

    def _lock(self) -> None:
        self._setting.place.prepare()
        descriptor = self._setting.place.lock()

        async def unlock() -> None:
            os.close(descriptor)

        self._undo.steps.append(unlock)

    async def _open_store(self) -> Storekeeper:
        setting = self._setting
        store = await deferToThread(
            open_store, setting.place.database, master_key=setting.place.key, clock=setting.wall,
            node=socket.gethostname(), randomness=setting.randomness,
        )
        keeper = Storekeeper(setting.reactor, store, Spool(setting.place.spool, setting.randomness))
        keeper.start()

        async def stop() -> None:
            await deferToThread(keeper.stop)

        self._undo.steps.append(stop)
        kept = await keeper.read(store.blobs)
        await keeper.on_disk(keeper.spool.sweep, kept, setting.wall() - ORPHAN_SECONDS)
        return keeper

    async def _start_pool(self) -> WorkerPool:
        plugins = self._setting.plugins
        pool = WorkerPool(
            self._setting.reactor, size=WORKERS, command=worker_command(packages=plugins.packages, paths=plugins.paths)
        )
        await pool.start()
        self._undo.steps.append(pool.stop)
        return pool

    async def _declare(self, keeper: Storekeeper, board: Board) -> None:
        """Put what the configuration declares into the store once; from then on the store has it."""
        store = keeper.store
        known = {printer.name: printer for printer in await keeper.read(store.printers)}
        for printer in self._setting.configuration.printers():
            if printer.name not in known:
                await keeper.write(store.put_printer, printer, "configuration")
        for printer in self._setting.printers:
            if known.get(printer.name) != printer:
                await keeper.write(store.put_printer, printer, "command line")
        queues = {queue.name for queue in await keeper.read(store.queues)}
        for queue in (*self._setting.configuration.queues(), *self._setting.queues):
            if queue.name not in queues:
                await keeper.write(store.put_queue, queue, "configuration")
        board.load(
            await keeper.read(store.printers), await keeper.read(store.queues),
            self._setting.configuration.server.default_queue,
        )

    def _worker(
        self, keeper: Storekeeper, board: Board, preparation: Preparation, entry: PrinterEntry
    ) -> PrinterWorker:
        around = Surroundings(keeper, board, entry, self._setting.reactor, self._setting.wall)

        async def open_link() -> Link:
            return link_to(await self._address_of(entry.config), self._setting.reactor)

        return PrinterWorker(around, Intake(around, preparation), open_link)

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
            gate=gate_of(self._setting.plugins.manager),
        )

    async def _start_emulators(self, board: Board) -> None:
        for entry in board.entries():
            if entry.config.device == EMULATED:
                await self._address_of(entry.config)
                self._undo.steps.append(partial(deferToThread, self._park.shut_down, entry.config))

    async def _address_of(self, printer: PrinterConfig) -> str:
        """Return a printer's address; an emulated one's process is found, or started (again when it has died)."""
        if printer.device != EMULATED:
            return printer.device
        address: str = await deferToThread(self._park.address, printer)
        return address

    async def _open_doors(self, service: JobService) -> None:
        server, reactor = self._setting.configuration.server, self._setting.reactor
        routes = (*ipp_routes(service), *page_routes(service))
        site = build_site(
            service, reactor=reactor, clock=self._setting.wall, hosts=server.hosts, bind=server.bind, routes=routes
        )
        if server.port != 0:
            self._open("http", server.port if server.port > 0 else None, site, "server.port")
        for view in service.queues():
            port = view.config.raw_port
            if view.default and self._setting.raw_port is not None:
                port = self._setting.raw_port
            if port:
                factory = RawFactory(service, view.config.name, clock=reactor)
                self._open(f"raw:{view.config.name}", port, factory, f"queue.{view.config.name}.raw_port")

    def _open(self, name: str, port: int | None, factory: Factory, key: str) -> None:
        door = open_tcp(self._setting.reactor, name, self._setting.configuration.server.bind, port, factory, key)
        self.doors.append(door)
        self._undo.steps.append(door.close)

    async def _start_extensions(self, keeper: Storekeeper, hub: EventHub, service: JobService) -> None:
        extensions = Extensions(self._setting.plugins.manager, keeper, hub)
        await extensions.start(Handles(jobs=service, clock=self._setting.reactor, wall=self._setting.wall))
        self._undo.steps.append(extensions.stop)
        purge = TimedRunner(TimedWork("retention", PURGE_SECONDS, Retention(keeper).purge), self._setting.reactor)
        purge.start()

        async def end_purge() -> None:
            purge.stop()

        self._undo.steps.append(end_purge)

    # the journal

    def _note(self, keeper: Storekeeper, event: NewEvent) -> None:
        Deferred.fromCoroutine(keeper.write(keeper.store.note, event)).addErrback(
            lambda failure: self._log.error("event not kept", what=event.what, detail=failure.getErrorMessage())
        )

    async def _announce(self, keeper: Storekeeper) -> None:
        for record in self._setting.plugins.records:
            data: dict[str, str | int | float | bool | None] = {
                "origin": record.origin, "version": record.version, "hash": record.digest, "fault": record.fault
            }
            what = "disabled" if record.fault else "loaded"
            await keeper.write(
                keeper.store.note, NewEvent(kind="plugin", subject=record.name, what=what, data=data)
            )
        await keeper.write(keeper.store.note, NewEvent(kind="server", subject="server", what="started"))


def _server_uuid(root: Path) -> uuid.UUID:
    """Return a UUID that stays the same for one data directory on one host (RFC 9562 version 5)."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"printserver://{socket.gethostname()}{root}")
