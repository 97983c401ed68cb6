"""When the link fails: what was surely not sent, and what may have been done."""
from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from printserver.client import AnswerLost, AnswerUnreadable, ApiClient, IppClient
from printserver.client import connection as connection_module
from printserver.errors import RequestTooLarge, ServerUnreachable
from tests.client.fake_print_server import Answer, FakePrintServer, json_answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def one_connection(answer: bytes, *, read: int) -> Iterator[str]:
    """A server that reads so many bytes of one request, answers and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(read)
                connection.sendall(answer)
        thread = Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            thread.join()


def test_nobody_listens() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    for ask in (lambda: ApiClient(url).jobs(), lambda: IppClient(url).print_job(b"picture")):
        with pytest.raises(ServerUnreachable, match=url) as caught:
            ask()
        assert type(caught.value) is ServerUnreachable
        assert caught.value.retry


def test_a_host_nobody_knows() -> None:
    with pytest.raises(ServerUnreachable):
        ApiClient("http://no-such-host.invalid:8631").jobs()


def test_a_link_that_breaks_before_the_answer_leaves_a_doubt() -> None:
    with one_connection(b"", read=100_000) as url, pytest.raises(AnswerLost) as caught:
        ApiClient(url).submit({}, b"front")
    assert not caught.value.retry
    assert "printed twice" in caught.value.remedy
    assert isinstance(caught.value, ServerUnreachable)


def test_under_a_key_a_lost_answer_is_asked_for_again(server: FakePrintServer) -> None:
    accepted = json_answer({"id": 7, "state": "pending"}, 201)
    server.will_answer(Answer(raw=b""), Answer(raw=b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"), accepted)
    assert ApiClient(server.url).submit({}, b"front", key="badge-17").id == 7
    first, second, third = server.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == "badge-17"
    assert first.body == second.body == third.body


def test_under_a_key_it_is_not_sent_for_ever(server: FakePrintServer) -> None:
    server.will_answer(*[Answer(raw=b"")] * 4)
    with pytest.raises(AnswerLost):
        ApiClient(server.url).submit({}, b"front", key="badge-17")
    assert len(server.asked) == 3


def test_without_a_key_it_is_sent_once(server: FakePrintServer) -> None:
    server.will_answer(*[Answer(raw=b"")] * 2)
    with pytest.raises(AnswerLost):
        ApiClient(server.url).submit({}, b"front")
    assert len(server.asked) == 1
    assert "Idempotency-Key" not in server.asked[0].headers


def test_half_an_answer_leaves_a_doubt() -> None:
    half = b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"
    with one_connection(half, read=100_000) as url, pytest.raises(AnswerLost):
        ApiClient(url).submit({}, b"front")


def test_silence_leaves_a_doubt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        api = ApiClient(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.05)
        with pytest.raises(AnswerLost, match="timed out"):
            api.release(1)


def test_an_answer_before_the_end_of_the_request_is_heard() -> None:
    """A server that refuses a large document may stop reading; its answer is what the user must see."""
    problem = b'{"status": 413, "code": "request-too-large", "detail": "64 MiB are enough"}'
    refusal = (b"HTTP/1.1 413 Content Too Large\r\nContent-Type: application/problem+json\r\n"
               b"Content-Length: %d\r\n\r\n%b" % (len(problem), problem))
    with one_connection(refusal, read=1000) as url, pytest.raises(RequestTooLarge, match="64 MiB are enough"):
        ApiClient(url).submit({}, bytes(20_000_000))


def test_an_endless_answer_is_cut(server: FakePrintServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "ANSWER_LIMIT", 1000)
    server.will_answer(Answer(bytes(1000), "application/json"), Answer(bytes(1001), "application/json"))
    api = ApiClient(server.url)
    assert len(api.fetch("/jobs")) == 1000
    with pytest.raises(AnswerUnreadable, match="too long"):
        api.fetch("/jobs")
