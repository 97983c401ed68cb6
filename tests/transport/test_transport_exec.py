"""Commands as links: what they get, how they end, and that nothing of them stays."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest
from twisted.internet import reactor  # real processes need the real reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from printserver.dialogue import CloseWrite, Dialogue, Framed, Listen, Reopen, Send, TimedOut, Wait
from printserver.errors import ConfigurationError
from printserver.transport.exec import ExecLink
from printserver.transport.opening import open_link
from printserver.transport.runner import DialogueRunner
from tests.transport.transport_kit import Host


def to_end(data: bytes, ended: bool) -> Framed | None:
    return Framed(data, len(data)) if ended and data else None


def fed(data: bytes, timeout: float = 20.0) -> Dialogue[str]:
    """Give a command its input and return all that it says."""
    yield Reopen()
    yield Send(data, 20.0)
    yield CloseWrite()
    message = yield Listen(to_end, timeout)
    assert isinstance(message, bytes)
    return message.decode()


class Commands(TestCase):
    timeout = 60

    def link(self, *command: str) -> ExecLink:
        link = open_link("exec:it", reactor, commands={"it": command})
        assert isinstance(link, ExecLink)
        self.addCleanup(lambda: Deferred.fromCoroutine(link.close()))
        return link

    def say(self, link: ExecLink, dialogue: Dialogue[str]) -> Deferred[str]:
        host = Host()
        runner = DialogueRunner(clock=reactor, link=link, on_mark=host.mark, on_report=host.reports.append)
        return Deferred.fromCoroutine(runner.run(dialogue))

    async def test_it_gets_every_byte_and_its_end_is_told(self) -> None:
        said = await self.say(self.link("/usr/bin/wc", "-c"), fed(b"x" * 300_000))
        assert said.split() == ["300000", "exit", "0"]

    async def test_arguments_are_no_shell_s_and_the_environment_is_bare(self) -> None:
        os.environ["SECRET_OF_TEST"] = "1"
        self.addCleanup(os.environ.pop, "SECRET_OF_TEST")
        said = await self.say(self.link("/usr/bin/env", "--", "/bin/sh", "-c", 'env; echo "$0"', "$(id);*"), fed(b"x"))
        assert "$(id);*" in said.splitlines()
        assert "SECRET_OF_TEST" not in said

    async def test_a_bad_end_is_told_with_its_words(self) -> None:
        said = await self.say(self.link("/bin/sh", "-c", "echo no such queue >&2; exit 3"), fed(b"x"))
        assert said.splitlines()[-1] == "exit 3 no such queue"

    async def test_a_program_that_is_not_there_ends_badly(self) -> None:
        said = await self.say(self.link("/nonexistent/program"), fed(b"x"))
        assert re.match("^exit 1 .*No such file", said.splitlines()[-1])

    async def test_one_that_is_killed_is_told(self) -> None:
        said = await self.say(self.link("/bin/sh", "-c", "kill -9 $$"), fed(b"x"))
        assert said.splitlines()[-1] == "signal 9"

    async def test_one_that_talks_without_end_is_cut_short(self) -> None:
        said = await self.say(self.link("/usr/bin/head", "-c", "1000000", "/dev/zero"), fed(b"x"))
        assert said.endswith("\nexit 0\n")
        assert len(said) < 100_000

    async def test_closing_kills_it_and_what_it_started(self) -> None:
        folder = Path(tempfile.mkdtemp())
        link = self.link("/bin/sh", "-c", f"sleep 300 & echo $! > {folder}/child; wait")
        with pytest.raises(TimedOut):
            await self.say(link, fed(b"x", 0.7))
        child = int((folder / "child").read_text())
        await link.close()
        for _ in range(100):
            if gone(child):
                return
            await self.say(link, waited())
        raise AssertionError("the child of the command lives on")

    async def test_only_a_command_of_the_configuration_can_be_named(self) -> None:
        for name in ("exec:/bin/sh", "exec:other"):
            with pytest.raises(ConfigurationError, match="no such command"):
                open_link(name, reactor, commands={"it": ("/bin/true",)})
        with pytest.raises(ConfigurationError, match="no such command"):
            open_link("exec:it", reactor)


def waited() -> Dialogue[str]:
    yield Wait(0.05)
    return ""


def gone(pid: int) -> bool:
    """Tell whether a process is over; one that nobody has waited for is."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


