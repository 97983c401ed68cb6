# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Blanks and ribbon through the JSON API."""

from __future__ import annotations

import json

from printserver.errors import ReasonNeeded
from printserver.listeners.http.supplies import SuppliesApi
from printserver.queue.views import By
from tests.listeners.fake_supplies import FakeSupplies
from tests.listeners.http_kit import SiteCase

JSON = "application/json"
PLACE = "/api/v1/printers/front-office"
BY = By("anna", "why")


class TestSupplies(SiteCase):
    def setUp(self) -> None:
        self.supplies = FakeSupplies()
        self.routes = SuppliesApi(self.supplies).routes()
        super().setUp()

    async def test_count_and_the_devices_word_stand_side_by_side(self) -> None:
        told = (await self.call("GET", PLACE + "/supplies")).json()
        blanks, ribbon = told["supplies"]
        assert (blanks["left"], blanks["told"], blanks["difference"], blanks["other"]) == (14, 12, -2, 2)
        assert (ribbon["name"], ribbon["roll"], ribbon["left"], ribbon["told"]) == ("YMCKO", "R-7", 37, None)
        shift = told["shift"]
        assert shift["loaded"] == sum(shift[part] for part in ("good", "spoiled", "other", "in_doubt", "expected"))
        assert (await self.call("GET", "/api/v1/printers/other/supplies")).status == 404

    async def test_what_people_enter(self) -> None:
        said = {"loaded": 100, "test_cards": 2, "cleaning": 1, "counted": 90, "by": "anna", "reason": "why"}
        assert (await self.call("POST", PLACE + "/blanks", json.dumps(said), Content_Type=JSON)).status == 200
        roll = {"roll": "R-8", "cards": 200, "left": 50, "by": "anna", "reason": "why"}
        assert (await self.call("POST", PLACE + "/ribbon", json.dumps(roll), Content_Type=JSON)).status == 200
        assert self.supplies.entered == [
            ("load", "front-office", 100, BY), ("test-card", "front-office", 2, BY),
            ("cleaning", "front-office", 1, BY), ("count", "front-office", 90, BY),
            ("ribbon", "front-office", "R-8", 200, 50, BY),
        ]  # fmt: skip

    async def test_what_is_no_count_is_refused(self) -> None:
        for said in ("{}", '{"loaded": 0}', '{"counted": -1}', '{"loaded": 100001}', '{"lodaed": 1}'):
            assert (await self.call("POST", PLACE + "/blanks", said, Content_Type=JSON)).status == 400, said
        assert self.supplies.entered == []

    async def test_a_shift_is_closed_with_its_equation(self) -> None:
        told = (await self.call("POST", PLACE + "/close-shift", '{"left": 12, "by": "anna"}', Content_Type=JSON)).json()
        assert (told["expected"], told["left"], told["difference"]) == (14, 12, -2)
        self.supplies.closing = ReasonNeeded("14 must be left, and 12 are")
        answer = await self.call("POST", PLACE + "/close-shift", '{"left": 12}', Content_Type=JSON)
        assert (answer.status, answer.json()["code"]) == (422, "reason-needed")

    async def test_a_job_tells_where_the_ribbon_ends_and_what_it_costs(self) -> None:
        self.service.put_job()
        told = (await self.call("GET", "/api/v1/jobs/1/supplies")).json()
        [forecast] = told["forecasts"]
        assert (forecast["ends_at"], forecast["short"], forecast["printers"]) == (37, 23, ["front-office"])
        assert (told["blanks"], told["spoiled"], told["panels"]) == (3, 1, {"Y": 3, "K": 3})
        assert (told["cost"], told["currency"]) == ("17251.50", "IDR")
        assert [card["cost"] for card in told["cards"]] == ["5750.50", "11501.00"]
