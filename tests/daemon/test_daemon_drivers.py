"""A stranger's driver in the whole server: it prints as a bundled one does; its crash stops its own printer alone."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from twisted.internet import reactor
from twisted.internet.task import deferLater

from printserver.daemon import Daemon
from printserver.design.sample import sample_front
from printserver.model.job import CardState, Job, JobState, Reason
from printserver.model.ticket import Ticket
from printserver.queue.jobs import JobService
from printserver.queue.views import IncomingDocument, Submission
from printserver.sandbox.speaking import IN_A_ROW
from printserver.store import open_store
from tests.daemon.test_daemon_life import DaemonTestCase, service_of

WILD = '''
"""The virtual printer's language, spoken by a stranger whose driver crashes where it is told to."""
import os

from msgspec.structs import replace

import printserver_virtual
from printserver.dialogue import Mark, Point, Wait
from printserver.driver import EmulatorEntry, Unknown, hookimpl
from printserver.model.job import Reason
from printserver_virtual.driver import VirtualDriver
from printserver_virtual.info import info


class Wild:
    def __init__(self, options):
        self.at = options.get("crash", "")
        self.inner = VirtualDriver("card", {})
        self.capabilities, self.encode = self.inner.capabilities, self.inner.encode
        self.status, self.recover, self.maintain = self.inner.status, self.inner.recover, self.inner.maintain

    def identify(self, link):
        if self.at == "identify":
            os._exit(7)
        return (yield from self.inner.identify(link))

    def reconcile(self, evidence, link):
        yield Wait(0.0)
        return Unknown(Reason("not-known"))

    def print_card(self, card, blocks, link):
        dialogue = self.inner.print_card(card, blocks, link)
        answer = None
        while True:
            try:
                effect = dialogue.send(answer)
            except StopIteration as end:
                return end.value
            answer = yield effect
            if self.at == "print" and isinstance(effect, Mark) and effect.point is Point.COMMITTED:
                os._exit(7)


@hookimpl
def printserver_drivers():
    return [replace(info(), name="wild", title="Wild", catalogue="")]


@hookimpl
def printserver_open_driver(driver, model, options):
    return Wild(options) if driver == "wild" else None


@hookimpl
def printserver_emulators():
    [entry] = printserver_virtual.printserver_emulators()
    return [EmulatorEntry("wild", entry.build, entry.decode)]
'''

FILE = b"""[server]
port = 0
tls_port = 0
lpd_port = 0

[printer.desk]
driver = "virtual"
model = "card"
device = "emulated"
ribbon = "YMCKO"

[printer.wild]
driver = "wild"
model = "card"
device = "emulated"
ribbon = "YMCKO"
options = { crash = "%s" }

[queue.desk]
printers = ["desk"]

[queue.wild]
printers = ["wild"]
"""
WAIT, LOOK = 60.0, 0.05


class StrangersDriverTest(DaemonTestCase):
    async def begin(self, crash: bytes) -> Daemon:
        folder = self.folder / "plugins"
        folder.mkdir(mode=0o700)
        self.plugin = f"ps_wild_{crash.decode()}"  # Python knows a module's name once
        file = folder / f"{self.plugin}.py"
        file.write_text(WILD)
        file.chmod(0o600)
        daemon = self.daemon(FILE % crash, plugins=True)
        await daemon.start()
        return daemon

    async def sent(self, service: JobService, queue: str) -> Job:
        return await service.submit(
            Submission(ticket=Ticket(queue=queue), documents=(IncomingDocument(data=sample_front()),))
        )

    async def until(self, wanted: Callable[[], Awaitable[bool]]) -> None:
        began = time.monotonic()
        while not await wanted():
            assert time.monotonic() - began < WAIT, "it did not come to that"
            await deferLater(cast(Any, reactor), LOOK)

    async def until_printed(self, service: JobService, job: Job) -> None:
        async def is_completed() -> bool:
            return (await service.job(job.id)).state is JobState.COMPLETED

        await self.until(is_completed)

    def reason(self, service: JobService) -> Reason | None:
        return next(view.reason for view in service.printers() if view.config.name == "wild")

    def speakers(self) -> list[int]:
        """The processes in which drivers of this test speak."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes()
            except OSError:
                continue
            if b"printserver.sandbox.speaker" in words and str(self.folder).encode() in words:
                found.append(int(path.parent.name))
        return found

    async def test_it_prints_from_a_process_of_its_own_which_ends_with_the_server(self) -> None:
        daemon = await self.begin(b"")
        service = service_of(daemon)
        await self.until_printed(service, await self.sent(service, "wild"))
        assert len(self.speakers()) == 1
        await daemon.stop()

        async def are_gone() -> bool:
            return not self.speakers()

        await self.until(are_gone)

    async def test_a_crash_after_the_commit_mark_is_a_doubt_and_other_printers_go_on(self) -> None:
        service = service_of(await self.begin(b"print"))
        wild, desk = await self.sent(service, "wild"), await self.sent(service, "desk")

        async def is_in_doubt() -> bool:
            [card] = (await service.job(wild.id)).cards
            return card.state is CardState.UNCERTAIN

        await self.until(is_in_doubt)
        await self.until_printed(service, desk)
        [card] = (await service.job(wild.id)).cards
        assert card.reason is not None
        assert card.reason.code == "driver-crashed"
        assert len(card.attempts) == 1

    async def test_three_crashes_in_a_row_disable_the_plugin_which_the_journal_says(self) -> None:
        daemon = await self.begin(b"identify")
        service = service_of(daemon)

        async def is_out_of_use() -> bool:
            reason = self.reason(service)
            return reason is not None and f"crashed {IN_A_ROW} times in a row" in reason.detail

        await self.until(is_out_of_use)
        await self.until_printed(service, await self.sent(service, "desk"))
        assert not self.speakers()
        await daemon.stop()
        store = open_store(self.place.database, master_key=self.place.key, clock=time.time, node="here")
        told = [(event.subject, event.what) for event in store.events(0, 1000) if event.kind == "plugin"]
        assert (self.plugin, "disabled") in told
