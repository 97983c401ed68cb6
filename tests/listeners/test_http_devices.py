"""Queues, printers, health and metrics over HTTP."""

from __future__ import annotations

from msgspec.structs import replace

from printserver.errors import StoreBusy
from printserver.listeners.http.device_rows import queue_row
from printserver.model.job import Reason
from printserver.model.printer import QueueConfig
from printserver.queue.views import By, QueueView
from tests.listeners.http_kit import SiteCase

JSON = "application/json"


class TestQueuesAndPrinters(SiteCase):
    async def test_a_queue_tells_its_printers_and_policies(self) -> None:
        [queue] = (await self.call("GET", "/api/v1/queues")).json()["queues"]
        assert queue == {
            "name": "card", "default": True, "paused": False, "waiting": 0, "printers": ["front-office"],
            "accept_unconfirmed": False, "on_error": "stop", "retention": 7, "raw_port": 0,
            "decisions": "free", "max_attempts": 3, "duplicates": "warn", "attended": False, "hours": "", "opens": None,
            "reasons": [],
            "ordered": False, "checking_hours": 0,
        }  # fmt: skip
        assert (await self.call("GET", "/api/v1/queues/card")).json() == queue

    async def test_a_queue_is_paused_and_resumed_by_somebody(self) -> None:
        answer = await self.call("POST", "/api/v1/queues/card/pause", b'{"by": "rosa"}', Content_Type=JSON)
        assert (answer.status, answer.json()["paused"]) == (200, True)
        answer = await self.call("POST", "/api/v1/queues/card/resume")
        assert (answer.status, answer.json()["paused"]) == (200, False)
        assert self.service.wishes == [("pause", "card", By("rosa")), ("resume", "card", By("anonymous"))]

    async def test_a_printer_tells_state_supplies_and_tier(self) -> None:
        [printer] = (await self.call("GET", "/api/v1/printers")).json()["printers"]
        assert (printer["name"], printer["state"], printer["tier"]) == ("front-office", "idle", "emulated")
        assert (printer["simulated"], printer["ready"]) == (True, True)
        ribbon = {"kind": "ribbon", "name": "YMCKO", "remaining": 20, "capacity": 100, "roll": ""}
        assert printer["supplies"] == [ribbon]
        assert printer["abilities"]["ribbons"] == ["YMCKO"]
        assert (await self.call("GET", "/api/v1/printers/front-office")).json() == printer

    async def test_a_person_says_that_the_path_is_empty(self) -> None:
        path = "/api/v1/printers/front-office/clear"
        assert (await self.call("POST", path, b'{"by": "rosa"}', Content_Type=JSON)).status == 200
        assert self.service.wishes == [("clear", "front-office", By("rosa"))]

    async def test_unknown_names_are_told_and_hostile_ones_are_nothing(self) -> None:
        assert (await self.call("GET", "/api/v1/queues/lost")).json()["code"] == "unknown-queue"
        assert (await self.call("GET", "/api/v1/printers/lost")).json()["code"] == "unknown-printer"
        for name in ("..", "%2e%2e", "a%2fb", "a%5cb", "a%00", "%0d%0aSet-Cookie:x", "%ff", ""):
            answer = await self.call("GET", f"/api/v1/queues/{name}")
            assert (answer.status, answer.json()["code"]) == (404, "not-found"), name


class TestWatching(SiteCase):
    async def test_health_is_the_stores_own_answer(self) -> None:
        answer = await self.call("GET", "/healthz")
        assert (answer.status, answer.json()) == (200, {"status": "ok", "conditions": []})
        self.service.failing = StoreBusy()
        assert (await self.call("GET", "/healthz")).status == 503


def test_why_a_queue_prints_nothing_is_told_in_codes() -> None:
    config = QueueConfig(name="card", printers=())
    assert queue_row(QueueView(config=config, printers=())).reasons == ()
    stands = replace(config, paused=True, shut_down=True)
    view = QueueView(config=stands, printers=(), ending=True, opens=2_000_000_000.0, reason=Reason("card-failed"))
    row = queue_row(view)
    assert row.reasons == ("shutdown", "paused", "moving-to-paused", "outside-hours", "card-failed")
    assert row.opens == "2033-05-18T03:33:20.000+00:00"
