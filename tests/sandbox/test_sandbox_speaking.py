"""A driver in a process of its own: it speaks as it would here, and whatever it does is felt by its dialogue alone."""

from __future__ import annotations

import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast
from unittest import mock

import msgspec
import pytest
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.trial.unittest import TestCase

from printserver.dialogue import DialogueFault, LinkLost, Mark, Point, TimedOut
from printserver.driver import Evidence, LinkInfo, MaintenanceAction
from printserver.errors import BadTicket, PluginBroken, PrintServerError
from printserver.model.alert import Alert, AlertKind
from printserver.model.clock import Clock
from printserver.model.printer import Identity
from printserver.sandbox import speaking
from printserver.sandbox.command import worker_environment
from printserver.sandbox.distant import DistantDriver, DistantTalk
from printserver.sandbox.limits import Limits
from printserver.sandbox.speaker import SpeakerSettings
from printserver.sandbox.speaking import IN_A_ROW, CrashCount, DriverCrashed, DriverHome
from printserver.sandbox.wire import fault_in, fault_out
from printserver.transport.loop import LoopLink
from printserver.transport.runner import DialogueRunner
from tests.sandbox.mischief_orders import installed_reactor

PACKAGES = Path(__file__).with_name("packages")
LINK = LinkInfo("loop")


class Echo:
    """A device that says its answer in two pieces, the second one with a poll later."""

    def receive(self, data: bytes) -> bytes:
        return b"\x05hello" if data == b"?" else b"\x09half"


