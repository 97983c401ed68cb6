"""Adding and changing queues over HTTP: what is wanted becomes one call, and what cannot be is refused by name."""

from __future__ import annotations

import msgspec

from printserver.listeners.http.queues import QueuesApi
from printserver.model.printer import Decisions, Duplicates, OnError, QueueConfig
from printserver.queue.views import By
from tests.listeners.http_kit import Answer, SiteCase
from tests.listeners.ipp_kit import FakeAdministration, FakeIppService


class TestQueues(SiteCase):
    def setUp(self) -> None:
        self.ipp = FakeIppService()
        self.routes = QueuesApi(FakeAdministration(self.ipp)).routes()
        super().setUp()

    async def post(self, path: str, **body: object) -> Answer:
        data = msgspec.json.encode(body)
        return await self.call("POST", f"/api/v1/queues{path}", data, Content_Type="application/json")

    async def test_a_queue_is_added_as_it_is_wanted(self) -> None:
        answer = await self.post("", name="desk", printers=["front-office"], attended=True, on_error="skip", by="ada")
        assert answer.status == 201
        row = answer.json()
        assert (row["name"], row["attended"], row["on_error"], row["hours"]) == ("desk", True, "skip", "")
        wanted = QueueConfig(name="desk", printers=("front-office",), attended=True, on_error=OnError.SKIP)
        assert self.ipp.wishes == [("add-queue", wanted, By("ada"))]

    async def test_every_policy_can_be_set_and_what_is_left_out_stays(self) -> None:
        policies = {
            "printers": ("a", "b"), "on_error": OnError.SKIP, "retention": 0, "accept_unconfirmed": True,
            "max_attempts": 5, "duplicates": Duplicates.OFF, "decisions": Decisions.SECOND, "attended": True,
            "hours": "Mon-Fri 07:00-17:00",
        }  # fmt: skip
        for name, value in policies.items():
            assert (await self.post("/card", **{name: value})).status == 200, name
        assert self.ipp.wishes == [("set-queue", ("card", {name: value}), By("anonymous"))
                                   for name, value in policies.items()]  # fmt: skip
        row = (await self.post("/card", hours="", attended=False)).json()
        assert (row["hours"], row["attended"], row["max_attempts"]) == ("", False, 5)

    async def test_what_cannot_be_is_refused_with_its_key(self) -> None:
        wrong: list[dict[str, object]] = [
            {"max_attempts": 0}, {"retention": -1}, {"on_error": "explode"}, {"printers": []}, {"raw_port": 9100},
            {"hours": 7}, {"name": "other"},
        ]  # fmt: skip
        for body in wrong:
            answer = await self.post("/card", **body)
            assert answer.status == 400, body
            assert next(iter(body)) in answer.body.decode(), body
        assert (await self.post("", name="no name", printers=["a"])).status == 400
        assert self.ipp.wishes == []
