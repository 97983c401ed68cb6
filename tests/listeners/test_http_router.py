"""Routes: what fits, what does not and why, and what a path can never become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.listeners.http import RequestContext, Response, Route, Router
from printserver.listeners.http.errors import MediaTypeUnsupported, MethodNotAllowed, PageUnknown
from printserver.listeners.http.router import Match, decoded


async def handler(context: RequestContext) -> Response:
    return Response()


ROUTER = Router([
    Route("GET", "/", handler),
    Route("POST", "/", handler, ("application/ipp",)),
    Route("GET", "/jobs/{job:int}", handler),
    Route("GET", "/jobs/{job:int}/{side}.png", handler),
    Route("GET", "/static/{file:path}", handler),
    Route("POST", "/mixed", handler, ("application/json",)),
    Route("POST", "/mixed", handler, ("text/plain",)),
])  # fmt: skip


def find(method: str, path: str, kind: str = "", length: int | None = 0) -> Match:
    headers = {"content-type": (kind,)} if kind else {}
    return ROUTER.match(RequestContext(method=method, path=path, headers=headers, length=length))


def test_holes_are_filled() -> None:
    assert find("GET", "/jobs/12").parameters == {"job": "12"}
    assert find("GET", "/jobs/12/front.png").parameters == {"job": "12", "side": "front"}
    assert find("GET", "/static/css/pico.min.css").parameters == {"file": "css/pico.min.css"}
    assert find("GET", "/jobs/12/fr%C3%B6nt.png").parameters == {"job": "12", "side": "frönt"}


def test_head_is_get() -> None:
    assert find("HEAD", "/").route.method == "GET"


def test_an_unknown_path_is_no_page() -> None:
    for path in ("/jobs", "/jobs/", "/jobs/x", "/jobs/12/", "/jobs/-1", "/static/", "/jobs/%D9%A1", "", "*"):
        with pytest.raises(PageUnknown):
            find("GET", path)


def test_another_method_is_told_which_ones_there_are() -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        find("DELETE", "/")
    assert caught.value.allowed == "GET, HEAD, POST"
    with pytest.raises(MethodNotAllowed):
        find("get", "/")


def test_the_kind_of_body_chooses_the_route() -> None:
    assert find("POST", "/", "application/ipp", 3).route.consumes == ("application/ipp",)
    assert find("POST", "/mixed", "Text/Plain; charset=utf-8", 3).route.consumes == ("text/plain",)
    assert find("POST", "/mixed", "application/json", None).route.consumes == ("application/json",)


def test_another_kind_of_body_is_told_which_ones_there_are() -> None:
    for kind, length in [("image/png", 3), ("", 3), ("", None), ("application/jsonx", 3)]:
        with pytest.raises(MediaTypeUnsupported) as caught:
            find("POST", "/mixed", kind, length)
        assert caught.value.allowed == "application/json, text/plain"


def test_no_body_needs_no_kind() -> None:
    assert find("POST", "/mixed").route.consumes == ("application/json",)


@pytest.mark.parametrize("path", [
    "/static/../secret", "/static/%2e%2e/secret", "/static/a%2fb", "/static/a%5cb", "/static/a%00", "/static/a%0a",
    "/static/%ff", "/static/./a", "/static/%7f",
])  # fmt: skip
def test_a_hostile_path_is_no_page(path: str) -> None:
    with pytest.raises(PageUnknown):
        find("GET", path)


@given(st.text(alphabet="/%.2e5cf0aA\\~\x00é", max_size=20))
def test_a_decoded_path_never_climbs(path: str) -> None:
    try:
        text = decoded("/static/" + path)
    except PageUnknown:
        return
    assert text.count("/") == path.count("/") + 2
    assert "\\" not in text
    assert "\x00" not in text
    assert not {".", ".."} & set(text.split("/"))
