"""Looking for printers, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from printserver.errors import BadRequest
from printserver.listeners.http.discovering import DiscoveryApi
from printserver.listeners.http.router import Route
from printserver.model.discovery import Findings, Looking
from tests.listeners.fake_discovery import EVERYTHING, FakeDiscovery
from tests.listeners.http_kit import SiteCase

JSON = "application/json"
PATH = "/api/v1/discover"


class TestDiscovering(SiteCase):
    def setUp(self) -> None:
        self.discovery = FakeDiscovery()
        self.routes: Sequence[Route] = DiscoveryApi(self.discovery, 8192).routes()
        super().setUp()

    async def test_all_that_is_found_is_told(self) -> None:
        answer = await self.call("POST", PATH, b"{}", Content_Type=JSON)
        assert answer.status == 200
        assert msgspec.convert(answer.json(), Findings) == EVERYTHING
        assert self.discovery.wanted == [Looking()]

    async def test_it_is_looked_where_it_is_asked_for(self) -> None:
        body = b'{"network": true, "everything": true, "at": "tcp:192.0.2.7:9100"}'
        await self.call("POST", PATH, body, Content_Type=JSON)
        assert self.discovery.wanted == [Looking(network=True, everything=True, at="tcp:192.0.2.7:9100")]

    async def test_what_is_wrong_is_named(self) -> None:
        wrong = ((b'{"at": "192.0.2.0/24"}', "at"), (b'{"network": 7}', "network"), (b'{"scan": 1}', "scan"))
        for body, where in wrong:
            answer = await self.call("POST", PATH, body, Content_Type=JSON)
            assert answer.status == 400
            assert where in answer.json()["where"] + answer.json()["detail"]
        self.discovery.failing = BadRequest("no", where="at")
        assert (await self.call("POST", PATH, b"{}", Content_Type=JSON)).status == 400
        assert self.discovery.wanted == []

    async def test_a_page_of_a_stranger_has_nobody_look(self) -> None:
        assert (await self.call("GET", PATH)).status == 405
        answer = await self.call("POST", PATH, b"{}", Content_Type=JSON, Origin="http://stranger.example")
        assert answer.status == 403
        assert self.discovery.wanted == []
