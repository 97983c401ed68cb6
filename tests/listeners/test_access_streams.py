"""Streams of events behind the gate: what is told to whom, and when a stream ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred

from printserver.errors import StoreBusy
from printserver.listeners.http import Response
from printserver.model.account import Role
from tests.listeners.access_kit import GateCase, basic, ended
from tests.listeners.test_access_gate import bearer, fields_of, login


class EventsTest(GateCase):
    def follow(self, who: str) -> Response:
        return self.api(who, "GET", "/events?after=0")

    def read(self, response: Response, count: int) -> str:
        """Read so many messages of a stream."""
        assert not isinstance(response.body, bytes)
        return b"".join(ended(anext_of(response.body)) for _ in range(count)).decode()

    def test_of_others_jobs_events_tell_the_state_alone(self) -> None:
        own, other = self.service.put("sari").id, self.service.put("rosa").id
        self.service.happen(subject=f"{own}/1", kind="card", what="printing", state="printing")
        self.service.happen(subject=f"{other}/1", kind="card", what="printing", state="printing")
        self.service.happen(subject=str(other), what="state", state="processing")
        self.service.happen(kind="user", subject="rosa", what="added")
        told = self.read(self.follow("sari"), 3)
        assert [line for line in told.splitlines() if line.startswith("id:")] == ["id: 0", "id: 1", "id: 3"]
        assert self.read(self.follow("omar"), 5).count("id: ") == 5

    def test_a_stream_ends_when_who_asked_may_no_longer(self) -> None:
        shown = self.token("badges", Role.OPERATE)
        omar = self.register.accounts["omar"]
        changes: dict[str, tuple[dict[str, str], Callable[[], Awaitable[None]]]] = {
            "revoked": (bearer(shown), lambda: self.register.revoke("badges", "ada")),
            "demoted": (basic("omar"), lambda: self.register.put(replace(omar, role=Role.SUBMIT), "ada")),
            "removed": (basic("sari"), lambda: self.register.remove("sari", "ada")),
        }
        for word, (headers, change) in changes.items():
            stream = self.send("GET", "/api/v1/events?after=0", headers=headers)
            other = self.follow("ada")
            self.read(stream, 1)
            self.read(other, 1)
            ended(change())
            self.service.happen(kind="queue", subject="card", what="paused")
            with pytest.raises(StopAsyncIteration):
                self.read(stream, 1)
            assert self.read(other, 1), word

    def test_what_happens_later_is_told_alike(self) -> None:
        own, other = self.service.put("sari").id, self.service.put("rosa").id
        stream = self.follow("sari")
        self.read(stream, 1)
        waiting: list[object] = []
        Deferred.fromCoroutine(anext_of(stream.body)).addBoth(waiting.append)
        self.service.happen(subject=f"{other}/1", kind="card", what="printing")
        assert waiting == []
        self.service.happen(subject=f"{own}/1", kind="card", what="printing")
        assert [b'"subject":"1/1"' in row for row in waiting if isinstance(row, bytes)] == [True]

    def test_a_stream_ends_when_it_cannot_be_found_out_what_may_be_told_and_goes_on_after_it(self) -> None:
        own, others = self.service.put("sari").id, list(self.service.subscribers)
        stream = self.follow("sari")
        self.read(stream, 1)
        waiting: list[object] = []
        Deferred.fromCoroutine(anext_of(stream.body)).addErrback(lambda gone: waiting.append(gone.type))
        self.service.failing = StoreBusy()
        self.service.happen(subject=f"{own}/1", kind="card", what="printing")
        assert waiting == [StopAsyncIteration]
        assert self.service.subscribers == others
        self.service.happen(subject=f"{own}/1", kind="card", what="done")
        assert self.read(self.follow("sari"), 3).count("data: ") == 2

    def test_one_that_is_lost_while_it_catches_up_is_told_what_was_read_and_ends(self) -> None:
        own = self.service.put("sari").id
        for _ in range(2):
            self.service.happen(subject=f"{own}/1", kind="card", what="printing")
        stream = self.follow("sari")
        self.read(stream, 2)
        other = self.service.put("sari").id
        self.service.failing = StoreBusy()
        self.service.happen(subject=f"{other}/1", kind="card", what="printing")
        assert "id: 2" in self.read(stream, 1)
        assert "id: 3" in self.read(stream, 1), "read from the store"
        with pytest.raises(StopAsyncIteration):
            self.read(stream, 1)

    def test_logging_out_ends_the_streams_of_that_session_alone(self) -> None:
        cookies = [fields_of(login(self, "sari"), "set-cookie")[0].partition(";")[0] for _ in range(2)]
        streams = [self.send("GET", "/api/v1/events?after=0", headers={"cookie": each}) for each in cookies]
        for stream in (*streams, by_password := self.follow("sari")):
            self.read(stream, 1)
        form = {"content-type": "application/x-www-form-urlencoded", "cookie": cookies[0]}
        assert self.send("POST", "/logout", headers=form).status == 303
        self.service.happen(kind="queue", subject="card", what="paused")
        with pytest.raises(StopAsyncIteration):
            self.read(streams[0], 1)
        for other in (streams[1], by_password):
            assert self.read(other, 1)

    def test_a_stream_ends_with_its_session(self) -> None:
        cookie = fields_of(login(self, "sari"), "set-cookie")[0].partition(";")[0]
        stream = self.send("GET", "/api/v1/events?after=0", headers={"cookie": cookie})
        self.read(stream, 1)
        self.now += 8 * 3600
        self.service.happen(kind="queue", subject="card", what="paused")
        with pytest.raises(StopAsyncIteration):
            self.read(stream, 1)


async def anext_of(chunks: object) -> bytes:
    found: bytes = await anext(chunks)  # type: ignore[call-overload]
    return found
