"""Pages asked for without a socket: through the site's own admission and router, as a browser's request would go."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from html import unescape
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from twisted.internet.task import Clock

from printserver.errors import PrintServerError
from printserver.listeners.http import FORM, RequestContext, Response, Site, build_site
from printserver.listeners.http.daily import Reports
from printserver.listeners.http.history import HistoryService
from printserver.listeners.http.message import fields
from printserver.listeners.http.problems import problem_response
from printserver.listeners.http.purging import Purging
from printserver.listeners.http.supplies import SuppliesService
from printserver.model.job import Reason
from printserver.web.routes import page_routes
from tests.listeners.fake_discovery import FakeDiscovery
from tests.listeners.fake_machines import FakeMachines, FakeQueues
from tests.listeners.fake_purging import FakePurging
from tests.web.pages_service import PagesFake

T = TypeVar("T")
HERE = {"host": ("localhost:8631",)}
JAKARTA = timezone(timedelta(hours=7))
Fields = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, list[str]]
    html: str

    @property
    def text(self) -> str:
        """What a person reads: no tags, single blanks."""
        body = re.sub(r"(?s)<(script|style|head|svg)\b.*?</\1>", " ", self.html)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.html)
        return unescape(found[1]) if found else ""

    def header(self, name: str) -> str:
        return ", ".join(self.headers.get(name.lower(), []))

    def row(self, element: str) -> str:
        """The part of the page that begins with an element's id and goes to the next id of its kind."""
        kind = re.escape(element.rpartition("-")[0])
        found = re.search(rf'(?s)id="{re.escape(element)}"(.*?)(?=<li id="{kind}-\d|</ol>|</ul>)', self.html)
        return found[1] if found else ""

    def field(self, name: str) -> str:
        """The value that a form holds under a name."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.html)
        return unescape(found[1]) if found else ""


class Desk:
    """The pages of a service, and somebody who looks at them."""

    def __init__(
        self, service: PagesFake, catalogues: Sequence[Path] = (), supplies: SuppliesService | None = None,
        history: HistoryService | None = None, conditions: Sequence[Reason] = (), reports: Reports | None = None,
        purging: Callable[[PagesFake], Purging] = FakePurging,
    ) -> None:
        self.service = service
        self.served = 0
        self.machines = FakeMachines()
        self.discovery, self.queues = FakeDiscovery(), FakeQueues(self.machines)
        routes = page_routes(
            service, purging(service), self.machines, randomness=self._randomness, zone=JAKARTA,
            catalogues=catalogues, supplies=supplies, history=history, conditions=lambda: conditions,
            reports=reports, adding=(self.discovery, self.queues),
        )  # fmt: skip
        self.site: Site = build_site(
            service, reactor=Clock(), clock=service.clock, hosts=(), bind="127.0.0.1", routes=routes
        )

    def _randomness(self, size: int) -> bytes:
        self.served += 1
        return self.served.to_bytes(size, "big")

    def get(self, target: str, **headers: str) -> Answer:
        return self._ask("GET", target, b"", headers)

    def post(self, target: str, form: Fields, **headers: str) -> Answer:
        return self._ask("POST", target, urlencode(form, doseq=True).encode(), {"content_type": FORM, **headers})

    def _ask(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        path, _, query = target.partition("?")
        named = {name.replace("_", "-"): (value,) for name, value in headers.items()}
        context = RequestContext(
            method=method, path=path, query=fields(query), headers=HERE | named, body=body, length=len(body)
        )
        response = self._answer(context)
        told: dict[str, list[str]] = {}
        for name, value in self.site.headers_for(response):
            told.setdefault(name.lower(), []).append(value)
        assert isinstance(response.body, bytes)
        return Answer(response.status, told, response.body.decode())

    def _answer(self, context: RequestContext) -> Response:
        try:
            match = self.site.admit(context)
        except PrintServerError as error:
            return problem_response(error)
        return at_once(self.site.answer(match, replace(context, parameters=match.parameters)))


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run what never really waits."""
    try:
        work.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    raise AssertionError("the fake service does not wait")
