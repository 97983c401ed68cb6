# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""Bodies of strangers: who sends one is known before it is taken in, and while a password is checked it waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from printserver.errors import LoginNeeded
from printserver.listeners.http import RequestContext
from printserver.listeners.http.limits import Limits
from printserver.model.account import Role
from tests.listeners.access_kit import HOST, GateCase, basic
from tests.listeners.http_kit import FORM_TYPE, connect, form
from tests.listeners.test_access_gate import bearer

JOBS = "/api/v1/jobs"
PNG = b"\x89PNG\r\n\x1a\n picture"
BODY = form(front=PNG + bytes(100_000))


class BodyCase(GateCase):
    """Connections to the site, and passwords that are checked when the test lets them be."""

    def setUp(self) -> None:
        super().setUp()
        self.threads: list[tuple[Deferred[bool], Callable[[], bool]]] = []

        def elsewhere(call: Callable[[], bool]) -> Deferred[bool]:
            self.threads.append((Deferred(), call))
            return self.threads[-1][0]

        self.gate.passwords._in_thread = elsewhere
        self.connection = connect(self.site)
        self.addCleanup(self.leave)

    def leave(self) -> None:
        if self.connection.connected:
            self.connection.leave()

    def check_password(self) -> None:
        answer, call = self.threads.pop(0)
        answer.callback(call())

    def head(self, *fields: str, method: str = "POST", path: str = JOBS) -> None:
        """Send a request's head."""
        lines = (f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Type: {FORM_TYPE}", *fields, "", "")
        self.give("\r\n".join(lines).encode())

    def give(self, data: bytes) -> None:
        protocol: Any = self.connection.protocol
        protocol.dataReceived(data)

    def got(self) -> bytes:
        return bytes(self.connection.value())

    @property
    def reads(self) -> bool:
        return self.connection.producerState == "producing"

    @property
    def kept(self) -> int:
        return self.site._bodies


def credentials(headers: dict[str, str]) -> str:
    return f"Authorization: {headers['authorization']}"


GOOD, WRONG = credentials(basic("omar")), credentials(basic("omar", "wrong"))
LENGTH = f"Content-Length: {len(BODY)}"


class WaitingTest(BodyCase):
    def test_while_a_password_is_checked_the_body_is_neither_asked_for_nor_read(self) -> None:
        self.head(GOOD, LENGTH, "Expect: 100-continue")
        assert (self.got(), self.reads) == (b"", False)
        self.check_password()
        assert (self.got(), self.reads) == (b"HTTP/1.1 100 Continue\r\n\r\n", True)
        self.give(BODY)
        assert b"HTTP/1.1 201" in self.got()
        assert (self.hasher.checked, self.kept) == (1, 0)
        assert self.service.submissions[0].ticket.user == "omar"

    def test_a_wrong_password_is_answered_before_the_body_is_taken_in(self) -> None:
        for word in (LENGTH, "Transfer-Encoding: chunked"):
            self.connection = connect(self.site)
            self.head(WRONG, word, "Expect: 100-continue")
            assert not self.reads
            self.check_password()
            assert self.got().startswith(b"HTTP/1.1 401")
            assert b"100 Continue" not in self.got()
            assert self.reads, "what the client still sends is thrown away"
            self.give(BODY[:5000])
            assert self.kept == 0
            self.connection.leave()

    def test_what_came_with_the_head_is_kept_until_it_is_known_and_then_let_go(self) -> None:
        self.head(WRONG, LENGTH)
        self.give(BODY[:5000])
        assert self.kept == 5000
        self.check_password()
        assert self.got().startswith(b"HTTP/1.1 401")
        assert self.kept == 0

    def test_a_whole_request_is_answered_when_it_is_known_who_sends_it(self) -> None:
        small = form(front=PNG)
        for headers, status in ((WRONG, b"401"), (GOOD, b"201")):
            before = len(self.got())
            self.head(headers, f"Content-Length: {len(small)}")
            self.give(small)
            assert len(self.got()) == before
            self.check_password()
            assert self.got()[before:].startswith(b"HTTP/1.1 " + status)
            assert (self.reads, self.kept) == (True, 0)
        assert len(self.service.submissions) == 1
        assert self.hasher.checked == 2

    def test_a_password_that_was_good_a_moment_ago_lets_the_body_in_at_once(self) -> None:
        for _ in range(2):
            self.head(GOOD, LENGTH)
            while self.threads:
                self.check_password()
            assert self.reads
            self.give(BODY)
        assert self.got().count(b"HTTP/1.1 201") == 2
        assert self.hasher.checked == 1

    def test_a_client_that_leaves_meanwhile_is_told_nothing(self) -> None:
        self.connection.leave()
        for headers in (WRONG, GOOD):
            self.connection = connect(self.site)
            self.head(headers, LENGTH, "Expect: 100-continue")
            self.connection.leave()
            self.check_password()
            assert self.got() == b""
        assert self.clock.getDelayedCalls() == []

    def test_one_that_is_too_slow_meanwhile_is_answered_once(self) -> None:
        self.head(GOOD, LENGTH, "Expect: 100-continue")
        self.clock.advance(Limits().body_grace + 1)
        assert self.got().startswith(b"HTTP/1.1 408")
        self.check_password()
        assert self.got().count(b"HTTP/1.1") == 1
        assert self.reads

    def test_what_the_client_reads_meanwhile_does_not_let_the_body_in(self) -> None:
        self.head(GOOD, LENGTH)
        protocol: Any = self.connection.protocol
        protocol.pauseProducing()
        protocol.resumeProducing()
        assert not self.reads
        self.check_password()
        assert self.reads

    def test_guesses_are_counted_before_a_body_is_waited_for(self) -> None:
        for _ in range(10):
            self.tries.begin("127.0.0.1", "")
        self.head(GOOD, LENGTH)
        assert self.got().startswith(b"HTTP/1.1 429")
        assert self.threads == []


class HeadTest(BodyCase):
    def test_tokens_sessions_and_ways_that_are_none_are_refused_by_the_head_alone(self) -> None:
        for field in ("Cookie: printserver-session=none", "Authorization: Bearer none", "Authorization: Basic !",
                      "Authorization: Digest x", "Authorization: "):  # fmt: skip
            self.connection = connect(self.site)
            self.head(field, LENGTH, "Expect: 100-continue")
            assert self.got().startswith(b"HTTP/1.1 401"), field
            self.give(BODY[:5000])
            assert self.kept == 0
            self.connection.leave()
        assert self.threads == []

    def test_a_token_that_is_not_known_is_refused_by_its_head_alone(self) -> None:
        sent = {"content-type": "multipart/form-data", "host": HOST}
        head = RequestContext(method="POST", path=JOBS, client="127.0.0.1", headers={
            name: (value,) for name, value in {**sent, **bearer("none")}.items()
        })  # fmt: skip
        with pytest.raises(LoginNeeded):
            self.site.admit(head)
        known = {name: (value,) for name, value in {**sent, **bearer(self.token("badges", Role.SUBMIT))}.items()}
        context = RequestContext(method="POST", path=JOBS, client="127.0.0.1", headers=known)
        assert self.site.admit(context).route.role is Role.SUBMIT

    def test_a_browser_whose_session_is_over_asks_for_no_password_by_itself(self) -> None:
        self.head("Cookie: printserver-session=none", LENGTH, "Sec-Fetch-Site: same-origin")
        assert self.got().startswith(b"HTTP/1.1 401")
        assert b"WWW-Authenticate: Basic" not in self.got()

    def test_a_session_lets_the_body_in_at_once(self) -> None:
        word = self.gate.begin_session("omar")
        self.head(f"Cookie: printserver-session={word}", LENGTH)
        assert self.reads
        self.give(BODY)
        assert b"HTTP/1.1 201" in self.got()

    def test_with_what_only_reads_no_large_body_is_taken_in(self) -> None:
        for method, path in (("GET", "/healthz"), ("HEAD", "/healthz"), ("GET", JOBS)):
            self.connection = connect(self.site)
            self.head(GOOD, LENGTH, method=method, path=path)
            assert self.got().startswith(b"HTTP/1.1 413"), path
            self.connection.leave()
