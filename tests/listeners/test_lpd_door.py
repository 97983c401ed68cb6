# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""The LPD door from the client's side: what is sent byte by byte as RFC 1179 has it, and what comes back."""

from __future__ import annotations

import struct
from typing import Any
from unittest import mock

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from printserver.errors import StoreFull
from printserver.listeners.crowd import Crowd
from printserver.listeners.lpd import LpdFactory, LpdLimits
from printserver.listeners.lpd.state import age, ordinal
from printserver.model.job import Job, JobState
from printserver.model.ticket import Ticket
from printserver.queue.views import By, IncomingDocument, Submission
from tests.documents.cardjob_kit import card, piped
from tests.listeners.fake_service import NOW, FakeService
from tests.listeners.http_kit import CLIENT, HeldTransport
from tests.listeners.test_raw_scan import PNG

CONTROL = b"Hclient\nPalice\nJbadge\nldfA077client\nUdfA077client\nNcard.png\n"
BOTH = b"Palice\nJbadge\nldfA1\nldfB1\n"
YES, NO = b"\0", b"\1"


def part(kind: int, data: bytes, name: str = "dfA077client") -> bytes:
    """A part as it is sent: its line, its bytes, an octet of zero."""
    return bytes([kind]) + f"{len(data)} {name}\n".encode() + data + YES


class LpdTransport(HeldTransport):
    paused = False

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False


class LpdCase(SynchronousTestCase):
    LIMITS = LpdLimits(idle=30.0, grace=60.0, rate=1000.0, linger=10.0, document=5000, control=500)

    def setUp(self) -> None:
        self.clock, self.service = Clock(), FakeService()
        self.refused: set[str] = set()
        self.door = LpdFactory(
            self.service, self.clock, lambda: NOW + 125, self.LIMITS,
            admits=lambda queue, address: address not in self.refused, crowd=Crowd(most_of_one=2),
        )  # fmt: skip
        self.transport = self.connect()

    def connect(self) -> LpdTransport:
        protocol: Any = self.door.buildProtocol(CLIENT)
        transport = LpdTransport(peerAddress=CLIENT)
        transport.protocol = protocol
        protocol.makeConnection(transport)
        return transport

    def send(self, data: bytes, piece: int = 0) -> bytes:
        """Send bytes, whole or in pieces; return what came back for them."""
        before = len(self.transport.value())
        protocol: Any = self.transport.protocol
        size = piece or len(data) or 1
        for start in range(0, len(data), size):
            protocol.dataReceived(data[start : start + size])
        return bytes(self.transport.value()[before:])


