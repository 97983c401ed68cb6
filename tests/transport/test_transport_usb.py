"""USB links, with the real pyusb on a bus in memory."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from printserver.dialogue import (
    Ask,
    CloseWrite,
    Control,
    DialogueFault,
    Effect,
    Interrupted,
    LinkLost,
    Listen,
    Reopen,
    Send,
    Sent,
    Stalled,
    TimedOut,
    Unsupported,
    fixed,
    line,
)
from printserver.emulation import FaultBook
from printserver.emulation.faults import FaultKind, FaultSpec, parse_fault
from printserver.emulation.usb import Label, UsbPrinter
from printserver.errors import Fault
from printserver.transport.opening import open_link
from printserver.transport.runner import DialogueRunner
from printserver.transport.usb_refusals import DeviceForbidden, DeviceHeld, DevicesAlike
from tests.transport.test_transport_runner import says
from tests.transport.transport_kit import Host
from tests.transport.usb_kit import PRIMACY, PRODUCT, VENDOR, Echo, host_of, printer_of

ROOT = Path(__file__).parents[2]
STATUS = Control(0xA1, 1, 0, 0, length=1)


class UsbCase(TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.faults = FaultBook()
        self.echo = Echo()
        self.printer = printer_of(device=self.echo, faults=self.faults)

    def runner(self, address: str = "usb:SN100", *printers: UsbPrinter) -> DialogueRunner:
        usb = host_of(self.folder, *(printers or (self.printer,)))
        link = self.link = open_link(address, reactor, usb=usb)
        self.addCleanup(lambda: Deferred.fromCoroutine(link.close()))
        host = Host()
        return DialogueRunner(clock=reactor, link=link, on_mark=host.mark, on_report=host.reports.append)

    async def fault_of(self, runner: DialogueRunner, kind: type[DialogueFault], *effects: Effect) -> DialogueFault:
        try:
            await runner.run(says(*effects))
        except DialogueFault as fault:
            if type(fault) is kind:
                return fault
            raise
        raise self.failureException(f"no {kind.__name__}")


class UsbLinkTest(UsbCase):
    async def test_question_and_answer_and_who_it_is(self) -> None:
        answers = await self.runner().run(says(Ask(b"ready\n", line(), 5.0), Ask(b"abc", fixed(3), 5.0)))
        assert answers == [b"ready", b"abc"]
        assert (self.link.info.kind, self.link.info.serial) == ("usb", "SN100")
        assert "control" in self.link.info.abilities

    async def test_a_long_job_arrives_whole_though_each_transfer_is_short(self) -> None:
        self.printer.short = 1000
        job = bytes(range(256)) * 200
        await self.runner().run(says(Send(job, stall=10.0), Listen(fixed(len(job)), 10.0)))
        assert bytes(self.echo.heard) == job

    async def test_control_transfers(self) -> None:
        answers = await self.runner().run(says(STATUS, Control(0x41, 5, 7, 0, b"\x01\x02")))
        assert answers == [b"\x18", b""]
        assert self.echo.asked == [(0xA1, 1, 0, 0), (0x41, 5, 7, 0)]

    async def test_a_control_transfer_that_the_device_does_not_know_is_stalled(self) -> None:
        await self.fault_of(self.runner(), Stalled, Control(0xC1, 77, 0, 0, length=0))

    async def test_a_control_transfer_that_hangs_in_the_library_is_overdue_and_blocks_nobody(self) -> None:
        hanging = Control(0xC1, 9, 0, 0, length=2, timeout=0.01)
        beside = Deferred.fromCoroutine(self.fault_of(self.runner(), TimedOut, hanging))
        await deferLater(reactor, 0.01)
        assert not beside.called  # the reactor goes round while the device takes its time
        await beside

    async def test_a_poll_runs_beside_a_sending_that_is_stuck_and_stops_it(self) -> None:
        self.faults.set(FaultSpec(FaultKind.STALL))
        sending = Send(bytes(100_000), stall=20.0, beside=STATUS, every=0.05, stop=frozenset({b"\x18"}))
        interrupted = (await self.runner().run(says(sending)))[0]
        assert isinstance(interrupted, Interrupted)
        assert interrupted.reading == b"\x18"

    async def test_a_device_that_takes_nothing_is_stalled(self) -> None:
        self.faults.set(FaultSpec(FaultKind.STALL))
        fault = await self.fault_of(self.runner(), Stalled, Send(bytes(100_000), stall=0.2))
        assert isinstance(fault, Stalled)
        assert 0 < fault.sent < 100_000

    async def test_bytes_of_a_stalled_sending_are_not_sent_later(self) -> None:
        self.faults.set(FaultSpec(FaultKind.STALL))
        runner = self.runner()
        await self.fault_of(runner, Stalled, Send(b"stopped", stall=0.1))
        self.faults.clear()
        await runner.run(says(Ask(b"next\n", line(), 5.0)))
        assert bytes(self.echo.heard) == b"next\n"

    async def test_silence_is_a_time_out(self) -> None:
        self.faults.set(FaultSpec(FaultKind.SILENT))
        await self.fault_of(self.runner(), TimedOut, Ask(b"?\n", line(), 0.1))

    async def test_a_pipe_that_refuses_is_lost_and_cleared_at_the_next_opening(self) -> None:
        self.printer.halted = True
        runner = self.runner()
        assert await runner.run(says(Ask(b"a\n", line(), 5.0))) == [b"a"]  # it was halted before
        self.printer.halted = True
        fault = await self.fault_of(runner, LinkLost, Send(b"b\n", stall=5.0), Listen(line()))
        assert "refused" in str(fault)
        assert await runner.run(says(Ask(b"c\n", line(), 5.0))) == [b"c"]

    async def test_a_device_without_an_inlet_takes_bytes(self) -> None:
        mute = printer_of(Label(VENDOR, PRODUCT, "SN100", answers=False), self.echo)
        assert await self.runner("usb:SN100", mute).run(says(Send(b"x", 5.0))) == [Sent()]

    async def test_what_a_bulk_pipe_cannot_do(self) -> None:
        await self.fault_of(self.runner(), Unsupported, CloseWrite())


class UnpluggedTest(UsbCase):
    async def test_unplugged_while_it_is_waited_for(self) -> None:
        self.faults.set(FaultSpec(FaultKind.SILENT))
        done = Deferred.fromCoroutine(self.fault_of(self.runner(), LinkLost, Send(b"x", 5.0), Listen(line())))
        while not self.echo.heard:
            await deferLater(reactor, 0.01)
        self.printer.unplug()
        await done

    async def test_unplugged_in_the_middle_of_a_sending_counts_what_may_have_left(self) -> None:
        self.faults.set(parse_fault("drop-link@byte=50000"))
        fault = await self.fault_of(self.runner(), LinkLost, Send(bytes(200_000), stall=5.0))
        assert isinstance(fault, LinkLost)
        assert 50_000 <= fault.sent < 200_000
        assert len(self.echo.heard) == 50_000

    async def test_plugged_in_again_it_is_found_again(self) -> None:
        runner = self.runner()
        await runner.run(says(Ask(b"a\n", line(), 5.0)))
        self.printer.unplug()
        await self.fault_of(runner, LinkLost, Reopen(), Ask(b"b\n", line(), 5.0))
        self.printer.plug()
        assert await runner.run(says(Ask(b"c\n", line(), 5.0))) == [b"c"]

    async def test_a_device_that_is_not_there(self) -> None:
        fault = await self.fault_of(self.runner("usb:OTHER"), LinkLost)
        assert "usb:OTHER" in str(fault)


class ClaimTest(UsbCase):
    def held_open(self, file: str, number: int, name: str) -> None:
        """Let a process have a file open, by another path than ours."""
        node, process = self.folder / file, self.folder / f"proc/{number}"
        for folder in (node.parent, process / "fd", process / "root" / node.parent.name):
            folder.mkdir(parents=True)
        node.touch()
        (process / "comm").write_text(f"{name}\n")
        os.link(node, process / "root" / node.parent.name / node.name)
        os.symlink(process / "root" / node.parent.name / node.name, process / "fd/9")

    async def test_the_kernels_driver_is_detached_and_attached_again(self) -> None:
        self.printer.kernel_driver = True
        await self.runner().run(says(Ask(b"a\n", line(), 5.0)))
        assert not self.printer.kernel_driver
        await self.link.close()
        assert self.printer.kernel_driver

    async def test_the_device_is_given_back(self) -> None:
        await self.runner().run(says(Ask(b"a\n", line(), 5.0)))
        assert (self.echo.hosts, self.printer.owner is None) == (1, False)
        await self.link.close()
        assert (self.echo.hosts, self.printer.owner) == (0, None)

    async def test_a_second_link_is_refused_and_told_who_holds_the_device(self) -> None:
        self.held_open("dev/bus/usb/001/002", 4711, "other-driver")
        self.held_open("other/001/002", 4712, "somebody-else")  # a file that is only called alike
        self.printer.owner = "another program"
        fault = await self.fault_of(self.runner(), DeviceHeld)
        assert str(fault).endswith("is held by other-driver (process 4711)")
        assert type(fault).fault is Fault.OPERATOR

    async def test_a_program_that_prints_through_the_kernels_driver_is_not_pushed_aside(self) -> None:
        self.printer.kernel_driver = True
        (self.folder / "sys/bus/usb/devices/1-1.1/1-1.1:1.0/usbmisc/lp3").mkdir(parents=True)
        self.held_open("dev/usb/lp3", 815, "usb-backend")
        fault = await self.fault_of(self.runner("usb:@1-1.1"), DeviceHeld)
        assert "usb-backend (process 815)" in str(fault)
        assert self.printer.kernel_driver

    async def test_a_missing_right_names_the_rule_for_this_very_device(self) -> None:
        self.printer.refuses = errno.EACCES
        fault = await self.fault_of(self.runner("usb:0c1f:2800"), DeviceForbidden)
        assert 'ATTR{idVendor}=="0c1f", ATTR{idProduct}=="2800"' in str(fault)
        assert "udevadm trigger" in str(fault)

    async def test_a_missing_right_to_a_serial_number_that_the_kernel_shows(self) -> None:
        shown = self.folder / "sys/bus/usb/devices/1-1.1"
        shown.mkdir(parents=True)
        (shown / "serial").write_text("SN100\n")
        self.printer.refuses = errno.EACCES
        await self.fault_of(self.runner("usb:SN100"), DeviceForbidden)

    async def test_a_device_that_is_no_printer(self) -> None:
        disk = printer_of(Label(VENDOR, PRODUCT, "SN100", interface_class=8))
        fault = await self.fault_of(self.runner("usb:SN100", disk), LinkLost)
        assert "no interface" in str(fault)


class ManyTest(UsbCase):
    def setUp(self) -> None:
        super().setUp()
        self.other_echo = Echo()
        self.other = printer_of(Label(VENDOR, PRODUCT, "SN200"), self.other_echo)

    async def hears(self, address: str, *printers: UsbPrinter) -> tuple[bytes, bytes]:
        await self.runner(address, *printers).run(says(Ask(b"x\n", line(), 5.0)))
        return bytes(self.echo.heard), bytes(self.other_echo.heard)

    async def test_by_serial_number(self) -> None:
        assert await self.hears("usb:SN200", self.printer, self.other) == (b"", b"x\n")

    async def test_by_port(self) -> None:
        assert await self.hears("usb:@1-1.1", self.printer, self.other) == (b"x\n", b"")

    async def test_two_that_the_ids_fit_are_both_left_alone(self) -> None:
        fault = await self.fault_of(self.runner("usb:0c1f:2800", self.printer, self.other), DevicesAlike)
        assert "usb:@1-1.1" in str(fault)
        assert "usb:@1-1.2" in str(fault)
        assert (self.echo.hosts, self.other_echo.hosts) == (0, 0)

    async def test_two_with_one_serial_number_are_both_left_alone(self) -> None:
        twin = printer_of(PRIMACY, self.other_echo)
        await self.fault_of(self.runner("usb:SN100", self.printer, twin), DevicesAlike)


class ImportTest(TestCase):
    def test_pyusb_is_imported_only_for_a_usb_address(self) -> None:
        look = (
            "import sys; from twisted.internet.task import Clock; from printserver.transport.opening import open_link; "
            "open_link('usb:X', Clock()); sys.exit('usb' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", look], check=False, cwd=ROOT).returncode == 0
