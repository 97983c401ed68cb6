"""The drivers that speak IPP against CUPS' own programs: ippeveprinter as the printer, cupsd as the queue before it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from printserver.dialogue import Dialogue, Mark, Point
from printserver.driver import Done, Driver, Evidence, LinkInfo
from printserver.model import job as model
from printserver.model.printer import Identity
from printserver.testing import sample_card
from printserver.transport.opening import open_link
from printserver.transport.runner import DialogueRunner
from printserver_ippcard.driver import IppCardDriver
from printserver_spool.driver import SpoolDriver
from tests.crash.crash_harness import await_until, free_port
from tests.interop.avahi_kit import avahi, begin
from tests.interop.cupsd_kit import cupsd
from tests.interop.interop_kit import run

Result = TypeVar("Result")
LINK = LinkInfo("tcp")

pytestmark = pytest.mark.timeout(300)


@contextmanager
def printer(folder: Path, media_type: str) -> Iterator[int]:
    """Run an IPP printer that keeps what it is sent in a folder; it is ended by its id."""
    port = free_port()
    kept = folder / "kept"
    kept.mkdir()
    (folder / "avahi").mkdir()
    command = ["ippeveprinter", "-p", str(port), "-n", "localhost", "-r", "off", "-k", "-d", str(kept),
               "-f", media_type, "-c", "/bin/true", "cards"]  # fmt: skip
    with avahi(folder / "avahi") as bus:  # it does not start without DNS-SD, also where it announces nothing
        process = begin(command, folder / "printer.log", bus.environment)
        yield from until_ended(process, port)


def until_ended(process: subprocess.Popen[bytes], port: int) -> Iterator[int]:
    """Yield the port once the printer answers there."""
    try:
        uri = f"ipp://localhost:{port}/ipp/print"
        await_until(lambda: run("ipptool", "-q", uri, "get-printer-attributes.test").status == 0)
        yield port
    finally:
        process.terminate()
        process.wait()


def new_folder() -> Path:
    """Make a folder, some way below the one for temporary files: cupsd's kit opens those above it."""
    top = Path(tempfile.mkdtemp())
    top.chmod(0o755)
    folder = top / "a" / "b"
    folder.mkdir(parents=True)
    return folder


class Printers(TestCase):
    timeout = 200

    def play(self, port: int, dialogue: Dialogue[Result]) -> Deferred[Result]:
        self.marks: list[Mark] = []

        async def keep(mark: Mark) -> None:
            self.marks.append(mark)

        link = open_link(f"tcp:localhost:{port}", reactor)
        self.addCleanup(lambda: Deferred.fromCoroutine(link.close()))
        runner = DialogueRunner(clock=reactor, link=link, on_mark=keep, on_report=lambda report: None)
        return Deferred.fromCoroutine(runner.run(dialogue))

    def document(self, driver: Driver) -> bytes:
        can = driver.capabilities(Identity(family="", model=""))
        self.blocks = list(driver.encode(sample_card(can, "K")))
        return b"".join(block.data for block in self.blocks)

    async def test_a_printer_that_speaks_ipp(self) -> None:
        driver = IppCardDriver("card", {})
        document = self.document(driver)
        folder = new_folder()
        self.addCleanup(shutil.rmtree, folder.parent.parent)
        with printer(folder, "image/pwg-raster") as port:
            identity = await self.play(port, driver.identify(LINK))
            assert identity.serial
            status = await self.play(port, driver.status(LINK))
            assert status.supplies
            outcome = await self.play(port, driver.print_card(None, self.blocks, LINK))
            assert isinstance(outcome, Done), outcome
            assert outcome.sure
            committed = [mark for mark in self.marks if mark.point is Point.COMMITTED]
            evidence = Evidence(tuple(model.Mark(str(mark.point), 0.0, mark.evidence) for mark in committed))
            assert await self.play(port, driver.reconcile(evidence, LINK)) == outcome
            kept = [path.read_bytes() for path in (folder / "kept").iterdir()]
        assert document in kept

    async def test_a_queue_of_cupsd(self) -> None:
        driver = SpoolDriver("cups", {"queue": "cards"})
        document = self.document(driver)
        folder = new_folder()
        self.addCleanup(shutil.rmtree, folder.parent.parent)
        with printer(folder, "application/pdf") as port, cupsd(folder / "cupsd") as spooler:
            uri = f"ipp://localhost:{port}/ipp/print"
            make = ("lpadmin", "-p", "cards", "-E", "-v", uri, "-o")
            for policy in ("retry-job", "stop-printer"):
                spooler.run(*make, f"printer-error-policy={policy}").expect()
                status = await self.play(spooler.port, driver.status(LINK))
                assert not status.ready, "cupsd would send a card again"
            spooler.run(*make, "printer-error-policy=abort-job").expect()
            outcome = await self.play(spooler.port, driver.print_card(None, self.blocks, LINK))
            assert isinstance(outcome, Done), outcome
            assert not outcome.sure, "cupsd knows that the bytes were handed on"
            await_until(lambda: any(path.read_bytes() == document for path in (folder / "kept").iterdir()))
