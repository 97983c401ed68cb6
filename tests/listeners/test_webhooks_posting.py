# mypy: allow-untyped-calls
# Half of Twisted has no annotations.
"""One message over a real socket: signed, not followed, not read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sys
from typing import Any

import pytest
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from printserver.listeners.webhooks.message import Message
from printserver.listeners.webhooks.posting import NotTaken, Poster
from printserver.listeners.webhooks.target import Target

REACTOR: Any = sys.modules["twisted.internet.reactor"]  # what tests/conftest.py installed
SECRET = b"a secret of twenty-four."
MESSAGE = Message("evt_1", b'{"type":"card.done"}')


class Sink(Resource):
    """Answers with a status; keeps what came."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.status, self.came = 204, []  # type: tuple[int, list[tuple[bytes, dict[str, str], bytes]]]
        self.endless = False

    def render_POST(self, request: Any) -> Any:  # noqa: ANN401 - twisted's request is untyped here
        headers = {name: request.getHeader(name) or "" for name in
                   ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")}  # fmt: skip
        self.came.append((request.uri, headers, request.content.read()))
        request.setResponseCode(self.status)
        request.setHeader("location", "/elsewhere")
        if self.endless:
            request.write(b"x" * 1_000_000)
            return NOT_DONE_YET
        return b""


class PostingTest(TestCase):
    def setUp(self) -> None:
        self.sink = Sink()
        listening = REACTOR.listenTCP(0, Site(self.sink), interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        self.target = Target("site", f"http://127.0.0.1:{listening.getHost().port}/hook?a=b", frozenset(), SECRET)
        self.poster = Poster(REACTOR, lambda: 1234.9)

    async def test_what_comes_is_signed_over_id_time_and_body(self) -> None:
        await self.poster.post(self.target, MESSAGE)
        [(uri, headers, body)] = self.sink.came
        assert (uri, body, headers["content-type"]) == (b"/hook?a=b", MESSAGE.body, "application/json")
        assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("evt_1", "1234")
        digest = hmac.new(SECRET, b"evt_1.1234." + body, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()

    async def test_a_redirect_is_a_no_and_is_not_followed(self) -> None:
        for status in (301, 302, 307, 308):
            self.sink.status = status
            with pytest.raises(NotTaken, match=str(status)):
                await self.poster.post(self.target, MESSAGE)
        assert {uri for uri, _, _ in self.sink.came} == {b"/hook?a=b"}
        assert len(self.sink.came) == 4

    async def test_a_no_is_told_by_its_status(self) -> None:
        for status in (400, 404, 410, 500, 503):
            self.sink.status = status
            with pytest.raises(NotTaken, match=str(status)):
                await self.poster.post(self.target, MESSAGE)

    async def test_an_endless_answer_is_not_read(self) -> None:
        self.sink.endless = True
        await self.poster.post(self.target, MESSAGE)

    async def test_nobody_there_is_a_no(self) -> None:
        with pytest.raises(NotTaken):
            await self.poster.post(Target("site", "http://127.0.0.1:1/", frozenset(), SECRET), MESSAGE)
