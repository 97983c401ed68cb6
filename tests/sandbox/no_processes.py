"""A reactor whose processes are made of nothing and whose clock is turned by hand."""

from collections.abc import Mapping, Sequence

import msgspec
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from printserver.sandbox.answers import Answer
from printserver.sandbox.frames import framed


class Process:
    """A process made of nothing: what was written to it, and how it ended."""

    def __init__(self, protocol: ProcessProtocol) -> None:
        self.protocol = protocol
        self.written: list[bytes] = []
        self.killed = False
        self.ended = False
        protocol.makeConnection(self)

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def closeStdin(self) -> None:
        self.end()

    def signalProcess(self, signalID: str) -> None:
        self.killed = True

    def loseConnection(self) -> None:
        if self.killed:
            self.end(ProcessTerminated(signal=9))

    def end(self, how: Exception | None = None) -> None:
        if not self.ended:
            self.ended = True
            self.protocol.processEnded(Failure(how or ProcessDone(None)))

    def says(self, answer: Answer) -> None:
        self.protocol.outReceived(framed(msgspec.msgpack.encode(answer)))


class Reactor(Clock):
    """A clock that starts processes made of nothing, or none at all."""

    def __init__(self) -> None:
        super().__init__()
        self.processes: list[Process] = []
        self.refuses: OSError | None = None

    def spawnProcess(
        self, processProtocol: ProcessProtocol, executable: str, args: Sequence[str], env: Mapping[str, str] | None,
        path: str | None, *, childFDs: Mapping[int, str | int] | None,
    ) -> Process:
        if self.refuses is not None:
            raise self.refuses
        self.processes.append(Process(processProtocol))
        return self.processes[-1]
