"""A card through the server's own USB link: the vendor's control transfers beside the pipe of the data."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from printserver.dialogue import Point
from printserver.driver import Done, MaintenanceAction, Unknown
from printserver.emulation import FAST, CardMachine, CardShelf, FaultBook, Memory
from printserver.emulation.faults import FaultKind, FaultSpec
from printserver.emulation.usb import Label, UsbPrinter
from printserver.model.printer import Identity
from printserver.raster.composite import composite
from printserver.testing import sample_card
from printserver.transport.opening import open_link
from printserver.transport.runner import DialogueRunner
from printserver_fargo.driver import FargoDriver
from printserver_fargo.emulator import FargoEmulator
from printserver_fargo.job import GEOMETRY
from tests.transport.transport_kit import Host
from tests.transport.usb_kit import host_of

NAME = "dtc4500e+duo"
LABEL = Label(0x09B0, 0xBF0C, "C100", "HID Global", "DTC4500e")


class FargoAtUsb(TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.faults, self.host, self.driver = FaultBook(), Host(), FargoDriver(NAME, {})
        self.machine = CardMachine(
            now=time.monotonic, geometry=GEOMETRY, shelf=CardShelf(self.folder / "cards"), faults=self.faults,
            memory=Memory(), pace=FAST,
        )
        self.printer = UsbPrinter(LABEL, FargoEmulator(NAME, self.machine), time.monotonic, self.faults)
        self.link = open_link("usb:C100", reactor, usb=host_of(self.folder, self.printer))
        self.addCleanup(lambda: Deferred.fromCoroutine(self.link.close()))
        self.runner = DialogueRunner(
            clock=reactor, link=self.link, on_mark=self.host.mark, on_report=self.host.reports.append
        )
        can = self.driver.capabilities(Identity(family="fargo", model=NAME))
        self.card = sample_card(can, "YMCKOK", two_sided=True)
        self.blocks = list(self.driver.encode(self.card))

    async def card_out(self) -> None:
        """Wait until the machine has put a card out."""
        while not self.machine.counter("cards"):
            await deferLater(reactor, 0.02)

    async def test_a_card_of_two_sides_comes_out_and_awaits_a_check(self) -> None:
        outcome = await self.runner.run(self.driver.print_card(None, self.blocks, self.link.info))
        assert outcome == Done(sure=False)
        assert [mark.point for mark in self.host.marks] == [Point.COMMITTED]
        await self.card_out()
        for side in self.card.sides:
            picture = np.asarray(Image.open(self.folder / "cards" / f"0001-{side.side}.png"))
            np.testing.assert_array_equal(picture, composite(side.panels))

    async def test_the_printer_says_how_it_is(self) -> None:
        status = await self.runner.run(self.driver.status(self.link.info))
        assert (status.ready, status.alerts) == (True, ())
        assert await self.runner.run(self.driver.identify(self.link.info)) == Identity(
            family="fargo", model="dtc4500e", serial="C100"
        )
        self.faults.set(FaultSpec(FaultKind.UNKNOWN_REPLY))
        status = await self.runner.run(self.driver.status(self.link.info))
        assert not status.ready
        assert status.alerts[0].verbatim.startswith("SEE_THE_MANUAL")

    async def test_a_plug_that_is_pulled_within_a_card_leaves_doubt(self) -> None:
        self.faults.set(FaultSpec(FaultKind.STALL))
        pulled = deferLater(reactor, 0.3, self.printer.unplug)
        outcome = await self.runner.run(self.driver.print_card(None, self.blocks, self.link.info))
        await pulled
        assert isinstance(outcome, Unknown)
        assert self.machine.counter("cards") == 0

    async def test_it_is_cleaned(self) -> None:
        await self.runner.run(self.driver.maintain(MaintenanceAction.CLEAN, self.link.info))
        while not self.machine.counter("cleanings"):
            await deferLater(reactor, 0.02)
