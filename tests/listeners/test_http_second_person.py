# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""What waits for a second person, through the JSON API."""

from __future__ import annotations

import json

from printserver.errors import SecondPersonNeeded
from printserver.model.job import CardState
from printserver.queue.views import By, Decided, Deed, OpenWish, Verdict
from tests.listeners.http_kit import SiteCase

JSON = "application/json"
WISH = OpenWish(
    id=41, at=1_000_000.0, decided=Decided(deed=Deed.SETTLE, card=2, verdict=Verdict.SPOILED), by="anna", reason="torn"
)


class TestSecondPerson(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.service.put_job(CardState.DONE, CardState.UNCERTAIN)
        again = Decided(deed=Deed.REPRINT, copies=3)
        self.service.asked_wishes = [WISH, OpenWish(id=42, at=1.0, decided=again, by="b", reason="r")]

    async def test_open_wishes_are_told_with_who_and_why(self) -> None:
        told = (await self.call("GET", "/api/v1/jobs/1/wishes")).json()["wishes"]
        assert told[0] == {
            "id": 41, "asked": "1970-01-12T13:46:40.000+00:00", "deed": "settle", "card": 2, "copies": None,
            "verdict": "spoiled", "by": "anna", "reason": "torn",
        }  # fmt: skip
        assert (told[1]["card"], told[1]["copies"], told[1]["verdict"]) == (None, 3, None)

    async def test_a_wish_is_confirmed_or_withdrawn_once(self) -> None:
        body = json.dumps({"by": "budi", "reason": "seen"}).encode()
        for verb, wish in (("confirm", 41), ("withdraw", 42)):
            path = f"/api/v1/jobs/1/wishes/{wish}/{verb}"
            assert (await self.call("POST", path, body, Content_Type=JSON)).json()["id"] == 1
            assert (await self.call("POST", path, body, Content_Type=JSON)).status == 409
        assert self.service.wishes_ended == [("confirm", 41, By("budi", "seen")), ("withdraw", 42, By("budi", "seen"))]

    async def test_who_asks_is_told_that_another_person_has_to_confirm(self) -> None:
        self.service.failing = SecondPersonNeeded("wish 43 of job 1 waits for another person")
        answer = await self.call("POST", "/api/v1/jobs/1/reject", b'{"card": 1}', Content_Type=JSON)
        assert (answer.status, answer.json()["code"]) == (409, "second-person-needed")
        assert "wish 43" in answer.json()["detail"]
