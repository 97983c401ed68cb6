"""Printers that come, change and go, and jobs that are moved, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Sequence

from printserver.errors import NotPossibleNow, UnknownQueue
from printserver.listeners.http.machines import MachinesApi
from printserver.listeners.http.router import Route
from printserver.model.printer import PrinterConfig
from printserver.queue.views import By
from tests.listeners.fake_machines import FakeMachines
from tests.listeners.http_kit import SiteCase

JSON = "application/json"


FRESH = {"driver": "Evolis", "model": "Zenius", "device": "tcp:192.0.2.7:9100", "ribbon": "YMCKO"}
CONFIG = PrinterConfig(name="fresh", driver="evolis", model="zenius", device="tcp:192.0.2.7:9100", ribbon="YMCKO")
ROSA = By("rosa", "worn")
CASES: list[tuple[str, dict[str, object], tuple[object, ...], int]] = [
    ("/printers", {"name": "fresh", **FRESH}, ("add", CONFIG, ROSA), 201),
    ("/printers/left/set", {"ribbon": "KO", "options": {"a": "b"}},
     ("set", "left", {"ribbon": "KO", "options": {"a": "b"}}, ROSA), 200),
    ("/printers/left/retire", {}, ("retire", "left", ROSA), 200),
    ("/printers/left/replace", {"new": "right"}, ("replace", "left", "right", None, ROSA), 200),
    ("/printers/left/replace", {"new": "fresh", **FRESH}, ("replace", "left", "fresh", CONFIG, ROSA), 200),
    ("/jobs/7/move", {"queue": "badge"}, ("move", (7,), "badge", ROSA), 200),
]  # fmt: skip
WRONG: list[tuple[str, dict[str, object], str]] = [
    ("/printers", {"name": "fresh"}, "driver"), ("/printers", {"name": "a/b", **FRESH}, "name"),
    ("/printers/left/replace", {}, "new"),
    ("/jobs/7/move", {}, "queue"),
]  # fmt: skip


class TestMachines(SiteCase):
    def setUp(self) -> None:
        self.machines = FakeMachines()
        self.routes: Sequence[Route] = MachinesApi(self.machines, 8192).routes()
        super().setUp()

    async def test_each_wish_is_asked_as_it_was_said(self) -> None:
        for path, body, wanted, status in CASES:
            said = json.dumps({**body, "by": "rosa", "reason": "worn"}).encode()
            answer = await self.call("POST", "/api/v1" + path, said, Content_Type=JSON)
            assert (answer.status, self.machines.wanted.pop()) == (status, wanted), path

    async def test_what_is_wrong_is_named(self) -> None:
        for path, body, where in WRONG:
            answer = await self.call("POST", "/api/v1" + path, json.dumps(body).encode(), Content_Type=JSON)
            assert answer.status == 400, path
            assert where in answer.json()["where"] + answer.json()["detail"], path
        assert self.machines.wanted == []

    async def test_what_cannot_be_done_is_a_problem(self) -> None:
        for error, status in ((NotPossibleNow("no"), 409), (UnknownQueue("no"), 404)):
            self.machines.failing = error
            answer = await self.call("POST", "/api/v1/jobs/7/move", b'{"queue": "x"}', Content_Type=JSON)
            assert answer.status == status
