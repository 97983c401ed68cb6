"""Serial lines and character devices, with a pseudo-terminal as the device's end."""

from __future__ import annotations

import os
import tempfile
import tty

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from printserver.dialogue import (
    Ask,
    CloseWrite,
    DialogueFault,
    Effect,
    LinkLost,
    Listen,
    Reopen,
    Send,
    Stalled,
    TimedOut,
    Unsupported,
    Wait,
    fixed,
    line,
)
from printserver.transport.opening import open_link
from printserver.transport.runner import DialogueRunner
from tests.transport.test_transport_runner import says
from tests.transport.transport_kit import Host


class Line(TestCase):
    def setUp(self) -> None:
        self.device, host_end = os.openpty()
        tty.setraw(host_end)
        self.path = os.ttyname(host_end)
        os.close(host_end)
        os.set_blocking(self.device, False)
        self.device_open = True
        self.addCleanup(self.unplug)

    def unplug(self) -> None:
        if self.device_open:
            self.device_open = False
            os.close(self.device)

    def runner(self, address: str) -> DialogueRunner:
        self.link = open_link(address, reactor)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.link.close()))
        host = Host()
        return DialogueRunner(clock=reactor, link=self.link, on_mark=host.mark, on_report=host.reports.append)

    async def fault_of(self, runner: DialogueRunner, kind: type[DialogueFault], *effects: Effect) -> DialogueFault:
        try:
            await runner.run(says(*effects))
        except kind as fault:
            return fault
        raise self.failureException(f"no {kind.__name__}")


class SerialLineTest(Line):
    def address(self) -> str:
        return f"serial:{self.path}?baud=115200"

    async def test_question_and_answer(self) -> None:
        runner = self.runner(self.address())
        done = Deferred.fromCoroutine(runner.run(says(Wait(0.01), Ask(b"status\r", line(), 5.0), Wait(0.01))))
        await Deferred.fromCoroutine(self.device_hears(b"status\r"))
        os.write(self.device, b"READY\r\n")
        assert await done == [None, b"READY", None]

    async def device_hears(self, expected: bytes) -> None:
        """Read at the device's end until everything expected has come."""
        heard = b""
        while len(heard) < len(expected):
            try:
                heard += os.read(self.device, 65_536)
            except OSError:  # nothing there yet, or nobody has opened the other end yet
                await deferLater(reactor, 0.01)
        assert heard == expected

    async def test_a_long_job_arrives_whole_though_the_line_takes_it_in_parts(self) -> None:
        job = bytes(range(256)) * 100
        done = Deferred.fromCoroutine(self.runner(self.address()).run(says(Send(job, stall=10.0))))
        await Deferred.fromCoroutine(self.device_hears(job))
        await done

    async def test_a_line_that_takes_nothing_is_stalled(self) -> None:
        runner = self.runner(self.address())
        fault = await self.fault_of(runner, Stalled, Send(bytes(1_000_000), stall=0.2))
        assert isinstance(fault, Stalled)
        assert 0 < fault.sent < 1_000_000

    async def test_an_unplugged_line_is_lost(self) -> None:
        runner = self.runner(self.address())
        done = Deferred.fromCoroutine(self.fault_of(runner, LinkLost, Send(b"x", 5.0), Listen(line())))
        await Deferred.fromCoroutine(self.device_hears(b"x"))
        self.unplug()
        await done

    async def test_silence_is_a_time_out(self) -> None:
        await self.fault_of(self.runner(self.address()), TimedOut, Ask(b"?", line(), 0.1))

    async def test_reopen_and_what_a_line_cannot_do(self) -> None:
        runner = self.runner(self.address())
        await runner.run(says(Reopen(), Send(b"after", 5.0)))
        await self.device_hears(b"after")
        await self.fault_of(runner, Unsupported, CloseWrite())

    async def test_a_missing_device_is_unreachable(self) -> None:
        kind = self.address().partition(":")[0]
        fault = await self.fault_of(self.runner(f"{kind}:/nonexistent"), LinkLost)
        assert "no such file" in str(fault).lower()


class CharacterDeviceTest(SerialLineTest):
    def address(self) -> str:
        return f"usblp:{self.path}"

    async def test_a_plain_file_is_no_device(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            fault = await self.fault_of(self.runner(f"usblp:{file.name}"), LinkLost)
        assert "not a character device" in str(fault)


class ThreadedLineTest(Line):
    """pyserial's loop:// has no descriptor: what is sent comes back, by way of the threads."""

    async def test_bytes_go_through_the_threads(self) -> None:
        answers = await self.runner("serial:loop://").run(says(Ask(b"echo\n", line(), 5.0), Ask(b"abc", fixed(3), 5.0)))
        assert answers == [b"echo", b"abc"]

    async def test_a_url_that_pyserial_does_not_know_is_unreachable(self) -> None:
        await self.fault_of(self.runner("serial:gopher://nowhere"), LinkLost)
