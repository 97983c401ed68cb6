# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""The announcer follows the queues: what is new is said, what is no more is taken back, what stays is left alone."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
import structlog
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from printserver.errors import ConfigurationError
from printserver.listeners.discovery import choice
from printserver.listeners.discovery.announcing import Announcer, NotAnnounced
from printserver.listeners.discovery.records import IPP, Announced, Sign
from printserver.model.event import Event


def sign(name: str, port: int = 8631, **keys: str) -> Sign:
    return Sign(name, (Announced(IPP, port, tuple(keys.items())),))


class FakeResponder:
    """Writes down what it is told."""

    def __init__(self, said: list[tuple[str, str]], refuses: list[str]) -> None:
        self._said, self._refuses = said, refuses

    def announce(self, sign: Sign) -> str:
        if self._refuses:
            raise NotAnnounced(self._refuses.pop())
        self._said.append(("announce", sign.name))
        return sign.name

    def update(self, sign: Sign) -> None:
        self._said.append(("update", sign.name))

    def withdraw(self, sign: Sign) -> None:
        self._said.append(("withdraw", sign.name))

    def close(self) -> None:
        self._said.append(("close", ""))


class AnnouncerCase(TestCase):
    """An announcer over queues that the test decides."""

    def setUp(self) -> None:
        self.queues = {"card": sign("card @ here", Color="T"), "back": sign("back @ here")}
        self.addresses: tuple[str, ...] = ("192.0.2.7",)
        self.said: list[tuple[str, str]] = []
        self.refuses: list[str] = []
        self.waits: list[Deferred[None]] = []
        self.announcer = Announcer(
            wanted=lambda: self.queues, addresses=lambda: self.addresses, threads=self.threads,
            open_responder=self.open,
        )  # fmt: skip

    def open(self, addresses: tuple[str, ...]) -> FakeResponder:
        self.said.append(("open", " ".join(addresses)))
        return FakeResponder(self.said, self.refuses)

    async def threads(self, call: Callable[[], None]) -> None:
        if self.waits:
            await self.waits[0]
        call()

    def news(self) -> list[tuple[str, str]]:
        said = list(self.said)
        self.said.clear()
        return said

    async def begun(self) -> None:
        await self.announcer.look()
        assert self.news() == [("open", "192.0.2.7"), ("announce", "card @ here"), ("announce", "back @ here")]

    async def test_what_stays_is_left_alone(self) -> None:
        await self.begun()
        await self.announcer.look()
        assert self.news() == []

    async def test_a_change_is_told(self) -> None:
        await self.begun()
        self.queues["card"] = sign("card @ here", Color="F")
        await self.announcer.look()
        assert self.news() == [("update", "card @ here")]

    async def test_a_queue_that_goes_is_taken_back_and_one_that_comes_is_announced(self) -> None:
        await self.begun()
        del self.queues["back"]
        self.queues["new"] = sign("new @ here")
        await self.announcer.look()
        assert self.news() == [("withdraw", "back @ here"), ("announce", "new @ here")]

    async def test_another_name_is_another_sign(self) -> None:
        await self.begun()
        self.queues["card"] = sign("badges @ here", Color="T")
        await self.announcer.look()
        assert self.news() == [("withdraw", "card @ here"), ("announce", "badges @ here")]

    async def test_it_follows_the_addresses_of_the_machine(self) -> None:
        await self.begun()
        self.addresses = ("192.0.2.8",)
        await self.announcer.look()
        assert self.news() == [
            ("close", ""), ("open", "192.0.2.8"), ("announce", "card @ here"), ("announce", "back @ here"),
        ]  # fmt: skip
        self.addresses = ()
        await self.announcer.look()
        assert self.news() == [("close", "")]

    async def test_a_network_that_refuses_is_asked_again(self) -> None:
        self.refuses.append("no network")
        with structlog.testing.capture_logs() as logs:
            await self.announcer.look()
            self.refuses.append("no network")
            await self.announcer.look()
        assert [(each["event"], each["reason"]) for each in logs] == [
            ("not announced by DNS-SD; it is tried again", "no network")
        ]
        self.news()
        await self.announcer.look()
        assert self.news() == [("announce", "card @ here"), ("announce", "back @ here")]

    async def test_at_the_end_all_is_taken_back_and_nothing_comes_after_it(self) -> None:
        await self.begun()
        await self.announcer.close()
        assert self.news() == [("close", "")]
        self.queues["new"] = sign("new @ here")
        await self.announcer.look()
        assert self.news() == []

    def test_one_thing_at_a_time_and_what_changes_meanwhile_is_looked_at_afterwards(self) -> None:
        self.waits.append(Deferred())
        self.announcer.start()
        self.queues["late"] = sign("late @ here")
        self.announcer.heed(Event(id=1, node="n", at=0.0, kind="queue", subject="late", what="put"))
        assert self.news() == []
        self.waits.pop().callback(None)
        assert self.news() == [
            ("open", "192.0.2.7"), ("announce", "card @ here"), ("announce", "back @ here"),
            ("announce", "late @ here"),
        ]  # fmt: skip

    def test_jobs_are_none_of_its_business(self) -> None:
        self.announcer.heed(Event(id=1, node="n", at=0.0, kind="job", subject="1", what="accepted"))
        assert self.news() == []


@pytest.mark.parametrize(("announce", "bind", "says"), [
    ("auto", "127.0.0.1", False), ("auto", "::1", False), ("auto", "localhost", False), ("auto", "0.0.0.0", True),
    ("auto", "192.0.2.7", True), ("on", "127.0.0.1", True), ("off", "0.0.0.0", False),
])  # fmt: skip
def test_a_server_for_this_machine_alone_is_announced_only_when_it_is_told_to(
    announce: str, bind: str, says: bool
) -> None:
    assert choice.announces(announce, bind) is says


def test_who_asks_for_it_without_the_package_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError) as told:
        choice.announces("on", "127.0.0.1")
    assert told.value.where == "server.announce"
    assert "printserver[discovery]" in told.value.allowed
    with structlog.testing.capture_logs() as logs:
        assert choice.announces("auto", "0.0.0.0") is False
    assert [each["event"] for each in logs] == ["not announced by DNS-SD: printserver[discovery] is not installed"]


def test_it_is_announced_where_the_doors_are() -> None:
    assert choice.addresses_of("127.0.0.1") == choice.addresses_of("localhost") == ("127.0.0.1",)
    assert choice.addresses_of("192.0.2.7") == ("192.0.2.7",)
    assert choice.addresses_of("::1") == ("::1",)
    everywhere = choice.addresses_of("0.0.0.0")
    assert not any(each.startswith("127.") or ":" in each for each in everywhere)
    assert set(everywhere) <= set(choice.addresses_of("::"))


def test_a_server_has_a_name_of_its_own() -> None:
    assert choice.host_name(UUID("12345678-0000-0000-0000-000000000000")) == "printserver-12345678.local"
