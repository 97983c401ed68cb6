"""A front desk in a process of its own: the pages over a service in memory, and a door by which a test makes things
happen (`POST /desk/...`, JSON). It prints its port and ends when its standard input does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
from twisted.internet import asyncioreactor

asyncioreactor.install()

from printserver.lifecycle import CardEvent  # noqa: E402 - the reactor is installed before anything else is imported
from printserver.listeners.http import RequestContext, Response, Route, build_site, json_response  # noqa: E402
from printserver.model.job import CardState, Reason  # noqa: E402
from printserver.model.printer import PrinterState  # noqa: E402
from printserver.web.routes import page_routes  # noqa: E402
from tests.listeners.fake_discovery import FakeDiscovery  # noqa: E402
from tests.listeners.fake_machines import FakeMachines, FakeQueues  # noqa: E402
from tests.listeners.fake_purging import FakePurging  # noqa: E402
from tests.listeners.fake_supplies import FakeHistory, FakeSupplies  # noqa: E402
from tests.web.busy_day import busy_day  # noqa: E402
from tests.web.fake_reports import FakeReports  # noqa: E402
from tests.web.pages_service import PagesFake  # noqa: E402


class Stage:
    """What a test does behind the pages' back."""

    def __init__(self, service: PagesFake) -> None:
        self._service = service
        self.acts: dict[str, Callable[[Any], None]] = {
            "reset": self.reset, "put": self.put, "step": self.step, "printer": self.printer,
        }  # fmt: skip

    def routes(self) -> list[Route]:
        return [Route("POST", "/desk/{act}", self._act), Route("GET", "/desk/wishes", self._wishes)]

    async def _act(self, context: RequestContext) -> Response:
        self.acts[context.parameters["act"]](msgspec.json.decode(context.body or b"{}"))
        return json_response({})

    async def _wishes(self, context: RequestContext) -> Response:
        return json_response([[what, about, by.name, by.reason] for what, about, by in self._service.wishes])

    def reset(self, asked: dict[str, Any]) -> None:
        """Begin anew: a busy day, or an empty desk; who listens goes on listening."""
        fresh = PagesFake(clock=time.time) if asked.get("empty") else busy_day(time.time)
        subscribers, journal = self._service.subscribers, self._service.journal
        vars(self._service).update(vars(fresh))
        self._service.subscribers, self._service.journal = subscribers, journal

    def put(self, asked: dict[str, Any]) -> None:
        states = [CardState(state) for state in asked.get("states", ["queued"])]
        reason = Reason(asked["reason"]) if "reason" in asked else None
        self._service.put(asked["name"], *states, reason=reason, age=0)

    def step(self, asked: dict[str, Any]) -> None:
        reason = Reason(asked["reason"]) if "reason" in asked else None
        self._service.step(asked["job"], asked.get("card", 1), CardEvent(asked["event"]), reason=reason)

    def printer(self, asked: dict[str, Any]) -> None:
        state = PrinterState(asked["state"])
        reason = Reason(asked["reason"], asked.get("detail", "")) if "reason" in asked else None
        needs = state in (PrinterState.BLOCKED, PrinterState.STOPPED, PrinterState.OFFLINE)
        self._service.set_printer(asked["name"], state=state, reason=reason, needs_person=needs, since=time.time())


def main() -> None:
    from twisted.internet import reactor as installed
    from twisted.internet.protocol import Protocol
    from twisted.internet.stdio import StandardIO

    reactor: Any = installed
    service, machines = busy_day(time.time), FakeMachines()
    pages = page_routes(
        service, FakePurging(service), machines, supplies=FakeSupplies(), reports=FakeReports(),
        adding=(FakeDiscovery(), FakeQueues(machines)),
        history=FakeHistory(*reversed(service.kept.values())),
    )
    routes = [*pages, *Stage(service).routes()]
    site = build_site(service, reactor=reactor, clock=time.time, hosts=(), bind="127.0.0.1", routes=routes)
    port = reactor.listenTCP(0, site, interface="127.0.0.1")

    class UntilItCloses(Protocol):
        def connectionLost(self, reason: object = None) -> None:
            if reactor.running:
                reactor.stop()

    StandardIO(UntilItCloses())
    print(port.getHost().port, flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
