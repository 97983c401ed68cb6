# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Events: every row once and in order, resumed by id; a slow subscriber is cut and comes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from unittest import mock

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from printserver.listeners.http import Limits
from printserver.model.event import Event
from tests.listeners.http_kit import Held, SiteCase, connect, held_site


def follow(held: Held, path: str = "/api/v1/events", fields: str = "") -> None:
    held.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())


def messages(text: bytes) -> list[tuple[int, Any]]:
    found = re.findall(rb"id: (\d+)\ndata: (.*)\n\n", text)
    return [(int(identity), msgspec.json.decode(data)) for identity, data in found]


def ids(held: Held) -> list[int]:
    return [identity for identity, _ in messages(held.got())]


class TestStream(SynchronousTestCase):
    def site(self, limits: Limits | None = None) -> Held:
        held = held_site(limits)
        self.addCleanup(held.leave)
        return held

    def test_a_new_subscriber_hears_what_happens_from_now_on(self) -> None:
        held = self.site()
        held.service.happen()
        follow(held)
        assert b"Content-Type: text/event-stream" in held.got()
        assert ids(held) == []
        held.service.happen("card", "1/1", "render", state="rendering")
        [(identity, event)] = messages(held.got())
        assert identity == 2
        assert event == {
            "id": 2, "at": "2026-09-21T14:13:20.250+00:00", "kind": "card", "subject": "1/1", "what": "render",
            "data": {"state": "rendering"},
        }  # fmt: skip

    def test_last_event_id_and_after_resume_without_gap_or_repeat(self) -> None:
        held = self.site()
        for _ in range(1200):
            held.service.happen()
        for path, fields in [
            ("/api/v1/events?after=3", ""), ("/api/v1/events", "Last-Event-ID: 3\r\n"),
            ("/api/v1/events?after=900", "Last-Event-ID: 3\r\n"),
        ]:  # fmt: skip
            held.reconnect()
            follow(held, path, fields)
            held.service.happen()
            last = len(held.service.journal)
            assert ids(held) == list(range(4, last + 1))

    def test_a_row_that_was_read_before_it_was_announced_is_told_once(self) -> None:
        held = self.site()
        row = held.service.happen()
        follow(held, "/api/v1/events?after=0")
        for announce in list(held.service.subscribers):
            announce(row)
        held.service.happen()
        assert ids(held) == [1, 2]

    def test_what_happens_after_the_last_reading_is_not_lost(self) -> None:
        held = self.site()
        read = held.service.events

        async def late(after: int, limit: int = 500) -> Sequence[Event]:
            rows = await read(after, limit)
            if after == 1:
                held.service.happen()  # after this reading's snapshot
            return rows

        held.service.happen()
        with mock.patch.object(held.service, "events", late):
            follow(held, "/api/v1/events?after=0")
        assert ids(held) == [1, 2]

    def test_an_id_from_before_a_restore_begins_at_the_end(self) -> None:
        held = self.site()
        held.service.happen()
        follow(held, "/api/v1/events?after=99999")
        held.service.happen()
        assert ids(held) == [2]

    def test_a_silent_time_has_a_heartbeat(self) -> None:
        held = self.site(Limits(heartbeat=15.0))
        follow(held)
        before = held.got().count(b": nothing new")
        held.clock.advance(15.0)
        held.clock.advance(15.0)
        assert held.got().count(b": nothing new") == before + 2
        assert held.transport.connected

    def test_one_that_does_not_keep_up_is_cut_and_misses_nothing(self) -> None:
        held = self.site(Limits(event_buffer=10))
        follow(held)
        held.service.happen()
        protocol: Any = held.transport.protocol
        protocol.pauseProducing()  # the client's window is full
        for _ in range(30):
            held.service.happen()
        protocol.resumeProducing()
        assert held.got().endswith(b"0\r\n\r\n")  # the end of the stream
        seen = ids(held)
        assert seen == list(range(1, len(seen) + 1))
        assert len(seen) < 31
        held.reconnect()
        follow(held, fields=f"Last-Event-ID: {seen[-1]}\r\n")
        assert ids(held) == list(range(seen[-1] + 1, 32))

    def test_a_subscriber_that_leaves_is_forgotten(self) -> None:
        held = self.site()
        before = len(held.service.subscribers)
        follow(held)
        assert len(held.service.subscribers) == before + 1
        held.transport.leave()
        assert len(held.service.subscribers) == before
        assert list(held.clock.getDelayedCalls()) == []

    def test_only_so_many_follow_at_once(self) -> None:
        held = self.site(Limits(subscribers=1))
        follow(held)
        first = held.reconnect()
        follow(held)
        assert held.got().startswith(b"HTTP/1.1 503 ")
        first.leave()
        held.reconnect()
        follow(held)
        assert held.got().startswith(b"HTTP/1.1 200 ")

    def test_an_id_that_is_none_is_a_bad_request(self) -> None:
        for path, fields in [
            ("/api/v1/events?after=-1", ""), ("/api/v1/events?after=x", ""), ("/api/v1/events", "Last-Event-ID: x\r\n"),
            ("/api/v1/events?afer=1", ""),
        ]:  # fmt: skip
            held = self.site()
            follow(held, path, fields)
            assert held.got().startswith(b"HTTP/1.1 400 "), path

    def test_head_opens_no_stream(self) -> None:
        held = self.site()
        before = len(held.service.subscribers)
        held.send(b"HEAD /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert held.got().endswith(b"\r\n\r\n")
        assert len(held.service.subscribers) == before


class TestStreamOnASocket(SiteCase):
    async def test_a_real_client_reads_the_past_at_once(self) -> None:
        for _ in range(3):
            self.service.happen()
        request = b"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        answer = await self.raw(request, until=lambda got: len(messages(got)) == 3)
        assert [identity for identity, _ in messages(answer)] == [1, 2, 3]


class TestCrowds(SynchronousTestCase):
    def followed(self, held: Held, client: str) -> bytes:
        transport = connect(held.site, host=client)
        held.opened.append(transport)
        protocol: Any = transport.protocol
        protocol.dataReceived(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return bytes(transport.value()[:12])

    def test_an_address_and_all_together_follow_only_so_often(self) -> None:
        held = held_site(Limits(subscribers=3, subscribers_of_one=2))
        self.addCleanup(held.leave)
        busy, well = b"HTTP/1.1 503", b"HTTP/1.1 200"
        assert [self.followed(held, "192.0.2.1") for _ in range(3)] == [well, well, busy]
        assert [self.followed(held, f"192.0.2.{number}") for number in (2, 3)] == [well, busy]
        held.opened[0].leave()
        assert [self.followed(held, "192.0.2.1") for _ in range(2)] == [well, busy]
