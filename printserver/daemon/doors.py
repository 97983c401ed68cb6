"""The daemon's doors: each listener is opened here, over the one job service.

Laws kept here:

1. Nothing off loopback is opened for clients that nobody listed, where a door knows a client by nothing else.
2. A port that cannot be had ends the start with an error that names the key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog
from twisted.internet.protocol import Factory

from printserver.config import ServerSection
from printserver.daemon.announcing import announcer
from printserver.daemon.descriptors import room_for
from printserver.daemon.discovering import Discovery, surroundings
from printserver.daemon.running import Threads, Undo
from printserver.daemon.setting import Setting
from printserver.extension.runtime import Extensions
from printserver.extension.values import TimedWork
from printserver.listeners.access.api import AccountsApi
from printserver.listeners.access.assembly import open_access
from printserver.listeners.access.guard import GuardedService
from printserver.listeners.access.guarded_administration import GuardedAdministration
from printserver.listeners.access.guarded_daily import GuardedReports
from printserver.listeners.access.guarded_discovery import GuardedDiscovery
from printserver.listeners.access.guarded_history import GuardedHistory
from printserver.listeners.access.guarded_machines import GuardedMachines
from printserver.listeners.access.guarded_purging import GuardedPurging
from printserver.listeners.access.guarded_supplies import GuardedSupplies
from printserver.listeners.crowd import Crowd
from printserver.listeners.discovery.announcing import LOOK_SECONDS
from printserver.listeners.discovery.choice import announces, host_name
from printserver.listeners.discovery.records import Site
from printserver.listeners.doors import Door, open_tcp
from printserver.listeners.fetching import Fetcher, addresses_of_name
from printserver.listeners.folder import FolderDoor, Tray
from printserver.listeners.http import build_site
from printserver.listeners.http.daily import DailyApi
from printserver.listeners.http.discovering import DiscoveryApi
from printserver.listeners.http.history import HistoryApi
from printserver.listeners.http.limits import Limits
from printserver.listeners.http.machines import MachinesApi
from printserver.listeners.http.metrics import Watched
from printserver.listeners.http.plugin_routes import plugin_routes
from printserver.listeners.http.purging import PurgingApi
from printserver.listeners.http.queues import QueuesApi
from printserver.listeners.http.router import Route
from printserver.listeners.http.supplies import SuppliesApi
from printserver.listeners.ipp.addresses import Ports
from printserver.listeners.ipp.routes import ipp_routes
from printserver.listeners.lpd import LpdFactory
from printserver.listeners.raw.door import RawFactory
from printserver.listeners.tls import CertificateKeeper, encrypted
from printserver.listeners.tls.choice import certificate_source
from printserver.model.clients import admits, is_loopback
from printserver.model.fetching import Rules
from printserver.model.holding import zone_of
from printserver.queue.administering import Administration
from printserver.queue.board import Board
from printserver.queue.daily import DailyReports
from printserver.queue.history import History
from printserver.queue.jobs import JobService
from printserver.queue.purging import Purging
from printserver.queue.replacing import Machines
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import QueueView
from printserver.web.routes import page_routes

CERTIFICATE_SECONDS = 10.0


@dataclass(slots=True)
class Doors:
    """The open doors; `repeat` begins work that is done again and again until the daemon stops.

    `known_as` is the name in `.local` under which the server is announced, empty where it is not.
    """

    setting: Setting
    threads: Threads
    undo: Undo
    repeat: Callable[[TimedWork], None]
    opened: list[Door] = field(default_factory=list)
    known_as: str = ""
    crowd: Crowd = field(default_factory=Crowd)

    def port(self, name: str) -> int:
        """Return the port of a door, 0 when it is off."""
        return next((door.port for door in self.opened if door.name == name), 0)

    async def open(
        self, service: JobService, administration: Administration, machines: Machines, board: Board,
        extensions: Extensions, keeper: Storekeeper, watched: Watched,
    ) -> None:  # fmt: skip
        """Open every door that is not off; raises ConfigurationError for a port that cannot be had."""
        server, reactor = self.setting.configuration.server, self.setting.reactor
        if announces(server.announce, server.bind):
            self.known_as = host_name(service.uuid)
        self.crowd = _crowd(server)
        guarded = GuardedService(service)
        register, gate = await open_access(
            keeper.store, keeper.write, self.threads, wall=self.setting.wall, proxies=server.proxies,
            randomness=self.setting.randomness, asks=not server.open,
        )  # fmt: skip
        supplies = GuardedSupplies(service.supplies, guarded)
        history = GuardedHistory(History(keeper, board))
        accounts = AccountsApi(register, self.threads, self.setting.randomness)
        zone = zone_of(server.time_zone, "server.time_zone")
        reports = GuardedReports(DailyReports(keeper, zone), self.setting.wall)
        purging = GuardedPurging(Purging(keeper), self.setting.wall)
        guarded_machines = GuardedMachines(machines)
        guarded_administration = GuardedAdministration(administration, guarded)
        discovery = GuardedDiscovery(self._discovery(board))
        routes = (
            *accounts.routes(),
            *MachinesApi(guarded_machines, Limits().small_body).routes(),
            *QueuesApi(guarded_administration).routes(),
            *DiscoveryApi(discovery, Limits().small_body).routes(),
            *DailyApi(reports).routes(),
            *PurgingApi(purging, Limits().small_body).routes(),
            *ipp_routes(guarded, guarded_administration, self._ports, self._fetcher()),
            *SuppliesApi(supplies).routes(),
            *HistoryApi(history, board.zone).routes(),
            *page_routes(
                guarded, purging, guarded_machines, zone=board.zone, catalogues=self._catalogues(), gate=gate,
                supplies=supplies, history=history, conditions=watched.conditions, reports=reports,
                adding=(discovery, guarded_administration),
            ),
            *_plugin_routes(extensions),
        )
        site = build_site(
            guarded, reactor=reactor, clock=self.setting.wall, hosts=self._hosts(), bind=server.bind, routes=routes,
            gate=gate, crowd=self.crowd, watched=watched,
        )
        if server.port != 0:
            self._open("http", server.port if server.port > 0 else None, site, "server.port")
        if server.tls_port != 0:
            port = server.tls_port if server.tls_port > 0 else None
            self._open("https", port, encrypted(site, await self._certificate(), reactor), "server.tls_port")
        for view in service.queues():
            self._open_raw(service, board, view)
        if server.lpd_port:
            lpd = LpdFactory(
                service, reactor, self.setting.wall, admits=self._admission(service), crowd=self.crowd
            )
            self._open("lpd", server.lpd_port, lpd, "server.lpd_port")
        await self._watch_folders(service)
        if self.known_as:
            self._announce(service)

    def _discovery(self, board: Board) -> Discovery:
        """Return what looks for printers beside those that this server has."""
        around = surroundings(self.setting.usb, self.known_as)
        return Discovery(
            self.setting.plugins, around, self.threads,
            lambda: {
                # a printer of another server hangs at that machine, except on the network
                entry.config.name: entry.config.device for entry in board.entries()
                if entry.owned or entry.config.device.startswith("tcp:")
            },
        )  # fmt: skip

    def _fetcher(self) -> Fetcher | None:
        """Return what fetches the documents that clients name, None where the configuration lists nothing."""
        server = self.setting.configuration.server
        if not server.fetch_schemes:
            return None
        rules = Rules(server.fetch_schemes, server.fetch_hosts)

        async def resolve(host: str, port: int) -> list[str]:
            return await self.threads(addresses_of_name, host, port)

        return Fetcher(self.setting.reactor, rules, resolve)

    def _announce(self, service: JobService) -> None:
        """Announce the queues from now on; the first records may take seconds, and nobody waits for them."""
        ports = self._ports()
        site = Site(
            service.uuid, service.server_name, self.known_as, service.formats, ports.plain, ports.tls, ports.asks
        )
        announcing = announcer(service, site, self.setting.configuration.server.bind, self.threads)
        self.undo.steps.append(announcing.close)
        leave = service.on_event(announcing.heed)

        async def heed_no_more() -> None:
            leave()

        self.undo.steps.append(heed_no_more)
        announcing.start()
        self.repeat(TimedWork("announcing", LOOK_SECONDS, announcing.look))

    def _hosts(self) -> tuple[str, ...]:
        """Return the names beside its address that the server answers for."""
        return (*self.setting.configuration.server.hosts, *([self.known_as] if self.known_as else []))

    def _ports(self) -> Ports:
        asks = not self.setting.configuration.server.open
        return Ports(plain=self.port("http"), tls=self.port("https"), asks=asks)

    async def _certificate(self) -> CertificateKeeper:
        setting, server = self.setting, self.setting.configuration.server
        keeper = CertificateKeeper(certificate_source(
            server.certificate, server.certificate_key, folder=setting.place.tls, bind=server.bind,
            hosts=self._hosts(), wall=setting.wall, randomness=setting.randomness,
        ))  # fmt: skip
        await self.threads(keeper.open)
        self.repeat(TimedWork("certificate", CERTIFICATE_SECONDS, partial(self.threads, keeper.look)))
        return keeper

    def _open_raw(self, service: JobService, board: Board, view: QueueView) -> None:
        port, name = view.config.raw_port, view.config.name
        if view.default and self.setting.raw_port is not None:
            port = self.setting.raw_port
        if not port:
            return
        if not view.config.clients and not is_loopback(self.setting.configuration.server.bind):
            log = structlog.get_logger("daemon")
            log.warning("raw door not opened to other machines: its queue lists no clients", queue=name)
            return
        admission = self._admission(service)
        factory = RawFactory(
            service, name, clock=self.setting.reactor, admits=partial(admission, name), crowd=self.crowd
        )
        self._open(f"raw:{name}", port, factory, f"queue.{name}.raw_port")
        board.raw_ports[name] = port

    async def _watch_folders(self, service: JobService) -> None:
        for view in service.queues():
            if not view.config.folder:
                continue
            tray = Tray(Path(view.config.folder), self.setting.wall)
            await self.threads(tray.open, f"queue.{view.config.name}.folder")
            door = FolderDoor(service, view.config.name, tray, self.setting.reactor, self.threads)
            self.undo.steps.append(door.stop)
            await door.start()

    def _admission(self, service: JobService) -> Callable[[str, str], bool]:
        """Return what tells whether a queue takes jobs of an address at doors that know a client by nothing else."""
        return lambda queue, address: admits(service.queue(queue).config.clients, address)

    def _catalogues(self) -> list[Path]:
        return [Path(info.catalogue) for info in self.setting.plugins.shelf().infos.values() if info.catalogue]

    def _open(self, name: str, port: int | None, factory: Factory, key: str) -> None:
        door = open_tcp(self.setting.reactor, name, self.setting.configuration.server.bind, port, factory, key)
        self.opened.append(door)
        self.undo.steps.append(door.close)


def _crowd(server: ServerSection) -> Crowd:
    """Return what counts connections: as many as are configured, or as the system lets this process have."""
    fitting = room_for(server.connections)
    if fitting < server.connections:
        log = structlog.get_logger("daemon")
        log.warning("fewer connections than configured: the limit of open files is low", connections=fitting)
    return Crowd(fitting, server.connections_per_client)


def _plugin_routes(extensions: Extensions) -> list[Route]:
    return plugin_routes(
        (plugin, entry.method, entry.path, entry.handler, entry.summary) for plugin, entry in extensions.routes()
    )
