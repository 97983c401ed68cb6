"""How the pages look and read: small and large, light and dark, in each language, for people who cannot see them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browser_kit import ColorScheme, Complaints, Desk, follow, violations

PATHS = [
    "/", "/wall", "/jobs/16", "/jobs/14", "/jobs/16/settle", "/jobs/14/reject", "/jobs/12/reprint", "/jobs/18/cancel",
    "/jobs/17/cards/1/panels", "/jobs/14/cards/1/panels", "/jobs/17", "/jobs/17/release", "/jobs/17/move",
    "/history", "/history?state=completed", "/counts", "/report", "/purge", "/printers/workshop/replace",
    "/printers/front-office/supplies", "/jobs/1/purge",
    "/printers/add", "/printers/add/one?device=usb:P100", "/printers/add/one?device=usb:P100&kind=evolis/zenius",
]  # fmt: skip


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(360, "light", "en"), (360, "dark", "id"), (1920, "dark", "en"), (1920, "light", "id")],
)
def test_axe_finds_no_serious_violation(
    looking: Any, desk: Desk, width: int, scheme: ColorScheme, language: str  # noqa: ANN401 - see `looking`
) -> None:  # fmt: skip
    page = looking(width, scheme, language)
    for path in PATHS:
        page.goto(desk.address + path)
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        assert violations(page) == [], path


def test_axe_finds_no_serious_violation_in_the_dialog(looking: Any, desk: Desk) -> None:  # noqa: ANN401 - see `looking`
    page = looking(1280, "dark")
    follow(page, desk.address)
    page.locator("#need-settle-16").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


def test_axe_sees_what_is_wrong(looking: Any, desk: Desk) -> None:  # noqa: ANN401 - see `looking`
    page = looking(1280)
    page.goto(desk.address)
    page.evaluate("document.querySelector('footer').insertAdjacentHTML('beforeend', '<button></button>')")
    assert "button-name" in "".join(violations(page))


@pytest.mark.parametrize(("width", "language"), [(320, "en"), (360, "id"), (768, "en"), (1920, "id")])
def test_no_page_is_wider_than_the_screen(looking: Any, desk: Desk, width: int, language: str) -> None:  # noqa: ANN401
    page = looking(width, "light", language)
    desk.do("put", name="Averylongnamewithoutanyblank" * 8)
    for path in PATHS:
        page.goto(desk.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_pressed_is_large_enough_for_a_thumb(looking: Any, desk: Desk, width: int) -> None:  # noqa: ANN401
    page = looking(width)
    for path in PATHS:
        page.goto(desk.address + path)
        small = page.evaluate(
            "[...document.querySelectorAll("
            "'button, [role=button], summary, .choice label, .languages a, .turn a, .ways a')]"
            ".filter(each => each.offsetParent && each.getBoundingClientRect().height < 43.5)"
            ".map(each => each.outerHTML.slice(0, 120))"
        )
        assert small == [], path


def test_the_page_has_landmarks_and_headings_in_order(page: Page, desk: Desk) -> None:
    page.goto(desk.address)
    for role in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)
    for name in ("Language", "Pages"):
        expect(page.get_by_role("navigation", name=name)).to_have_count(1)
    levels = page.evaluate("[...document.querySelectorAll('main :is(h1,h2,h3,h4)')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_state_is_never_told_by_colour_alone(page: Page, desk: Desk) -> None:
    page.goto(desk.address)
    states = page.locator(".state")
    assert states.count() > 10
    for text in states.all_inner_texts():
        assert text.strip()


def test_the_language_is_switched_on_the_page_and_stays(page: Page, desk: Desk) -> None:
    page.goto(desk.address)
    page.get_by_role("link", name="Bahasa Indonesia").click()
    expect(page.locator("html")).to_have_attribute("lang", "id")
    expect(page).to_have_title("(2) perlu Anda – Front desk")
    follow(page, f"{desk.address}/jobs/14")
    expect(page.locator("html")).to_have_attribute("lang", "id")
    desk.do("step", job=14, card=4, event="done")
    expect(page.locator("#card-4")).to_contain_text("Tercetak")


def test_the_policy_forbids_what_a_stranger_would_put_in(page: Page, desk: Desk, complaints: Complaints) -> None:
    complaints.expected = ("Content Security Policy", "status of 404")
    page.goto(desk.address)
    page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener("error", resolve, true);
            const script = document.createElement("script");
            script.textContent = "window.owned = 2";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", '<img src="/nowhere.png" onerror="window.owned = 1">');
        })"""
    )
    assert page.evaluate("window.owned") is None


def test_nothing_is_fetched_from_elsewhere(page: Page, desk: Desk) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    follow(page, desk.address)
    assert asked
    assert [url for url in asked if not url.startswith((desk.address, "data:"))] == []