class TestReceiving(LpdCase):
    def test_a_job_is_acknowledged_part_by_part_and_accepted_at_its_last(self) -> None:
        assert self.send(b"\x02card\n") == YES
        assert self.send(b"\x0260 cfA077client\n") == YES
        assert len(CONTROL) == 60
        assert self.send(CONTROL + YES) == YES
        assert self.send(b"\x03%d dfA077client\n" % len(PNG)) == YES
        assert self.service.submissions == []
        assert self.send(PNG + YES) == YES
        assert self.service.submissions == [
            Submission(
                ticket=Ticket(queue="card", name="badge", user="alice"), documents=(IncomingDocument(data=PNG),),
                origin="lpd 127.0.0.1", client="127.0.0.1",
            )
        ]  # fmt: skip
        assert self.transport.connected

    def test_parts_come_in_either_order_and_in_any_pieces(self) -> None:
        for piece in (1, 7, 1000):
            whole = b"\x02card\n" + part(3, PNG) + part(2, CONTROL, "cfA077client")
            self.transport = self.connect()
            assert self.send(whole, piece) == YES * 5
            self.transport.leave()
        assert len(self.service.submissions) == 3
        assert self.door.reception.held == 0

    def test_front_and_back_stand_in_the_order_of_the_control_file(self) -> None:
        other = PNG[:33] + struct.pack(">I", 1) + b"tEXtx" + b"\0" * 4 + PNG[33:]
        self.send(b"\x02card\n" + part(3, other, "dfB1") + part(3, PNG, "dfA1") + part(2, BOTH, "cfA1"))
        [submission] = self.service.submissions
        assert [document.data for document in submission.documents] == [PNG, other]

    def test_several_jobs_on_one_connection(self) -> None:
        one = part(2, CONTROL, "cfA077client") + part(3, PNG)
        assert self.send(b"\x02card\n" + one + one) == YES * 9
        assert len(self.service.submissions) == 2

    def test_a_file_without_a_size_ends_where_its_format_ends(self) -> None:
        for ending in (b"", YES):
            self.transport = self.connect()
            head = b"\x02card\n" + part(2, CONTROL, "cfA077client") + b"\x030 dfA077client\n"
            assert self.send(head + PNG + ending, 5) == YES * 5
            self.transport.leave()
        assert [each.documents[0].data for each in self.service.submissions] == [PNG, PNG]

    def test_an_aborted_job_is_none_and_the_next_one_counts(self) -> None:
        assert self.send(b"\x02card\n" + part(2, CONTROL, "cfA077client") + b"\x01\n") == YES * 4
        assert self.send(part(2, CONTROL, "cfA077client") + part(3, PNG)) == YES * 4
        assert len(self.service.submissions) == 1

    def test_a_client_that_leaves_before_the_end_has_sent_no_job(self) -> None:
        self.send(b"\x02card\n" + part(2, CONTROL, "cfA077client") + part(3, PNG)[:-2])
        assert self.door.reception.held > 0
        self.transport.leave()
        assert self.door.reception.held == 0
        assert self.service.submissions == []
        assert list(self.clock.getDelayedCalls()) == []

    def test_what_cannot_be_a_job_is_refused_and_the_reason_is_in_the_log(self) -> None:
        begun = b"\x02card\n"
        cases = [
            (b"\x02nowhere\n", b"", "unknown-queue"),
            (b"\x07card\n", b"", "bad-request"),
            (b"x" * 1025, b"", "bad-request"),
            (begun + b"\x09 1 x\n", YES, "bad-request"),
            (begun + part(2, b"vdfA1\n", "cfA1"), YES * 2, "bad-request"),
            (begun + b"\x02501 cfA1\n", YES, "document-too-large"),
            (begun + b"\x020 cfA1\n", YES, "bad-request"),
            (begun + b"\x035001 dfA1\n", YES, "document-too-large"),
            (begun + part(3, PNG)[:-1] + b"x", YES * 2, "bad-request"),
            (begun + part(3, PNG) * 2, YES * 3, "bad-request"),
            (begun + part(2, CONTROL, "cfA1") + part(3, PNG, "dfOther"), YES * 3, "bad-request"),
            (begun + part(3, PNG, "dfOther") + part(2, CONTROL, "cfA1"), YES * 4, "bad-request"),
            (begun + part(2, CONTROL, "cfA1") * 2, YES * 3, "bad-request"),
            (begun + b"".join(part(3, PNG, f"df{each}") for each in range(53)), YES * 105, "bad-request"),
            (begun + part(2, CONTROL, "cfA1") + part(3, b"no picture"), YES * 4, "document-format-unsupported"),
            (begun + b"\x030 dfA1\n%!PS", YES * 2, "document-format-unsupported"),
            (begun + b"\x030 dfA1\n%PDF-1.7", YES * 2, "bad-request"),
            (begun + b"\x030 dfA1\n" + piped(card(front=b"f")), YES * 2, "bad-request"),
        ]  # fmt: skip
        for sent, before, code in cases:
            self.transport = self.connect()
            with mock.patch("printserver.listeners.lpd.door.log") as log:
                assert self.send(sent) == before + NO, sent[:60]
            assert log.warning.call_args.kwargs["code"] == code
            assert not self.transport.connected
            assert self.door.reception.held == 0
        assert self.service.submissions == []

    def test_what_the_queue_refuses_is_not_acknowledged(self) -> None:
        for failing in (StoreFull(), ZeroDivisionError("secret")):
            self.service.failing = failing
            self.transport = self.connect()
            with mock.patch("printserver.listeners.lpd.door.log") as log:
                sent = b"\x02card\n" + part(2, CONTROL, "cfA077client") + part(3, PNG)
                assert self.send(sent) == YES * 4 + NO
            assert "secret" not in str(log.warning.mock_calls)
        assert self.service.submissions == []

    def test_nothing_is_acknowledged_before_the_job_is_accepted(self) -> None:
        accepted: Deferred[None] = Deferred()
        submit = self.service.submit

        async def slow(submission: Submission) -> Job:
            await accepted
            return await submit(submission)

        with mock.patch.object(self.service, "submit", slow):
            sent = b"\x02card\n" + part(2, CONTROL, "cfA077client") + part(3, PNG)
            assert self.send(sent + b"\x01\n") == YES * 4
            assert self.transport.paused
            self.clock.advance(1000.0)
            assert self.transport.connected
            assert self.door.reception.held >= len(PNG), "the document is there while a job is made of it"
            accepted.callback(None)
        assert self.door.reception.held == 0
        assert bytes(self.transport.value()) == YES * 6
        assert not self.transport.paused

    def test_an_address_that_is_not_listed_sends_nothing(self) -> None:
        self.refused = {"127.0.0.1"}
        assert self.send(b"\x02card\n") == NO
        assert not self.transport.connected


