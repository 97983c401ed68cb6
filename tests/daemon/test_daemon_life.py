"""The whole server in this process: it starts whole or not at all, prints, and leaves nothing running."""

import json
import os
import shutil
import signal
import socket
import ssl
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from printserver.client import ApiClient, IppClient
from printserver.config import Configuration, parse_configuration
from printserver.daemon import Daemon, Setting
from printserver.daemon.root import WORKERS
from printserver.design.sample import sample_front
from printserver.emulation.launch import find_running
from printserver.errors import ConfigurationError, PortInUse, PrintServerError
from printserver.model.job import CardState, Job, JobState
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.model.ticket import Ticket
from printserver.plugins import load_plugins
from printserver.queue.jobs import JobService
from printserver.queue.views import By, IncomingDocument, Submission
from printserver.sandbox.process import Life
from printserver.store import open_store
from printserver.store.heads import NewestHead, read_heads
from printserver.store.opening import verify_journal
from printserver.store.place import DataPlace, data_place

ANY_PORT = -1
ANNA = By("anna", "a test")
DOORS = b"[server]\nport = 0\ntls_port = 0\nlpd_port = 0\n"
FILE = DOORS + b'[printer.desk]\ndriver = "virtual"\nmodel = "card"\ndevice = "emulated"\nribbon = "%s"\n' \
    b'[queue.card]\nprinters = ["desk"]\n'  # fmt: skip

PLUGIN = """
import numpy as np
from printserver.extension import DecoderEntry, RouteEntry, hookimpl

def decode(document, max_pixels):
    return (np.full((648, 1016, 3), document[5], np.uint8),)

async def hello(values, body):
    return {"hello": values["who"]}

@hookimpl
def printserver_decoders():
    return [DecoderEntry("image/x-stone", b"STONE", "ps_stone:decode")]

@hookimpl
def printserver_routes(handles):
    return [RouteEntry("GET", "hello/{who}", hello, "Say hello")]
"""