class SpeakingTest(TestCase):
    def setUp(self) -> None:
        self.crashes = CrashCount("restless")
        self.marks: list[Mark] = []

    def home(self, do: str, **options: str) -> DriverHome:
        settings = SpeakerSettings(
            package="restless", driver="restless", model="one", options={"do": do, **options}, paths=(str(PACKAGES),),
            limits=Limits(memory=256 * 1024 * 1024, processor_seconds=2),
        )
        command = (sys.executable, "-P", "-m", "printserver.sandbox.speaker", msgspec.json.encode(settings).decode())
        home = DriverHome(installed_reactor(), "restless", command, worker_environment(), self.crashes)
        self.addCleanup(home.end)
        return home

    async def run_on(self, home: DriverHome, begin: Callable[[DistantDriver], DistantTalk[object]]) -> object:
        async def mark(passed: Mark) -> None:
            self.marks.append(passed)

        reactor = cast(Clock, installed_reactor())
        self.runner = DialogueRunner(
            clock=reactor, link=LoopLink(Echo(), reactor), on_mark=mark, on_report=lambda report: None
        )
        return await self.runner.run(begin(DistantDriver(home)))

    async def told(self, home: DriverHome) -> str:
        identity = await self.run_on(home, lambda driver: driver.identify(LINK))  # type: ignore[arg-type,return-value]
        assert isinstance(identity, Identity)
        return identity.model

    async def fails(self, home: DriverHome, kind: type[PrintServerError]) -> str:
        with pytest.raises(kind) as caught:
            await self.told(home)
        return str(caught.value)

    async def test_it_speaks_as_it_would_here(self) -> None:
        assert await self.told(self.home("nothing")) == "calm"

    async def test_one_process_runs_many_dialogues(self) -> None:
        home = self.home("nothing")
        await self.told(home)
        first = home._process
        assert await self.told(home) == "calm"
        assert home._process is first

    async def test_its_own_framer_is_asked_where_its_code_is(self) -> None:
        with mock.patch.object(speaking, "ANSWER_SECONDS", 30.0):
            assert await self.told(self.home("asks")) == "hello and \x09half"

    async def test_a_crash_ends_its_dialogue_and_the_next_one_starts_a_new_process(self) -> None:
        for deed, words in (("exits", "ended with status 3"), ("is_killed", "SIGSEGV")):
            home = self.home(deed)
            assert words in await self.fails(home, DriverCrashed)
            self.crashes.in_a_row = 0
            assert words in await self.fails(home, DriverCrashed)
            self.crashes.in_a_row = 0

    async def test_an_overrun_is_ended(self) -> None:
        with mock.patch.object(speaking, "ANSWER_SECONDS", 1.0):
            assert "did not answer" in await self.fails(self.home("hangs"), DriverCrashed)

    async def test_a_driver_that_spins_is_ended_by_the_kernel(self) -> None:
        with mock.patch.object(speaking, "ANSWER_SECONDS", 60.0):
            assert "processor time" in await self.fails(self.home("spins"), DriverCrashed)

    async def test_nonsense_on_the_pipe_ends_the_process(self) -> None:
        assert "cannot be read" in await self.fails(self.home("babbles"), DriverCrashed)

    async def test_what_its_code_raises_is_raised_and_counts_for_no_crash(self) -> None:
        home = self.home("raises")
        for _ in range(IN_A_ROW + 1):
            assert "ZeroDivisionError: by nought" in await self.fails(home, PluginBroken)

    async def test_an_error_keeps_its_class_and_its_parts(self) -> None:
        with pytest.raises(BadTicket) as caught:
            await self.told(self.home("refuses"))
        assert (caught.value.message, caught.value.where, caught.value.allowed) == ("not so", "tracks", "so")

    async def test_what_is_no_effect_is_refused_as_it_would_be_here(self) -> None:
        assert await self.told(self.home("wants_nonsense")) == "Unsupported"

    async def test_three_crashes_in_a_row_put_the_package_out_of_use(self) -> None:
        seen: list[str] = []
        self.crashes.told = lambda count: seen.append(count.last)
        home, other = self.home("exits"), self.home("nothing")
        for _ in range(IN_A_ROW):
            await self.fails(home, DriverCrashed)
        assert seen == ["ended with status 3 before it answered"]
        assert "crashed 3 times in a row" in await self.fails(home, PluginBroken)
        assert "crashed 3 times in a row" in await self.fails(other, PluginBroken)

    async def test_a_dialogue_that_ends_begins_the_count_anew(self) -> None:
        bad, good = self.home("exits"), self.home("nothing")
        for _ in range(2 * IN_A_ROW):
            await self.fails(bad, DriverCrashed)
            assert await self.told(good) == "calm"

    async def test_a_crash_after_the_commit_mark_is_a_fault_of_a_committed_dialogue(self) -> None:
        home = self.home("nothing")
        with pytest.raises(DriverCrashed):
            await self.run_on(home, lambda driver: driver.print_card(None, [], LINK))  # type: ignore[arg-type,return-value]
        assert [mark.point for mark in self.marks] == [Point.COMMITTED]
        assert self.runner.committed

    async def test_it_reaches_no_network(self) -> None:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            port = str(listening.getsockname()[1])
            assert (await self.told(self.home("calls_out", port=port))).startswith("no: ")
            listening.setblocking(False)
            with pytest.raises(BlockingIOError):
                listening.accept()

    async def test_it_reads_no_file(self) -> None:
        with tempfile.NamedTemporaryFile("w") as secret:
            secret.write("secret")
            secret.flush()
            home = self.home("reads", path=secret.name)
            assert (await self.told(home)).startswith("no: ")
            assert home.fences.in_force

    async def test_a_driver_that_cannot_be_opened_says_why(self) -> None:
        home = self.home("nothing")
        home._command = (*home._command[:-1], home._command[-1].replace('"model":"one"', '"model":"two"'))
        assert "knows no model" in await self.fails(home, PrintServerError)

    async def test_called_off_before_the_commit_mark_it_ends(self) -> None:
        with mock.patch.object(speaking, "ANSWER_SECONDS", 60.0):
            going: Deferred[str] = ensureDeferred(self.told(self.home("hangs")))
            installed_reactor().callLater(1.0, going.cancel)
            with pytest.raises(CancelledError):
                await going


@pytest.mark.parametrize("verb", ["reconcile", "recover", "maintain"])
def test_every_verb_has_its_question(verb: str) -> None:
    begins = {
        "reconcile": lambda driver: driver.reconcile(Evidence((), "A1"), LINK),
        "recover": lambda driver: driver.recover(Alert(kind=AlertKind.OTHER), LINK),
        "maintain": lambda driver: driver.maintain(MaintenanceAction.CLEAN, LINK),
    }
    talk = begins[verb](DistantDriver(mock.Mock()))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(talk._begin), type=type(talk._begin)) == talk._begin


@pytest.mark.parametrize("fault", [TimedOut(b"ab"), LinkLost(7, "it was cut")])
def test_a_fault_comes_over_whole(fault: DialogueFault) -> None:
    again = fault_in(fault_out(fault))
    assert (type(again), str(again)) == (type(fault), str(fault))
    assert getattr(again, "partial", None) == getattr(fault, "partial", None)
    assert getattr(again, "sent", None) == getattr(fault, "sent", None)