class TestInTime(LpdCase):
    def test_silence_breaks_off(self) -> None:
        self.send(b"\x02card\n")
        self.clock.advance(29.0)
        assert self.transport.connected
        self.clock.advance(1.0)
        assert self.transport.aborted

    def test_bytes_dribbled_in_do_not_hold_the_door_open(self) -> None:
        self.send(b"\x02card\n\x034999 dfA1\n")
        seconds = 0
        while self.transport.connected and seconds < 200:
            self.send(b"x")
            self.clock.advance(1.0)
            seconds += 1
        assert seconds == 61

    def test_all_unfinished_documents_together_have_a_cap(self) -> None:
        self.door.limits = LpdLimits(documents=3000)
        begun = b"\x02card\n\x034999 dfA1\n" + b"x" * 2000
        assert self.send(begun) == YES * 2
        first, self.transport = self.transport, self.connect()
        assert self.send(begun) == YES * 2 + NO
        assert self.door.reception.held == 2000
        first.leave()
        assert self.door.reception.held == 0

    def test_an_address_has_only_so_many_connections(self) -> None:
        second = self.connect()
        assert self.door.buildProtocol(CLIENT) is None
        second.leave()
        assert self.door.buildProtocol(CLIENT) is not None


    def test_a_client_that_does_not_read_its_answer_is_cut(self) -> None:
        self.transport.loseConnection = lambda: None  # type: ignore[method-assign]  # it waits for the answer to be read
        self.send(b"\x03card\n")
        self.clock.advance(9.9)
        assert not self.transport.aborted
        self.clock.advance(0.2)
        assert self.transport.aborted


class TestAsking(LpdCase):
    def own(self, user: str, state: JobState, origin: str = "lpd 127.0.0.1") -> Job:
        job = replace(self.service.put_job(state=state, ticket=Ticket(name="secret name", user=user)), origin=origin)
        self.service.kept[job.id] = job
        return job

    def test_the_state_of_a_queue_names_nobody(self) -> None:
        assert self.send(b"\x03card\n") == b"card is ready\nno entries\n"
        self.own("alice", JobState.PROCESSING)
        self.own("bob", JobState.COMPLETED)
        self.own("bob", JobState.HELD)
        self.transport = self.connect()
        said = self.send(b"\x03card\n").decode()
        assert [line.split() for line in said.splitlines()[1:]] == [
            ["Rank", "Job", "State", "Age"], ["1st", "1", "processing", "2", "min"],
            ["2nd", "3", "pending-held", "2", "min"],
        ]  # fmt: skip
        assert not any(word in said for word in ("alice", "bob", "secret"))
        assert not self.transport.connected

    def test_the_long_state_tells_no_more_and_a_list_chooses_jobs(self) -> None:
        self.service.paused = True
        self.own("alice", JobState.PROCESSING)
        self.own("bob", JobState.HELD)
        said = self.send(b"\x04card 2\n").decode().splitlines()
        assert said[0] == "card is paused"
        assert [line.split() for line in said[2:]] == [["1st", "2", "pending-held", "2", "min"]]

    def test_jobs_are_removed_for_their_sender_at_their_address_alone(self) -> None:
        mine = self.own("alice", JobState.PENDING)
        others = self.own("bob", JobState.PENDING)
        elsewhere = self.own("alice", JobState.PENDING, "lpd 192.0.2.9")
        by_ipp = self.own("alice", JobState.PENDING, "ipp 127.0.0.1")
        numbers = " ".join(str(job.id) for job in (mine, others, elsewhere, by_ipp))
        assert self.send(f"\x05card alice {numbers}\n".encode()) == b"job 1 is cancelled\n"
        assert self.service.wishes == [("cancel", None, By("alice", "lprm"))]

    def test_without_a_list_the_job_that_is_printed_is_removed(self) -> None:
        self.own("alice", JobState.PENDING)
        self.own("alice", JobState.PROCESSING)
        assert self.send(b"\x05card alice\n") == b"job 2 is cancelled\n"

    def test_an_agent_removes_all_its_jobs_by_its_own_name(self) -> None:
        self.own("alice", JobState.PENDING)
        self.own("alice", JobState.HELD)
        self.own("bob", JobState.PENDING)
        assert self.send(b"\x05card alice alice\n") == b"job 1 is cancelled\njob 2 is cancelled\n"

    def test_waiting_jobs_are_printed_anyway(self) -> None:
        assert self.send(b"\x01card\n") == YES
        assert not self.transport.connected


def test_ranks_and_ages_read_well() -> None:
    assert [ordinal(each) for each in (1, 2, 3, 4, 11, 12, 13, 21, 101, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th",
    ]  # fmt: skip
    assert [age(each) for each in (-5, 0, 59, 60, 3599, 3600, 86_400 * 3)] == [
        "0 s", "0 s", "59 s", "1 min", "59 min", "1 h", "3 d",
    ]  # fmt: skip
