"""The runner's laws, one story each, under a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from printserver.dialogue import (
    Answer,
    Ask,
    Cancelled,
    Close,
    CloseWrite,
    Connect,
    Dialogue,
    Effect,
    Hold,
    LinkLost,
    Listen,
    Mark,
    Open,
    Point,
    Rejected,
    Reopen,
    Report,
    Resumed,
    Send,
    Sent,
    Stalled,
    TimedOut,
    Unsupported,
    Wait,
    line,
)
from printserver.transport.runner import DialogueRunner
from tests.transport.transport_kit import Host, PuppetLink, fault_of, result_of, waits


def says(*effects: Effect) -> Generator[Effect, Answer, list[Answer]]:
    """Yield effects one after another and return their answers."""
    answers = []
    for effect in effects:
        answers.append((yield effect))
    return answers


def ask(data: bytes = b"?", timeout: float = 2.0, cancellable: bool = False) -> Ask:
    return Ask(data, line(), timeout, cancellable)


COMMITTED = Mark(Point.COMMITTED, {"cards": "41"})


class TestAsking:
    def test_an_answer_may_come_in_any_pieces_and_its_surplus_serves_the_next_effect(self) -> None:
        host = Host()
        done = host.start(says(ask(b"status\r"), Listen(line(), 1.0)))
        host.link.traffic.received(b"O")
        host.link.traffic.received(b"K\nREA")
        assert waits(done)
        host.link.traffic.received(b"DY\n")
        assert result_of(done) == [b"OK", b"READY"]
        assert host.link.sent == b"status\r"

    def test_silence_ends_in_a_time_out_with_what_had_come(self) -> None:
        host = Host()
        done = host.start(says(ask(timeout=2.0)))
        host.link.traffic.received(b"hal")
        host.clock.advance(1.9)
        assert waits(done)
        host.clock.advance(0.2)
        fault = fault_of(done, TimedOut)
        assert fault.partial == b"hal"

    def test_a_dialogue_may_catch_the_time_out_and_ask_again(self) -> None:
        def twice() -> Dialogue[Answer]:
            try:
                return (yield ask(timeout=1.0))
            except TimedOut:
                return (yield ask(b"again", timeout=1.0))

        host = Host()
        done = host.start(twice())
        host.clock.advance(1.0)
        host.link.traffic.received(b"here\n")
        assert result_of(done) == b"here"
        assert host.link.closed == 0

    def test_the_end_of_the_link_completes_a_message_and_then_is_a_loss(self) -> None:
        host = Host()
        done = host.start(says(Listen(line()), Listen(line())))
        host.link.traffic.received(b"last words")
        host.link.traffic.lost("unplugged")
        fault = fault_of(done, LinkLost)
        assert "unplugged" in str(fault)

    def test_a_late_answer_is_not_taken_for_an_answer_to_the_next_dialogue(self) -> None:
        host = Host()

        def gives_up() -> Dialogue[str]:
            try:
                yield ask(timeout=1.0)
            except TimedOut:
                return "gave up"
            return "answered"

        first = host.start(gives_up())
        host.clock.advance(1.0)
        assert result_of(first) == "gave up"
        host.link.traffic.received(b"the old answer\n")
        second = host.start(says(ask()))
        assert waits(second)
        host.link.traffic.received(b"the new answer\n")
        assert result_of(second) == [b"the new answer"]

    def test_a_greeting_that_comes_before_the_first_dialogue_is_heard(self) -> None:
        host = Host()
        result_of(Deferred.fromCoroutine(host.link.open()))
        host.link.traffic.received(b"hello\n")
        assert result_of(host.start(says(Listen(line(), 1.0)))) == [b"hello"]

    def test_a_device_that_floods_loses_its_link(self) -> None:
        host = Host()
        done = host.start(says(Wait(1.0), ask()))
        for _ in range(65):
            host.link.traffic.received(bytes(65_536))
        host.clock.advance(1.0)
        assert "far more" in str(fault_of(done, LinkLost))


class TestSending:
    def test_bytes_leave_in_pieces_and_sent_means_that_all_were_taken(self) -> None:
        host = Host(PuppetLink(piece=4, takes=False))
        done = host.start(says(Send(b"0123456789", stall=5.0)))
        for expected in (b"0123", b"01234567", b"0123456789"):
            assert host.link.sent == expected
            assert waits(done)
            host.link.traffic.moved()
        assert result_of(done) == [Sent()]

    def test_a_device_that_takes_nothing_is_stalled_and_one_that_takes_slowly_is_not(self) -> None:
        host = Host(PuppetLink(piece=4, takes=False))
        done = host.start(says(Send(b"0123456789", stall=5.0)))
        host.clock.advance(4.0)
        host.link.traffic.moved(all_taken=False)
        host.clock.advance(4.0)
        host.link.traffic.moved()
        host.clock.advance(4.0)
        assert waits(done)
        host.clock.advance(1.0)
        assert fault_of(done, Stalled).sent == 8
        assert host.link.closed == 1

    def test_a_cut_while_sending_tells_how_much_may_have_left(self) -> None:
        host = Host(PuppetLink(piece=4, takes=False))
        done = host.start(says(Send(b"0123456789", stall=5.0)))
        host.link.traffic.moved()
        host.link.traffic.lost("pulled")
        assert fault_of(done, LinkLost).sent == 8

    def test_a_cut_in_the_middle_of_handing_over_is_told_at_once(self) -> None:
        class Breaking(PuppetLink):
            def write(self, data: bytes) -> None:
                super().write(data)
                self.traffic.lost("pulled")

        done = Host(Breaking(piece=4, takes=False)).start(says(Send(b"0123", stall=5.0)))
        assert fault_of(done, LinkLost).sent == 4

    def test_a_question_that_is_not_taken_is_stalled(self) -> None:
        host = Host(PuppetLink(takes=False))
        done = host.start(says(ask(b"?", timeout=2.0)))
        host.clock.advance(2.0)
        fault_of(done, Stalled)

    def test_a_memoryview_is_sent_as_it_is(self) -> None:
        host = Host()
        result_of(host.start(says(Send(memoryview(b"panel"), stall=1.0))))
        assert host.link.sent == b"panel"


class TestTurning:
    def test_reopen_begins_anew_without_old_bytes(self) -> None:
        host = Host()
        done = host.start(says(Wait(1.0), Reopen(), ask()))
        host.link.traffic.received(b"stale\n")
        host.clock.advance(1.0)
        assert waits(done)
        host.link.traffic.received(b"fresh\n")
        assert result_of(done) == [None, None, b"fresh"]
        assert host.link.opened == 2

    def test_after_close_nothing_is_sent_until_open(self) -> None:
        host = Host()
        fault_of(host.start(says(Close(), Send(b"x", stall=1.0))), LinkLost)
        assert host.link.sent == b""
        result_of(host.start(says(Close(), Open(), Send(b"x", stall=1.0))))
        assert host.link.sent == b"x"

    def test_a_device_that_cannot_be_reached_ends_the_run_before_the_dialogue_begins(self) -> None:
        host = Host()
        host.link.refuses = "nobody home"
        assert "nobody home" in str(fault_of(host.start(says(ask())), LinkLost))

    def test_what_the_link_cannot_do_is_told_to_the_dialogue(self) -> None:
        def tries() -> Dialogue[int]:
            refused = 0
            for effect in (CloseWrite(), Connect("reader")):
                try:
                    yield effect
                except Unsupported:
                    refused += 1
            return refused

        assert result_of(Host().start(tries())) == 2

    def test_one_dialogue_at_a_time_on_a_device(self) -> None:
        host = Host()
        first, second = host.start(says(ask(b"first"))), host.start(says(ask(b"second")))
        assert host.link.sent == b"first"
        host.link.traffic.received(b"1\n")
        assert result_of(first) == [b"1"]
        assert host.link.sent == b"firstsecond"
        host.link.traffic.received(b"2\n")
        assert result_of(second) == [b"2"]


class TestCommitting:
    def test_no_byte_leaves_before_the_commit_mark_is_durable(self) -> None:
        host = Host()
        host.store_answers = Deferred()
        done = host.start(says(ask(b"counter?"), COMMITTED, Send(b"feed!", stall=1.0)))
        host.link.traffic.received(b"41\n")
        assert host.link.sent == b"counter?"
        assert not host.runner.committed
        host.store_answers.callback(None)
        result_of(done)
        assert host.link.sent == b"counter?feed!"
        assert host.marks == [COMMITTED]
        assert host.runner.committed

    def test_a_commit_mark_that_cannot_be_stored_ends_the_dialogue_without_one_byte_more(self) -> None:
        closed = []

        def obstinate() -> Dialogue[None]:
            try:
                yield COMMITTED
                yield Send(b"feed!", stall=1.0)
            finally:
                closed.append(True)
                yield Send(b"and eject", stall=1.0)

        host = Host()
        host.store_away = True
        fault_of(host.start(obstinate()), OSError)
        assert (host.link.sent, closed, host.runner.committed) == (b"", [True], False)

    def test_a_committed_card_is_finished_though_the_store_goes_away(self) -> None:
        host = Host()
        done = host.start(says(COMMITTED, Wait(1.0), Mark(Point.FRONT), Send(b"eject", stall=1.0)))
        host.store_away = True
        host.clock.advance(1.0)
        result_of(done)
        assert host.link.sent == b"eject"
        assert host.runner.unrecorded == [Mark(Point.FRONT)]

    def test_cancelling_the_run_closes_an_uncommitted_dialogue(self) -> None:
        host = Host()
        done = host.start(says(Wait(9.0), Send(b"x", stall=1.0)))
        done.cancel()
        fault_of(done, CancelledError)
        assert host.link.sent == b""
        assert host.clock.getDelayedCalls() == []

    def test_cancelling_the_run_does_not_disturb_a_committed_dialogue(self) -> None:
        host = Host()
        done = host.start(says(COMMITTED, Wait(9.0), ask(b"out?")))
        done.cancel()
        assert waits(done)
        host.clock.advance(9.0)
        host.link.traffic.received(b"yes\n")
        assert result_of(done) == [None, None, b"yes"]

    def test_a_report_that_nobody_can_take_does_not_spoil_the_card(self) -> None:
        def broken(report: Report) -> None:
            raise KeyError("page")

        host = Host()
        runner = DialogueRunner(clock=host.clock, link=host.link, on_mark=host.mark, on_report=broken)
        done = Deferred.fromCoroutine(runner.run(says(COMMITTED, Report(progress=0.5), Send(b"x", stall=1.0))))
        result_of(done)
        assert host.link.sent == b"x"


class TestCancelling:
    def test_a_cancel_waits_for_an_effect_that_allows_it(self) -> None:
        host = Host()
        done = host.start(says(Wait(5.0), ask(b"busy?"), Wait(60.0, cancellable=True)))
        host.runner.cancel()
        host.clock.advance(5.0)
        assert host.link.sent == b"busy?"
        host.link.traffic.received(b"yes\n")
        fault_of(done, Cancelled)

    def test_a_cancel_interrupts_the_present_effect_where_it_is_allowed(self) -> None:
        host = Host()
        done = host.start(says(Listen(line(), cancellable=True)))
        host.runner.cancel()
        fault_of(done, Cancelled)

    def test_a_question_is_not_even_put_after_a_cancel(self) -> None:
        host = Host()
        host.runner.cancel()
        fault_of(host.start(says(ask(cancellable=True))), Cancelled)
        assert host.link.sent == b""

    def test_after_a_cancel_the_dialogue_may_eject_in_peace(self) -> None:
        def ejects() -> Dialogue[str]:
            try:
                yield Wait(60.0, cancellable=True)
            except Cancelled:
                yield Send(b"eject", stall=1.0)
                yield Wait(2.0, cancellable=True)
                return "ejected"
            return "finished"

        host = Host()
        done = host.start(ejects())
        host.runner.cancel()
        assert waits(done)
        host.clock.advance(2.0)
        assert result_of(done) == "ejected"


class TestHolding:
    def hold(self, host: Host, work: Deferred[Resumed | Rejected], effect: Hold) -> Deferred[list[Answer]]:
        async def encode(hold: Hold) -> Resumed | Rejected:
            return await work

        host.runner = host.make_runner(encode)
        return host.start(says(effect))

    def test_the_host_encodes_and_resumes(self) -> None:
        work: Deferred[Any] = Deferred()
        done = self.hold(Host(), work, Hold("chip", 30.0))
        assert waits(done)
        work.callback(Resumed(b"uid"))
        assert result_of(done) == [Resumed(b"uid")]

    def test_a_host_that_fails_rejects_the_card(self) -> None:
        work: Deferred[Any] = Deferred()
        done = self.hold(Host(), work, Hold("chip", 30.0))
        work.errback(ValueError("no key"))
        assert result_of(done) == [Rejected("no key")]

    def test_a_host_that_takes_too_long_is_a_time_out(self) -> None:
        host, work = Host(), Deferred[Any]()
        done = self.hold(host, work, Hold("chip", 30.0))
        host.clock.advance(30.0)
        fault_of(done, TimedOut)
        assert host.clock.getDelayedCalls() == []

    def test_a_hold_is_cancelled_only_where_it_says_so(self) -> None:
        for cancellable in (False, True):
            host, work = Host(), Deferred[Any]()
            done = self.hold(host, work, Hold("chip", 30.0, cancellable))
            host.runner.cancel()
            if cancellable:
                fault_of(done, Cancelled)
            else:
                assert waits(done)
                work.callback(Resumed())
                assert result_of(done) == [Resumed()]

    def test_without_a_host_that_encodes_the_card_is_rejected(self) -> None:
        [answer] = result_of(Host().start(says(Hold("chip", 30.0))))
        assert isinstance(answer, Rejected)
