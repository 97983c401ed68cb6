"""TCP and UNIX links against a real device on the loopback interface."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor  # real sockets need the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint, UNIXServerEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
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
    json_to_end,
    line,
)
from printserver.transport.opening import open_link
from printserver.transport.runner import DialogueRunner
from tests.transport.test_transport_runner import says
from tests.transport.transport_kit import Host


class Device(Protocol):
    """A device that answers by what the test gave it, and keeps what it got."""

    def __init__(self, answer: Callable[[Device, bytes], None]) -> None:
        self.answer = answer
        self.got = b""
        self.ended: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.got += data
        self.answer(self, data)

    @property
    def wire(self) -> Any:  # noqa: ANN401 - Twisted declares its transports by zope interfaces
        return self.transport

    def say(self, data: bytes) -> None:
        self.wire.write(data)

    def leave(self) -> None:
        self.wire.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ended.callback(self.got)


def echo(device: Device, data: bytes) -> None:
    device.say(data)


class StreamLinkTest(TestCase):
    """Each story runs over TCP; the UNIX class below runs them again."""

    # Fewer bytes than the kernel takes while the device reads none, more than its end of the line holds.
    kernel_takes = 1_000_000

    def setUp(self) -> None:
        self.devices: list[Device] = []
        self.answer: Callable[[Device, bytes], None] = echo
        self.stops: list[Callable[[], Deferred[None]]] = []

    def listens(self, port: Any) -> None:  # noqa: ANN401 - Twisted declares its ports by zope interfaces
        self.stops.append(port.stopListening)
        self.addCleanup(port.stopListening)

    async def address(self) -> str:
        port: Any = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(self.factory())
        self.listens(port)
        return f"tcp:127.0.0.1:{port.getHost().port}"

    def factory(self) -> Factory[Device]:
        def build() -> Device:
            self.devices.append(Device(lambda device, data: self.answer(device, data)))
            return self.devices[-1]

        return Factory.forProtocol(build)

    async def runner(self, address: str | None = None) -> DialogueRunner:
        link = open_link(address or await self.address(), reactor, timeout=5.0)
        self.addCleanup(lambda: Deferred.fromCoroutine(link.close()))
        self.link = link
        host = Host()
        return DialogueRunner(clock=reactor, link=link, on_mark=host.mark, on_report=host.reports.append)

    async def fault_of(self, runner: DialogueRunner, kind: type[DialogueFault], *effects: Effect) -> DialogueFault:
        try:
            await runner.run(says(*effects))
        except kind as fault:
            return fault
        raise self.failureException(f"no {kind.__name__}")

    async def test_question_and_answer(self) -> None:
        runner = await self.runner()
        answers = await runner.run(says(Ask(b"one\ntwo\n", line(), 5.0), Listen(line(), 5.0)))
        assert answers == [b"one", b"two"]

    async def test_a_whole_card_arrives_whole(self) -> None:
        self.answer = lambda device, data: device.leave() if device.got.endswith(b"END") else None
        card = bytes(range(256)) * 8000 + b"END"
        runner = await self.runner()
        await runner.run(says(Send(card, stall=20.0)))
        assert await self.devices[0].ended == card

    async def test_a_device_that_reads_no_more_is_stalled(self) -> None:
        def reads_no_more(device: Device, data: bytes) -> None:
            device.wire.pauseProducing()

        self.answer = reads_no_more
        runner = await self.runner()
        endless = bytes(64 * 1024 * 1024)
        fault = await self.fault_of(runner, Stalled, Send(endless, stall=0.3))
        assert isinstance(fault, Stalled)
        assert 0 < fault.sent < len(endless)

    async def test_a_device_that_leaves_is_lost(self) -> None:
        self.answer = lambda device, data: device.leave()
        runner = await self.runner()
        await self.fault_of(runner, LinkLost, Ask(b"?", line(), 5.0))

    async def test_the_end_of_the_connection_frames_an_answer(self) -> None:
        def answers_at_the_end(device: Device, data: bytes) -> None:
            device.say(b'{"result": "')
            device.say(b'OK"}')
            device.leave()

        self.answer = answers_at_the_end
        runner = await self.runner()
        assert await runner.run(says(Ask(b"{}", json_to_end(), 5.0))) == [b'{"result": "OK"}']

    async def test_half_closing_lets_the_device_see_the_end(self) -> None:
        runner = await self.runner()
        await runner.run(says(Send(b"all of it", stall=5.0), CloseWrite()))
        assert await self.devices[0].ended == b"all of it"

    async def test_reopen_makes_a_new_connection(self) -> None:
        runner = await self.runner()
        await runner.run(says(Ask(b"a\n", line(), 5.0), Reopen(), Ask(b"b\n", line(), 5.0)))
        assert [device.got for device in self.devices] == [b"a\n", b"b\n"]

    async def test_closing_an_idle_link_delivers_what_was_sent(self) -> None:
        # The device reads nothing before the link is closed: all of it lies in the kernel then.
        self.answer = lambda device, data: device.wire.pauseProducing()
        card = bytes(self.kernel_takes)
        runner = await self.runner()
        await runner.run(says(Send(card, stall=5.0)))
        await self.link.close()
        self.answer = lambda device, data: None
        self.devices[0].wire.resumeProducing()
        assert await self.devices[0].ended == card


    async def test_a_device_that_went_away_is_unreachable(self) -> None:
        runner = await self.runner()
        await runner.run(says(Ask(b"a\n", line(), 5.0)))
        await self.link.close()
        for stop in self.stops:
            await stop()
        fault = await self.fault_of(runner, LinkLost)
        assert re.search("connection refused|no such file", str(fault))


class UnixLinkTest(StreamLinkTest):
    # Linux calls a UNIX socket writable while a quarter of its buffer (212,992 bytes) is in use, not more.
    kernel_takes = 40_000

    async def address(self) -> str:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = str(Path(folder.name, "device"))
        port: Any = await UNIXServerEndpoint(reactor, path).listen(self.factory())
        self.listens(port)
        return f"unix:{path}"

    async def test_a_path_without_a_socket_is_unreachable(self) -> None:
        runner = await self.runner("unix:/nonexistent/device")
        await self.fault_of(runner, LinkLost)