class DaemonTestCase(TestCase):
    """A data directory with a short name, as a socket in it must have."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pd-"))
        self.place: DataPlace = data_place(self.folder / "d", None)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def daemon(self, file: bytes = DOORS, printers: Sequence[PrinterConfig] = (), plugins: bool = False,
               port: int | None = None, tls_port: int = 0) -> Daemon:  # fmt: skip
        configuration: Configuration = parse_configuration(file, "test.toml")
        if port is not None:
            server = replace(configuration.server, port=port, tls_port=tls_port)
            configuration = Configuration(
                server=server, printer=configuration.printer, queue=configuration.queue, plugin=configuration.plugin
            )
        queues = [QueueConfig(name="card", printers=tuple(each.name for each in printers))] if printers else []
        daemon = Daemon(Setting(
            configuration=configuration, place=self.place, reactor=reactor, wall=time.time,
            plugins=load_plugins(self.folder / "plugins" if plugins else None), printers=tuple(printers),
            queues=tuple(queues),
        ))  # fmt: skip
        self.addCleanup(lambda: Deferred.fromCoroutine(daemon.stop()))
        return daemon

    async def refused(self, daemon: Daemon) -> PrintServerError:
        """Start a daemon that cannot be, and return the one error."""
        try:
            await daemon.start()
        except PrintServerError as error:
            return error
        raise AssertionError("it started")

    def running(self, name: str = "desk") -> object:
        return find_running(self.place.emulators / f"{name}.sock.control")


def service_of(daemon: Daemon) -> JobService:
    assert daemon.service is not None
    return daemon.service


async def printed(service: JobService, data: bytes) -> Job:
    """Submit a card and wait until its job is final."""
    final: Deferred[None] = Deferred()

    def heed(event: Any) -> None:  # noqa: ANN401 - an event
        if event.kind == "job" and event.data.get("state") in ("completed", "aborted", "canceled"):
            final.callback(None)

    leave = service.on_event(heed)
    job = await service.submit(Submission(ticket=Ticket(), documents=(IncomingDocument(data=data),)))
    await final
    leave()
    return await service.job(job.id)


def virtual(model: str = "card", driver: str = "virtual", ribbon: str = "YMCKO") -> PrinterConfig:
    return PrinterConfig(name="desk", driver=driver, model=model, device="emulated", ribbon=ribbon)


class LifeTest(DaemonTestCase):
    async def test_a_card_is_printed_and_nothing_stays(self) -> None:
        daemon = self.daemon(printers=[virtual()])
        await daemon.start()
        job = await printed(service_of(daemon), sample_front())
        assert job.state == JobState.COMPLETED
        assert job.cards[0].simulated
        assert len(list(self.place.cards.glob("*-front.png"))) == 1
        assert self.running() is not None
        await daemon.stop()
        assert self.running() is None
        told = [event.what for event in self.store().events(0, 1000) if event.kind == "server"]
        assert told == ["started", "stopping", "stopped"]

    def store(self) -> Any:  # noqa: ANN401 - the store's own type is a protocol
        return open_store(self.place.database, master_key=self.place.key, clock=time.time, node="here")

    async def test_what_the_command_line_declares_stands_above_an_earlier_run(self) -> None:
        daemon = self.daemon(printers=[virtual()])
        await daemon.start()
        await daemon.stop()
        other = self.daemon(printers=[virtual("primacy", "evolis")])
        await other.start()
        [view] = service_of(other).printers()
        assert (view.config.driver, view.config.model) == ("evolis", "primacy")
        assert cast(Any, self.running()).model == "primacy"

    async def test_a_stop_in_the_middle_of_a_start_leaves_nothing(self) -> None:
        daemon = self.daemon(printers=[virtual()])
        start = Deferred.fromCoroutine(daemon.start())
        await daemon.stop()
        await start
        assert self.running() is None

    async def test_the_last_row_is_told_outside_the_data(self) -> None:
        file = DOORS + f'[journal]\nheads = ["file:{self.folder}/heads"]\n'.encode()
        daemon = self.daemon(file)
        await daemon.start()
        await daemon.stop()
        [report] = verify_journal(self.place.database)
        told = [NewestHead(self.place.head).heads(), read_heads(self.folder / "heads")]
        assert [(heads[-1].id, heads[-1].hash) for heads in told] == [(report.rows, report.head)] * 2

    async def test_a_store_older_than_the_head_beside_it_prints_nothing(self) -> None:
        first = self.daemon(FILE % b"YMCKO")
        await first.start()
        await service_of(first).pause("card", ANNA)
        submission = Submission(ticket=Ticket(), documents=(IncomingDocument(data=sample_front()),))
        job = await service_of(first).submit(submission)
        await first.stop()
        older = self.place.database.read_bytes()
        second = self.daemon(FILE % b"YMCKO")
        await second.start()
        await second.stop()
        self.place.database.write_bytes(older)
        third = self.daemon(FILE % b"YMCKO")
        await third.start()
        [card] = (await service_of(third).job(job.id)).cards
        assert (card.state, card.reason and card.reason.code) == (CardState.UNCERTAIN, "restored")
        await third.stop()

    async def test_a_workers_process_leaves_signals_to_the_daemon(self) -> None:
        daemon = self.daemon(printers=[virtual()])
        await daemon.start()
        service = service_of(daemon)
        pool = cast(Any, service._preparation)._renderer.renderer
        while any(worker.life is Life.STARTING for worker in pool._workers):  # it starts with the first that is ready
            await deferLater(cast(Any, reactor), 0.05)
        workers = [worker.transport.pid for worker in pool._workers]
        assert len(workers) == WORKERS
        for pid in workers:
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGTERM)
        assert (await printed(service, sample_front())).state == JobState.COMPLETED
        assert [worker.transport.pid for worker in pool._workers] == workers


    async def test_events_go_on_over_a_restart(self) -> None:
        """A program comes back to the next daemon with the last id that it saw: no row is lost or doubled."""
        seen: list[int] = []

        def follow(daemon: Daemon, until: str) -> None:
            """Read on up to a word of the journal, and break off."""
            for event in ApiClient(f"http://127.0.0.1:{daemon.http_port()}").events(after=seen[-1] if seen else 0):
                seen.append(event.id)
                if event.what == until:
                    return

        first = self.daemon(printers=[virtual()], port=ANY_PORT)
        await first.start()
        api = ApiClient(f"http://127.0.0.1:{first.http_port()}")
        job = await deferToThread(api.submit, {"hold": True}, sample_front())
        await deferToThread(follow, first, "accepted")
        await first.stop()
        second = self.daemon(port=ANY_PORT)
        await second.start()
        api = ApiClient(f"http://127.0.0.1:{second.http_port()}")
        assert (await deferToThread(api.cancel, job.id)).final
        await deferToThread(follow, second, "cancel")
        assert seen == list(range(1, seen[-1] + 1))


class RefusedStartTest(DaemonTestCase):
    async def test_a_port_in_use(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            error = await self.refused(self.daemon(printers=[virtual()], port=taken.getsockname()[1]))
        assert isinstance(error, PortInUse)
        assert error.where == "server.port"
        assert self.running() is None, "the emulator is ended too"
        await self.daemon(printers=[virtual()]).start()

    async def test_a_slip_in_the_file_leaves_no_trace_in_the_store(self) -> None:
        error = await self.refused(self.daemon(FILE % b"GOLD"))
        assert isinstance(error, ConfigurationError)
        assert error.where == "printer.desk.ribbon"
        assert "YMCKO" in error.allowed
        daemon = self.daemon(FILE % b"YMCKO")
        await daemon.start()
        assert service_of(daemon).printer("desk").config.ribbon == "YMCKO"

    async def test_a_printer_of_the_store_whose_driver_is_gone(self) -> None:
        self.place.prepare()
        store = open_store(self.place.database, master_key=self.place.key, clock=time.time, node="here")
        store.put_printer(virtual(driver="vanished"), "anna")
        store.close()
        error = await self.refused(self.daemon())
        assert isinstance(error, ConfigurationError)
        assert error.where == "printer.desk"
        assert "vanished" in error.message

    async def test_an_address_that_cannot_be(self) -> None:
        printer = PrinterConfig(name="desk", driver="virtual", model="card", device="smoke:hill", ribbon="YMCKO")
        error = await self.refused(self.daemon(printers=[printer]))
        assert error.where == "printer.desk.device"

    async def test_a_store_that_is_none(self) -> None:
        self.place.prepare()
        self.place.database.write_bytes(b"this is no database" * 1000)
        assert isinstance(await self.refused(self.daemon()), PrintServerError)

    async def test_a_key_that_cannot_be_read(self) -> None:
        self.place.prepare()
        self.place.key.mkdir()
        error = await self.refused(self.daemon())
        assert str(self.place.key) in error.where


class PluginTest(DaemonTestCase):
    async def test_a_plugins_format_and_route(self) -> None:
        (self.folder / "plugins").mkdir(mode=0o700)
        path = self.folder / "plugins" / "ps_stone.py"
        path.write_text(PLUGIN)
        path.chmod(0o600)
        daemon = self.daemon(printers=[virtual()], plugins=True, port=ANY_PORT)
        await daemon.start()
        job = await printed(service_of(daemon), b"STONE\x80")
        assert (job.state, job.documents[0].format) == (JobState.COMPLETED, "image/x-stone")
        api = ApiClient(f"http://127.0.0.1:{daemon.http_port()}", timeout=10)
        answer = await deferToThread(api.fetch, "/plugin/ps_stone/hello/anna")
        assert json.loads(answer) == {"hello": "anna"}


class TlsTest(DaemonTestCase):
    async def test_the_site_is_there_with_and_without_tls_and_ipp_names_both_doors(self) -> None:
        daemon = self.daemon(printers=[virtual()], port=ANY_PORT, tls_port=ANY_PORT)
        await daemon.start()
        trust = ssl.create_default_context(cafile=str(self.place.tls / "certificate.pem"))
        doors = {"ipp": daemon.http_port(), "ipps": daemon.tls_port()}
        for scheme, other in (("ipp", "ipps"), ("ipps", "ipp")):
            client = IppClient(f"{scheme}://localhost:{doors[scheme]}/ipp/print", tls=trust)
            told = await deferToThread(client.get_printer_attributes)
            uris = [f"{each}://localhost:{doors[each]}/ipp/print" for each in (scheme, other)]
            assert told["printer-uri-supported"] == uris
            words = {"ipp": "none", "ipps": "tls"}
            assert told["uri-security-supported"] == [words[scheme], words[other]]
            assert told["uri-authentication-supported"] == ["requesting-user-name"] * 2

    async def test_a_port_for_tls_that_is_taken_undoes_the_start(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            error = await self.refused(self.daemon(port=0, tls_port=taken.getsockname()[1]))
        assert (type(error), error.where) == (PortInUse, "server.tls_port")
