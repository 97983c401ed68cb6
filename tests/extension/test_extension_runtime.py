"""What plugins run beside the queue, each by itself: observers, timed work, doors, gates."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pluggy
import pytest
from twisted.internet.defer import Deferred

from printserver.driver import hookspecs as driver_hooks
from printserver.errors import ConfigurationError, NotAllowed, PluginBroken
from printserver.extension import (
    Decision,
    DecoderEntry,
    Handles,
    Listening,
    ObserverEntry,
    RouteEntry,
    TimedWork,
    TransportEntry,
    hookimpl,
    hookspecs,
)
from printserver.extension.formats import formats_with, plugin_decoders
from printserver.extension.runtime import RETRY_SECONDS, Extensions, gate_of
from printserver.extension.sections import Section
from printserver.extension.transports import Links
from printserver.model.event import Event
from printserver.model.ticket import Ticket
from printserver.queue.views import Submission
from printserver.transport.link import Link
from tests.queue.queue_kit import World, result_of, world


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def manager_with(*plugins: object) -> pluggy.PluginManager:
    manager = pluggy.PluginManager("printserver")
    manager.add_hookspecs(driver_hooks)
    manager.add_hookspecs(hookspecs)
    for number, plugin in enumerate(plugins, start=1):
        manager.register(plugin, name=f"plugin-{number}")
    return manager


def plugin(**hooks: Callable[..., Any]) -> object:
    """Return a plugin with hooks, named without their prefix."""
    return SimpleNamespace(**{f"printserver_{name}": hookimpl(hook) for name, hook in hooks.items()})


def extensions(here: World, manager: pluggy.PluginManager, **sections: Section) -> Extensions:
    handles = Handles(jobs=here.service, clock=here.clock, wall=here.wall)
    return Extensions(manager, here.life.keeper, here.life.hub, handles, sections)


@dataclass
class Reader:
    """An observer that remembers, and fails where it is told to."""

    name: str = "reader"
    seen: list[int] = field(default_factory=list)
    fails_at: int = 0
    calls: int = 0

    async def observe(self, event: Event) -> None:
        self.calls += 1
        if event.id == self.fails_at:
            raise ConnectionError("away")
        self.seen.append(event.id)

    def plugin(self) -> object:
        return plugin(observers=lambda handles: [ObserverEntry(self.name, self.observe)])


def test_an_observer_reads_the_journal_from_its_beginning_and_follows(here: World) -> None:
    reader = Reader()
    result_of(extensions(here, manager_with(reader.plugin())).start())
    here.submit()
    here.run(20)
    assert reader.seen == list(range(1, here.do(here.service.last_event()) + 1))


def test_an_observer_goes_on_after_a_crash_where_it_was(here: World) -> None:
    reader = Reader()
    result_of(extensions(here, manager_with(reader.plugin())).start())
    here.run(5)
    here.kill()
    here.submit()
    result_of(extensions(here, manager_with(reader.plugin())).start())
    here.run(20)
    assert reader.seen == list(range(1, here.do(here.service.last_event()) + 1))


def test_a_failing_observer_is_given_the_same_row_again_and_holds_nobody_up(here: World) -> None:
    bad, good = Reader("bad"), Reader("good")
    bad.fails_at = here.do(here.service.last_event()) + 1
    result_of(extensions(here, manager_with(bad.plugin(), good.plugin())).start())
    calls = bad.calls
    here.submit()
    here.run(2)
    assert len(good.seen) > len(bad.seen)
    assert bad.calls == calls + 1, "it is left alone until its time comes, whatever happens meanwhile"
    bad.fails_at = 0
    here.run(RETRY_SECONDS + 20)
    assert bad.seen == good.seen == list(range(1, here.do(here.service.last_event()) + 1))


def test_a_stopped_observer_gets_nothing_more_and_misses_nothing(here: World) -> None:
    reader = Reader()
    running = extensions(here, manager_with(reader.plugin()))
    result_of(running.start())
    result_of(running.stop())
    seen = len(reader.seen)
    here.submit()
    here.run(10)
    assert len(reader.seen) == seen
    result_of(extensions(here, manager_with(reader.plugin())).start())
    assert reader.seen == list(range(1, here.do(here.service.last_event()) + 1))


def test_two_observers_of_one_name_are_both_left_out(here: World) -> None:
    one, two, three = Reader("same"), Reader("same"), Reader("other")
    result_of(extensions(here, manager_with(one.plugin(), two.plugin(), three.plugin())).start())
    assert one.seen == two.seen == []
    assert three.seen


def test_timed_work_never_overlaps_and_outlives_its_failure(here: World) -> None:
    begun: list[Deferred[None]] = []

    async def work() -> None:
        begun.append(Deferred())
        await begun[-1]
        if len(begun) == 1:
            raise ValueError("the first time")

    running = extensions(here, manager_with(plugin(timed_work=lambda handles: [TimedWork("w", 10.0, work)])))
    result_of(running.start())
    here.run(35)
    assert len(begun) == 1
    begun[0].callback(None)
    here.run(11)
    assert len(begun) == 2
    result_of(running.stop())
    begun[1].callback(None)
    here.run(30)
    assert len(begun) == 2


def test_doors_open_and_close_each_by_itself(here: World) -> None:
    closed: list[str] = []

    def door(name: str, opens: bool = True, closes: bool = True) -> Listening:
        async def close() -> None:
            closed.append(name)
            if not closes:
                raise OSError(name)

        async def start() -> Any:  # noqa: ANN401 - what closes the door
            if not opens:
                raise OSError("taken")
            return close

        return Listening(name, start)

    doors = [door("a", closes=False), door("b", opens=False), door("c")]
    running = extensions(here, manager_with(plugin(listeners=lambda handles: doors)))
    result_of(running.start())
    result_of(running.stop())
    assert closed == ["a", "c"]


def broken(handles: Handles) -> list[ObserverEntry]:
    raise RuntimeError("a plugin's bug")


def test_a_hook_that_raises_or_returns_nonsense_keeps_no_other_plugin_from_starting(here: World) -> None:
    reader = Reader()
    manager = manager_with(
        plugin(observers=broken, routes=broken, timed_work=lambda handles: 7),
        plugin(observers=lambda handles: ["reader"]), reader.plugin(),
    )
    running = extensions(here, manager)
    result_of(running.start())
    assert reader.seen
    assert running.routes() == []


def test_each_plugin_gets_its_own_configuration(here: World) -> None:
    given: dict[str, Handles] = {}

    async def answer(values: object, body: bytes) -> object:
        return values

    def taker(name: str) -> object:
        def routes(handles: Handles) -> list[RouteEntry]:
            given[name] = handles
            return [RouteEntry("GET", "hello", answer)]

        return plugin(routes=routes)

    manager = manager_with(taker("first"), taker("second"))
    running = extensions(here, manager, **{"plugin-1": Section({"to": "anna"}, "form")})
    assert sorted(name for name, _ in running.routes()) == ["plugin-1", "plugin-2"]
    assert given["first"].config == {"to": "anna"}
    assert given["first"].section == "form"
    assert given["second"].config == {}
    assert given["second"].section is None


# the gate

SUBMISSION = Submission(ticket=Ticket())


def gate(answer: object) -> object:
    def job_gate(submission: Submission) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return plugin(job_gate=job_gate)


def test_gates_let_pass_hold_or_refuse() -> None:
    assert gate_of(manager_with())(SUBMISSION) is False
    assert gate_of(manager_with(gate(None), gate(Decision())))(SUBMISSION) is False
    assert gate_of(manager_with(gate(None), gate(Decision(hold=True))))(SUBMISSION) is True
    with pytest.raises(NotAllowed, match="no cards on Sunday"):
        gate_of(manager_with(gate(Decision(hold=True)), gate(Decision(refuse=True, reason="no cards on Sunday"))))(
            SUBMISSION
        )


@pytest.mark.parametrize("answer", [OSError("its database is away"), True, "yes"])
def test_a_gate_that_fails_lets_nobody_pass(answer: object) -> None:
    with pytest.raises(PluginBroken):
        gate_of(manager_with(gate(answer)))(SUBMISSION)


# links and formats


def transport(scheme: str, raises: Exception | None = None) -> object:
    async def opened(address: str) -> object:
        if raises:
            raise raises
        return f"link to {address}"

    return plugin(transports=lambda: [TransportEntry(scheme, opened)])


def own(address: str) -> Link:
    raise LookupError(address)


def test_a_plugin_brings_a_kind_of_link() -> None:
    links = Links(manager_with(transport("carrier-pigeon")), own)
    links.check("carrier-pigeon:roof")
    assert str(result_of(links.open("carrier-pigeon:roof"))) == "link to roof"
    with pytest.raises(ConfigurationError):
        links.check("smoke:hill")


def test_a_plugin_does_not_replace_a_kind_of_link() -> None:
    with pytest.raises(LookupError):
        result_of(Links(manager_with(transport("tcp")), own).open("tcp:host:1"))
    with pytest.raises(ConfigurationError):
        Links(manager_with(transport("pigeon"), transport("pigeon")), own).check("pigeon:roof")


def test_a_plugins_link_that_breaks_is_the_plugins_fault() -> None:
    with pytest.raises(PluginBroken, match="ValueError"):
        result_of(Links(manager_with(transport("pigeon", ValueError("no roof"))), own).open("pigeon:roof"))


def decoder(mime: str, magic: bytes) -> object:
    return plugin(decoders=lambda: [DecoderEntry(mime, magic, "module:function")])


def test_a_plugin_brings_a_document_format() -> None:
    [found] = plugin_decoders(manager_with(decoder("image/x-stone", b"STONE")))
    assert (found.format, found.magic, found.function) == ("image/x-stone", b"STONE", "module:function")
    assert [each.mime for each in formats_with((found,))][-1] == "image/x-stone"


@pytest.mark.parametrize(
    ("mime", "magic"),
    [("image/png", b"STONE"), ("image/jpg", b"STONE"), ("image/x-stone", b"\x89P"), ("image/x-stone", b"")],
)
def test_a_plugin_does_not_replace_a_format(mime: str, magic: bytes) -> None:
    assert plugin_decoders(manager_with(decoder(mime, magic))) == ()


def test_two_plugins_for_one_format_bring_none() -> None:
    assert plugin_decoders(manager_with(decoder("image/x-a", b"A"), decoder("image/X-A", b"B"))) == ()
