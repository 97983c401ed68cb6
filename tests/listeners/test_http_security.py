"""Host, Origin and fixed header fields, rule by rule; then once for API, pages and IPP alike."""

from __future__ import annotations

import pytest

from printserver.errors import BadRequest, NotAllowed, WrongHost
from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.router import Route
from printserver.listeners.http.security import (
    CONTENT_SECURITY_POLICY,
    check_host,
    check_origin,
    known_hosts,
    same_origin,
    with_security_headers,
)
from tests.listeners.http_kit import SiteCase

KNOWN = known_hosts("192.0.2.7", ["Prints.Example", "2001:DB8::7"])


def asking(method: str = "POST", **headers: str | tuple[str, ...]) -> RequestContext:
    fields = {
        name.replace("_", "-"): (value,) if isinstance(value, str) else value for name, value in headers.items()
    }
    return RequestContext(method=method, path="/", headers=fields, local="198.51.100.9")


@pytest.mark.parametrize("host", [
    "localhost", "localhost:8631", "LOCALHOST:1", "localhost.", "127.0.0.1", "127.0.0.1:9", "[::1]", "[::1]:8631",
    "[0:0:0:0:0:0:0:1]:80", "192.0.2.7:8631", "prints.example", "PRINTS.example.:443", "[2001:db8:0:0::7]",
    "198.51.100.9:8631",
])  # fmt: skip
def test_a_known_host_is_answered_with_any_port(host: str) -> None:
    check_host(asking(host=host), KNOWN)


@pytest.mark.parametrize("host", [
    "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost", "127.0.0.2", "192.0.2.8",
    "0.0.0.0", "[::2]", "xn--localhost-.example",
])  # fmt: skip
def test_a_strange_host_is_misdirected(host: str) -> None:
    with pytest.raises(WrongHost):
        check_host(asking(host=host), KNOWN)


@pytest.mark.parametrize("host", [
    "", "localhost:port", "user@localhost", "localhost/", "local host", "[::1", "localhost:123456", "localhost,evil",
    ("localhost", "localhost"), ("localhost", "evil.example"), (),
])  # fmt: skip
def test_a_host_that_is_none_or_several_is_a_bad_request(host: str | tuple[str, ...]) -> None:
    with pytest.raises(BadRequest):
        check_host(asking(host=host), KNOWN)


@pytest.mark.parametrize(("origin", "host"), [
    ("http://localhost:8631", "localhost:8631"), ("https://prints.example", "prints.example"),
    ("https://prints.example", "prints.example:443"), ("http://[::1]:8631", "[0::1]:8631"),
    ("HTTP://LOCALHOST:8631", "localhost:8631"),
])  # fmt: skip
def test_an_origin_of_the_same_host_and_port_is_ours(origin: str, host: str) -> None:
    assert same_origin(origin, host)
    check_origin(asking(origin=origin, host=host))


@pytest.mark.parametrize(("origin", "host"), [
    ("null", "localhost:8631"), ("", "localhost:8631"), ("http://localhost:3000", "localhost:8631"),
    ("http://127.0.0.1:8631", "localhost:8631"), ("http://evil.example", "localhost"),
    ("localhost:8631", "localhost"), ("file://", "localhost"), ("chrome-extension://abcdef", "abcdef"),
    ("http://localhost:8631@evil.example", "localhost"),
    ("http://[::1", "localhost"), ("https://prints.example", "prints.example:80"),
])  # fmt: skip
def test_any_other_origin_changes_nothing(origin: str, host: str) -> None:
    assert not same_origin(origin, host)
    with pytest.raises(NotAllowed):
        check_origin(asking(origin=origin, host=host))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "CROSS-SITE", "something-new"])
def test_a_browser_that_says_another_site_caused_it_changes_nothing(site: str) -> None:
    with pytest.raises(NotAllowed):
        check_origin(asking(sec_fetch_site=site, host="localhost"))


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_browser_on_our_own_page_may_change_things(site: str) -> None:
    check_origin(asking(sec_fetch_site=site, host="localhost:8631", origin="http://localhost:8631"))


def test_a_program_sends_neither_and_may_change_things() -> None:
    check_origin(asking(host="localhost"))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_changes_nothing_and_is_not_checked(method: str) -> None:
    check_origin(asking(method, origin="http://evil.example", sec_fetch_site="cross-site", host="localhost"))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "POKE"])
def test_every_other_method_is(method: str) -> None:
    with pytest.raises(NotAllowed):
        check_origin(asking(method, origin="http://evil.example", host="localhost"))


def test_a_handler_may_choose_caching_and_nothing_else() -> None:
    found = dict(with_security_headers((("Cache-Control", "max-age=60"), ("content-security-policy", "default-src *"))))
    assert found["Cache-Control"] == "max-age=60"
    assert found["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "content-security-policy" not in found


def test_the_policy_has_no_inline_script_no_stranger_and_no_frame() -> None:
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; ")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


async def _page(context: RequestContext) -> Response:
    return Response(200, (("Content-Type", "text/html"),), b"<p>page</p>")


async def _ipp(context: RequestContext) -> Response:
    return Response(200, (("Content-Type", "application/ipp"),), context.body)


class TestOneGateForAllDoors(SiteCase):
    routes = (Route("GET", "/", _page), Route("POST", "/ipp/print", _ipp, ("application/ipp",)))
    hosts = ("prints.example",)

    async def test_host_is_checked_for_api_page_and_ipp(self) -> None:
        doors = [("GET", "/", ""), ("GET", "/api/v1/jobs", ""), ("POST", "/ipp/print", "application/ipp")]
        for method, path, kind in doors:
            strange = await self.call(method, path, Host="evil.example", Content_Type=kind)
            assert (strange.status, strange.json()["code"]) == (421, "wrong-host")
            ours = await self.call(method, path, Host="prints.example:99", Content_Type=kind)
            assert ours.status == 200

    async def test_a_strange_page_can_neither_print_nor_cancel_nor_speak_ipp(self) -> None:
        self.service.put_job()
        for path, kind in [("/api/v1/jobs/1/cancel", "application/json"), ("/ipp/print", "application/ipp")]:
            for fields in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "null"}):
                answer = await self.call("POST", path, b"", Content_Type=kind, **fields)
                assert (answer.status, answer.json()["code"]) == (403, "not-allowed")
        assert self.service.wishes == []

    async def test_an_address_in_the_request_line_counts_as_host(self) -> None:
        answer = await self.raw(
            b"GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 421 "), answer[:80]

    async def test_every_answer_carries_the_fixed_fields(self) -> None:
        for path in ("/", "/api/v1/jobs", "/nowhere"):
            headers = (await self.call("GET", path)).headers
            assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert headers["cache-control"] == "no-store"
            assert "access-control-allow-origin" not in headers

    async def test_a_preflight_gets_no_permission(self) -> None:
        answer = await self.call(
            "OPTIONS", "/api/v1/jobs", Origin="https://evil.example", Access_Control_Request_Method="POST"
        )
        assert answer.status == 405
        assert not [name for name in answer.headers if name.startswith("access-control")]
