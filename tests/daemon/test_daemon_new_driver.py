"""A driver that `new-driver` made prints through the server beside the bundled ones, installed or in the folder."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any, cast

from twisted.internet import reactor
from twisted.internet.task import deferLater

from printserver.commands.new_driver import write_package
from printserver.daemon import Daemon
from printserver.design.sample import sample_front
from printserver.model.job import CardState, JobState
from printserver.model.ticket import Ticket
from printserver.plugins import Origin, load_plugins
from printserver.queue.jobs import JobService
from printserver.queue.views import IncomingDocument, Submission
from tests.commands.test_commands_new_driver import installed
from tests.daemon.test_daemon_life import DaemonTestCase, service_of

FILE = """[server]
port = 0
tls_port = 0
lpd_port = 0

[printer.desk]
driver = "virtual"
model = "card"
device = "emulated"
ribbon = "YMCKO"

[printer.new]
driver = "%s"
model = "one"
device = "emulated"
ribbon = "YMCKO"

[queue.desk]
printers = ["desk"]

[queue.new]
printers = ["new"]
"""
WAIT, LOOK = 120.0, 0.05


class NewDriverTest(DaemonTestCase):
    timeout = 600

    def made(self, name: str) -> Path:
        """The folder of a new package, somewhere that is not the server's."""
        folder = self.folder / "elsewhere" / f"printserver_{name}"
        write_package(name, folder)
        return folder

    async def prints_beside_the_bundled_one(self, name: str) -> Daemon:
        daemon = self.daemon((FILE % name).encode(), plugins=True)
        await daemon.start()
        service = service_of(daemon)
        jobs = [await self.sent(service, queue) for queue in ("new", "desk")]
        began = time.monotonic()
        for job in jobs:
            while (await service.job(job)).state is not JobState.COMPLETED:
                assert time.monotonic() - began < WAIT, await service.job(job)
                await deferLater(cast(Any, reactor), LOOK)
        [card] = (await service.job(jobs[0])).cards
        assert card.state is CardState.DONE
        assert len(card.attempts) == 1
        return daemon

    async def sent(self, service: JobService, queue: str) -> int:
        document = IncomingDocument(data=sample_front())
        job = await service.submit(Submission(ticket=Ticket(queue=queue), documents=(document,)))
        return job.id

    async def test_put_into_the_folder_of_plugins(self) -> None:
        plugins = self.folder / "plugins"
        plugins.mkdir(mode=0o700)
        shutil.copytree(self.made("badger") / "printserver_badger", plugins / "printserver_badger")
        for path in plugins.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        await self.prints_beside_the_bundled_one("badger")

    async def test_installed_in_another_directory(self) -> None:
        site = self.folder / "site"
        installed(self.made("otter"), site)
        sys.path.append(str(site))
        self.addCleanup(sys.path.remove, str(site))
        [record] = [each for each in load_plugins().records if each.package == "printserver_otter"]
        assert (record.name, record.origin, record.fault) == ("otter", Origin.INSTALLED, "")
        await self.prints_beside_the_bundled_one("otter")
