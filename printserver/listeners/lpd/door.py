"""The LPD door: it receives jobs, tells the state of queues and removes jobs (RFC 1179).

Laws kept here:

1. A job is acknowledged when it is accepted, so when it is on disk; until then the client has to keep it.
2. Reset, silence, slowness and a wish to abort before a job is whole are a failed transfer, and never a job.
3. A job that was accepted stays accepted, whether or not the client waits for its acknowledgement.
4. Jobs are removed for the user who sent them from the same address, and for nobody else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import ServerFactory
from twisted.python.failure import Failure

from printserver.errors import BadRequest, NotAllowed, PrintServerError
from printserver.listeners.crowd import Crowd
from printserver.listeners.lpd.limits import LpdLimits
from printserver.listeners.lpd.receiving import Incoming, Receiving
from printserver.listeners.lpd.state import MOST_JOBS, told
from printserver.listeners.lpd.words import Asked, Command, Part, announced, asked
from printserver.listeners.pace import Pace
from printserver.listeners.reception import Reception, host_of, reported
from printserver.model.clock import Clock
from printserver.model.display import harmless
from printserver.model.job import FINAL_JOB_STATES, Job, JobState
from printserver.model.ticket import Ticket
from printserver.queue.views import By, IncomingDocument, QueueView, Submission
from printserver.store.contract import JobPage, JobQuery

log = structlog.get_logger("printserver.lpd")

YES, NO = b"\0", b"\1"
UNFINISHED = frozenset(JobState) - FINAL_JOB_STATES


class JobDoor(Protocol):
    """What this door asks of the job service."""

    async def submit(self, submission: Submission) -> Job:
        """Accept a job; raises PrintServerError."""
        ...

    def queue(self, name: str | None) -> QueueView:
        """Return a queue; raises UnknownQueue."""
        ...

    async def jobs(self, query: JobQuery) -> JobPage:
        """Return jobs."""
        ...

    async def cancel(self, job: int, by: By) -> Job:
        """Cancel a job; raises NotPossibleNow."""
        ...


class LpdFactory(ServerFactory):
    """Takes jobs for every queue that lets the client in; deadlines are kept by `clock`, `wall` tells the time."""

    noisy = False

    def __init__(
        self, service: JobDoor, clock: Clock, wall: Callable[[], float], limits: LpdLimits | None = None, *,
        admits: Callable[[str, str], bool] = lambda queue, address: True,
        error_id: Callable[[], str] = lambda: secrets.token_hex(6), crowd: Crowd | None = None,
    ) -> None:  # fmt: skip
        """`admits` tells whether a queue takes jobs of an address; `error_id` names a fault of ours in the log.

        `crowd` counts the connections, of other doors too.
        """
        self.crowd = crowd or Crowd()
        self.service = service
        self.clock = clock
        self.wall = wall
        self.limits = limits or LpdLimits()
        self.admits = admits
        self.error_id = error_id
        self.reception = Reception()

    def buildProtocol(self, addr: IAddress | None) -> LpdDoor | None:
        """Return the protocol of a new connection, None when its address has too many."""
        address = host_of(addr)
        return LpdDoor(self, address) if self.crowd.enter(address) else None


class LpdDoor(TwistedProtocol):
    """One connection: a command, and for a job its parts one after the other."""

    transport: Any  # TCP's; its zope interface is no type

    def __init__(self, door: LpdFactory, address: str) -> None:
        """`address` is the client's."""
        self._door = door
        self._address = address
        self._buffer = b""
        self._busy = self._over = self._submitting = False
        self._job: Receiving | None = None
        self._file: Incoming | None = None
        self._held = 0
        self._idle = Pace(door.clock, self._silent)
        self._whole = Pace(door.clock, self._silent)
        self._lingering = Pace(door.clock, self._cut)

    # taking

    def connectionMade(self) -> None:
        """Start the clocks."""
        self._idle.start(self._door.limits.idle)
        self._whole.start(self._door.limits.grace, self._door.limits.rate)

    def dataReceived(self, data: bytes) -> None:
        """Take bytes; while an answer is being found they wait."""
        if self._over:
            return
        self._idle.start(self._door.limits.idle)
        self._whole.got(len(data))
        self._buffer += data
        self._go_on()

    def _go_on(self) -> None:
        try:
            while self._buffer and not self._busy and not self._over:
                if not (self._take_file() if self._file is not None else self._take_line()):
                    return
        except PrintServerError as error:
            self._refuse(error)

    def _take_line(self) -> bool:
        if self._job is not None and self._buffer[:1] == YES:  # ends a file whose size was not announced
            self._buffer = self._buffer[1:]
            return True
        line, feed, rest = self._buffer.partition(b"\n")
        if len(line) > self._door.limits.line:
            raise BadRequest("the line is too long", where="command", allowed=f"{self._door.limits.line} bytes")
        if not feed:
            return False
        self._buffer = rest
        if self._job is None:
            self._begin(asked(line))
        else:
            self._take_part(self._job, line)
        return True

    def _take_part(self, job: Receiving, line: bytes) -> None:
        part = announced(line)
        if part.part is Part.ABORT:
            self._let_go()
            self._job = self._new_job(job.queue)
            self.transport.write(YES)
            return
        self._file = job.begin(part)
        self.transport.write(YES)

    def _take_file(self) -> bool:
        """Take a file's bytes, and after them the octet of zero that says that they were all (6.2, 6.3)."""
        file = self._file
        assert file is not None
        if not file.whole:
            used = file.feed(self._buffer)
            self._buffer = self._buffer[used:]
        if not file.whole:
            return False
        if file.file.size and not self._buffer:
            return False
        if file.file.size and self._buffer[:1] != YES:
            raise BadRequest("the file goes on after its size", where="file", allowed="an octet of zero after it")
        if file.file.size:
            self._buffer = self._buffer[1:]
        self._end_file(file)
        return True

    def _end_file(self, file: Incoming) -> None:
        job, self._file = self._job, None
        assert job is not None
        job.end(file)
        if job.whole:
            self._later(self._submit(job))
        else:
            self.transport.write(YES)

    def _hold(self, count: int) -> None:
        self._held += count
        self._door.reception.hold(count, self._door.limits.documents)

    def _let_go(self) -> None:
        """Forget the job's bytes, and count them no more; while a job is made of them they are there."""
        if self._submitting:
            return
        self._door.reception.let_go(self._held)
        self._held = 0
        self._job = self._file = None

    def _new_job(self, queue: str) -> Receiving:
        return Receiving(queue, self._door.limits, self._hold)

    # commands

    def _begin(self, wanted: Asked) -> None:
        queue = self._queue(wanted.queue)
        match wanted.command:
            case Command.RECEIVE:
                self._job = self._new_job(queue)
                self.transport.write(YES)
            case Command.PRINT_WAITING:
                self._end(YES)  # jobs are printed when their turn comes
            case Command.REMOVE:
                self._later(self._remove(queue, wanted.words))
            case _:
                self._later(self._tell(queue, wanted))

    def _queue(self, name: str) -> str:
        """Return the name of a queue that takes this client's jobs; raises UnknownQueue, NotAllowed."""
        queue = self._door.service.queue(name).config.name
        if not self._door.admits(queue, self._address):
            raise NotAllowed(f"queue {queue} takes no jobs from this address")
        return queue

    async def _submit(self, job: Receiving) -> None:
        said = job.control
        assert said is not None
        documents = tuple(IncomingDocument(data=job.documents[name]) for name in said.files)
        submission = Submission(
            ticket=Ticket(queue=job.queue, name=said.name, user=said.user, copies=said.copies), documents=documents,
            origin=f"lpd {self._address}", client=self._address, said=("copies",) if said.copies > 1 else (),
        )  # fmt: skip
        self._job, self._submitting = None, True
        try:
            await self._door.service.submit(submission)
        finally:
            self._submitting = False
            self._let_go()
        if not self._over:
            self._job = self._new_job(job.queue)
            self.transport.write(YES)

    async def _tell(self, queue: str, wanted: Asked) -> None:
        jobs = await self._unfinished(queue)
        numbers = {int(word) for word in wanted.words if word.isascii() and word.isdigit()}
        shown = [job for job in jobs if not numbers or job.id in numbers]
        self._end(told(self._door.service.queue(queue), shown, self._door.wall()).encode())

    async def _remove(self, queue: str, words: tuple[str, ...]) -> None:
        """Cancel jobs that the agent sent from this address: those it names, else the one that is printed (5.5)."""
        agent, *named = words or ("",)
        own = [
            job for job in await self._unfinished(queue)
            if job.ticket.user == agent and job.origin == f"lpd {self._address}"
        ]  # fmt: skip
        if named:
            chosen = [job for job in own if str(job.id) in named or agent in named]
        else:
            chosen = [job for job in own if job.state is JobState.PROCESSING][:1]
        for job in chosen:
            await self._door.service.cancel(job.id, By(agent, "lprm"))
        self._end("".join(f"job {job.id} is cancelled\n" for job in chosen).encode())

    async def _unfinished(self, queue: str) -> list[Job]:
        query = JobQuery(queue=queue, states=UNFINISHED, limit=MOST_JOBS, oldest_first=True)
        return list((await self._door.service.jobs(query)).jobs)

    # answering

    def _later(self, work: Coroutine[Deferred[Any], Any, None]) -> None:
        """Do something that takes time; what the client sends meanwhile waits."""
        self._busy = True
        self._idle.stop()
        self._whole.stop()
        self.transport.pauseProducing()
        Deferred.fromCoroutine(work).addErrback(self._failed).addBoth(self._done)

    def _done(self, _: object) -> None:
        self._busy = False
        if self._over:
            return
        self.connectionMade()
        self.transport.resumeProducing()
        self._go_on()

    def _failed(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, PrintServerError):
            self._refuse(error)
        else:
            self._refuse(reported(log, error, self._door.error_id()))

    def _silent(self) -> None:
        log.warning("transfer broken off", client=self._address, reason="it did not come in time")
        self._stop()
        self.transport.abortConnection()

    def _refuse(self, error: PrintServerError) -> None:
        """Say no; LPD has no words for a reason, so the log has them."""
        if self._over:
            return
        log.warning("transfer refused", client=self._address, code=error.code, reason=harmless(error.sentence())[:200])
        self._end(NO)

    def _end(self, answer: bytes) -> None:
        if self._over:
            return
        self._stop()
        self._lingering.start(self._door.limits.linger)
        self.transport.write(answer)
        self.transport.loseConnection()

    def _cut(self) -> None:
        """The client does not read its answer."""
        self.transport.abortConnection()

    def _stop(self) -> None:
        self._over = True
        self._buffer = b""
        self._idle.stop()
        self._whole.stop()
        self._let_go()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Forget what has come: an unfinished job is never a job."""
        self._stop()
        self._lingering.stop()
        self._door.crowd.leave(self._address)
