"""Events and waiting, as both clients have them: every row once over however many connections, and no look too many."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.client import ApiClient, AsyncApiClient, Event, JobProgress, JobStatus, WaitEnded
from printserver.client.events import Follower
from printserver.errors import PrintServerError, ServerBusy, ServerUnreachable
from tests.client.fake_print_server import BUSY, Answer, FakePrintServer, json_answer

ROW = {"id": 12, "state": "pending", "reasons": ["none"], "queue": "card", "name": "badge", "cards": {"queued": 1}}


def row(state: str) -> Answer:
    return json_answer(ROW | {"state": state})


def cards(*states: str) -> Answer:
    return json_answer({"cards": [{"number": number, "state": state} for number, state in enumerate(states, 1)]})


def message(number: int, subject: str = "12", kind: str = "job") -> bytes:
    data = {"id": number, "at": "2026-01-01T00:00:00.000+00:00", "kind": kind, "subject": subject, "what": "x",
            "data": {}}
    return f"id: {number}\ndata: {json.dumps(data)}\n\n".encode()


def stream(*pieces: bytes) -> Answer:
    """A stream that ends after these pieces."""
    body = b"".join((b"retry: 1\n\n", *pieces))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Answer(raw=head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))


class Sync:
    """What the blocking client gives."""

    name = "sync"

    def __init__(self, url: str) -> None:
        self.client = ApiClient(url)
        self.slept: list[float] = []

    def events(self, count: int, after: int | None = None) -> list[Event]:
        found = self.client.events(after=after, sleep=self.slept.append)
        return [next(found) for _ in range(count)]

    def progress(self, **options: Any) -> list[JobProgress]:  # noqa: ANN401 - of `progress`
        return list(self.client.progress(12, sleep=self.slept.append, **options))

    def wait(self, **options: Any) -> JobStatus:  # noqa: ANN401 - of `wait`
        return self.client.wait(12, sleep=self.slept.append, clock=lambda: sum(self.slept), **options)


class Async:
    """What the asyncio client gives."""

    name = "async"

    def __init__(self, url: str) -> None:
        self.client = AsyncApiClient(url)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def events(self, count: int, after: int | None = None) -> list[Event]:
        async def found() -> list[Event]:
            events = self.client.events(after=after, sleep=self.sleep)
            try:
                return [await anext(events) for _ in range(count)]
            finally:
                await events.aclose()

        return asyncio.run(found())

    def progress(self, **options: Any) -> list[JobProgress]:  # noqa: ANN401 - of `progress`
        async def found() -> list[JobProgress]:
            return [each async for each in self.client.progress(12, sleep=self.sleep, **options)]

        return asyncio.run(found())

    def wait(self, **options: Any) -> JobStatus:  # noqa: ANN401 - of `wait`
        return asyncio.run(self.client.wait(12, sleep=self.sleep, clock=lambda: sum(self.slept), **options))


@pytest.fixture(params=[Sync, Async], ids=lambda kind: kind.name)
def client(request: pytest.FixtureRequest, server: FakePrintServer) -> Sync | Async:
    made: Sync | Async = request.param(server.url)
    return made


def test_events_go_on_after_the_last_one(server: FakePrintServer, client: Sync | Async) -> None:
    server.streams += [stream(message(4), message(5)), stream(b"id: 7\n\n"), stream(message(8))]
    assert [event.id for event in client.events(3, after=3)] == [4, 5, 8]
    assert [asked.headers.get("Last-Event-ID") for asked in server.followed] == ["3", "5", "7"]
    assert client.slept == [0.001, 0.001]


def test_without_an_id_events_begin_now(server: FakePrintServer, client: Sync | Async) -> None:
    server.streams.append(stream(message(4, "front-office", "printer"), message(5, "12/1", "card")))
    first, second = client.events(2)
    assert "Last-Event-ID" not in server.followed[0].headers
    assert (first.job, second.job) == (None, 12)


def test_events_that_are_refused_are_told(server: FakePrintServer, client: Sync | Async) -> None:
    with pytest.raises(ServerBusy):
        client.events(1)


def test_events_go_on_when_a_server_is_busy_for_a_while(server: FakePrintServer, client: Sync | Async) -> None:
    server.streams += [stream(message(4)), BUSY, BUSY, stream(message(5))]
    assert [event.id for event in client.events(2)] == [4, 5]
    assert [asked.headers.get("Last-Event-ID") for asked in server.followed] == [None, "4", "4", "4"]


def test_events_end_with_what_does_not_pass(server: FakePrintServer, client: Sync | Async) -> None:
    server.streams += [stream(message(4)), json_answer({"code": "not-permitted", "title": "no"}, status=403)]
    with pytest.raises(PrintServerError):
        client.events(2)


def test_a_job_is_looked_at_after_each_event_about_it(server: FakePrintServer, client: Sync | Async) -> None:
    others = message(1, "front-office", "printer") + message(2, "13")
    server.streams.append(stream(others, message(3), message(4, "12/1", "card")))
    server.will_answer(row("pending"), cards("queued"), row("processing"), cards("printing"))
    server.will_answer(row("completed"), cards("done"))
    told = client.progress()
    assert [(each.status.state, each.cards) for each in told] == [
        ("pending", {1: "queued"}), ("processing", {1: "printing"}), ("completed", {1: "done"})]


def test_what_has_not_changed_is_not_told_twice(server: FakePrintServer, client: Sync | Async) -> None:
    server.will_answer(row("pending"), cards("queued"), row("pending"), cards("queued"))
    server.will_answer(row("completed"), cards("done"))
    assert [each.status.state for each in client.progress(pause=0.25)] == ["pending", "completed"]
    assert client.slept == [0.25, 0.25]


def test_where_there_are_no_events_it_looks_again_and_again(server: FakePrintServer, client: Sync | Async) -> None:
    server.will_answer(row("pending"), row("pending"), row("completed"))
    assert client.wait(pause=0.25).final
    assert client.slept == [0.25, 0.25]
    assert len(server.followed) == 1


def test_a_wait_has_an_end(server: FakePrintServer, client: Sync | Async) -> None:
    server.will_answer(row("pending"), row("pending"), row("pending"))
    with pytest.raises(WaitEnded, match="job 12: the job is still pending after 1 s"):
        client.wait(timeout=1.0)


def test_a_stream_that_breaks_is_opened_again(server: FakePrintServer, client: Sync | Async) -> None:
    server.streams += [stream(b"id: 9\n\n"), stream(message(10))]
    server.will_answer(row("pending"), row("pending"), row("completed"))
    assert client.wait().final
    assert [asked.headers.get("Last-Event-ID") for asked in server.followed] == [None, "9"]


@given(st.lists(st.integers(1, 40), max_size=12), st.integers(1, 8))
def test_however_a_stream_is_cut_into_pieces_it_says_the_same(cuts: list[int], count: int) -> None:
    whole = b": hello\n\n" + b"".join(message(number) for number in range(1, count + 1))
    follower, found, at = Follower(), [], 0
    for cut in [*cuts, len(whole)]:
        found += follower.feed(whole[at : at + cut])
        at += cut
    assert [event.id for event in found] == list(range(1, count + 1))
    assert follower.seen == count


def test_half_a_message_is_forgotten_with_its_connection() -> None:
    follower = Follower()
    assert follower.feed(message(1) + b"id: 2\ndata: {\"id\"") == [Event(
        id=1, at="2026-01-01T00:00:00.000+00:00", kind="job", subject="12", what="x")]
    assert follower.request().headers["Last-Event-ID"] == "1"
    assert [event.id for event in follower.feed(message(2))] == [2]


Asked = Callable[[Any], object]
CALLS: dict[str, Asked] = {
    "jobs": lambda api: api.jobs(state="pending", before=9), "job": lambda api: api.job(12),
    "cards": lambda api: api.cards(12), "queues": lambda api: api.queues(), "printers": lambda api: api.printers(),
    "submit": lambda api: api.submit({"name": "a"}, b"front", b"back", key="k"),
    "hold": lambda api: api.hold(12, by="ana"), "release": lambda api: api.release(12),
    "cancel": lambda api: api.cancel(12, reason="wrong"), "reprint": lambda api: api.reprint(12),
    "settle": lambda api: api.settle(12, "done", card=1), "reject": lambda api: api.reject(12, card=1),
    "confirm": lambda api: api.confirm(12, 77, by="budi"), "withdraw": lambda api: api.withdraw(12, 77),
    "purge": lambda api: api.purge(12, by="ana", reason="asked for"),
    "purge_jobs": lambda api: api.purge_jobs({"person": "Ana", "try_only": True}, by="ana", reason="asked for"),
    "pause": lambda api: api.pause("a/b"), "resume": lambda api: api.resume("card"),
    "move": lambda api: api.move(12, "badge", by="ana"),
    "add_printer": lambda api: api.add_printer({"name": "fresh", "driver": "evolis"}, by="ana"),
    "change_printer": lambda api: api.change_printer("left", "replace", {"new": "right"}),
    "clear": lambda api: api.clear("front-office", by="ana"), "fetch": lambda api: api.fetch("/jobs/1/story"),
    "discover": lambda api: api.discover(network=True),
    "add_queue": lambda api: api.add_queue("desk", ["front-office"], {"attended": True}, by="ana"),
    "set_queue": lambda api: api.set_queue("a/b", {"hours": ""}),
    "enter_supplies": lambda api: api.enter_supplies("a/b", "blanks", {"loaded": 100, "by": "ana"}),
    "add_user": lambda api: api.add_user("ana", "submit", "a-long-secret"),
    "change_user": lambda api: api.change_user("ana", {"role": "operate"}),
    "add_token": lambda api: api.add_token("badges", "submit"), "remove": lambda api: api.remove("users", "ana"),
}
FOLLOWING = {"events", "progress", "wait"}


@pytest.mark.parametrize("name", CALLS)
def test_both_clients_send_the_same_and_understand_the_same(server: FakePrintServer, name: str) -> None:
    body = ROW | {"jobs": [ROW], "next": None, "token": "pst_1"}
    server.will_answer(json_answer(body), json_answer(body))
    found = CALLS[name](ApiClient(server.url, token="pst_0"))
    waiting = CALLS[name](AsyncApiClient(server.url, token="pst_0"))
    assert isinstance(waiting, Coroutine)
    assert asyncio.run(waiting) == found
    first, second = server.asked
    assert first == second
    assert first.headers["Authorization"] == "Bearer pst_0"


def test_both_clients_have_the_same_methods() -> None:
    ours = {name: of for name, of in inspect.getmembers(ApiClient, inspect.isfunction) if not name.startswith("_")}
    theirs = dict(inspect.getmembers(AsyncApiClient, inspect.isfunction))
    assert set(ours) == set(CALLS) | FOLLOWING
    for name, of in ours.items():
        assert list(inspect.signature(of).parameters) == list(inspect.signature(theirs[name]).parameters)
        assert inspect.getdoc(of) == inspect.getdoc(theirs[name])


def test_nothing_is_sent_to_a_server_that_is_not_there() -> None:
    async def ask() -> None:
        await AsyncApiClient("http://127.0.0.1:1").jobs()

    with pytest.raises(ServerUnreachable) as caught:
        asyncio.run(ask())
    assert type(caught.value) is ServerUnreachable


def test_under_a_key_a_lost_answer_is_asked_for_again(server: FakePrintServer) -> None:
    server.will_answer(Answer(raw=b""), Answer(raw=b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"),
                       json_answer(ROW, 201))
    assert asyncio.run(AsyncApiClient(server.url).submit({}, b"front", key="badge-17")).id == 12
    assert len({asked.headers["Idempotency-Key"] for asked in server.asked}) == 1


def test_without_a_key_it_is_sent_once(server: FakePrintServer) -> None:
    server.will_answer(Answer(raw=b""))
    with pytest.raises(PrintServerError, match="no"):
        asyncio.run(AsyncApiClient(server.url).submit({}, b"front"))
    assert len(server.asked) == 1


def test_a_refusal_before_the_end_of_a_long_request_is_heard(server: FakePrintServer) -> None:
    problem = json_answer({"status": 404, "code": "unknown-job", "detail": "no such job"}, 404,
                          "application/problem+json")
    server.will_answer(problem)
    with pytest.raises(PrintServerError, match="no such job"):
        asyncio.run(AsyncApiClient(server.url).submit({}, bytes(3_000_000)))
