"""The panels of a card in the browser: fetched when somebody looks, seen before a held job is released, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from printserver.design.sample import sample_back, sample_front
from printserver.model.card import Side
from printserver.sandbox.pictures import png
from printserver.web.report import ReportedCard, report_page
from tests.browser.browser_kit import ColorScheme, Complaints, Desk, follow, violations
from tests.web.busy_day import WARNINGS
from tests.web.panel_samples import looked_at, pixels


def test_panels_are_fetched_when_the_job_is_looked_at_and_stay(page: Page, desk: Desk) -> None:
    follow(page, f"{desk.address}/jobs/18")
    panels = page.locator("#panels")
    expect(panels.locator("figure")).to_have_count(5)
    expect(panels).to_contain_text("Nothing about these panels looks wrong.")
    for picture in panels.locator("img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
    page.evaluate("window.sameDocument = true")
    desk.do("step", job=18, event="render")
    expect(page.locator("#card-1")).to_contain_text("Being prepared")
    expect(panels.locator("figure")).to_have_count(5)
    assert page.evaluate("window.sameDocument") is True


def test_a_panel_is_opened_whole_by_keyboard(page: Page, desk: Desk, complaints: Complaints) -> None:
    complaints.expected = ("Content Security Policy",)  # a browser's own style of a bare picture
    page.goto(f"{desk.address}/jobs/18/cards/1/panels")
    page.get_by_role("link", name="Front: Magenta (M)").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/api/v1/jobs/18/cards/1/panels/front-M.png")


def test_a_held_job_is_released_after_its_warnings_were_seen(page: Page, desk: Desk, complaints: Complaints) -> None:
    complaints.expected = ("status of 409",)
    follow(page, desk.address)
    page.locator("#job-17-hold").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 warnings about its panels")
    expect(dialog).to_contain_text("Print that is too small for resin")
    expect(dialog.locator("#ask-title")).to_be_focused()
    assert desk.wishes() == []
    dialog.get_by_role("button", name="Do nothing").click()
    expect(dialog).to_be_hidden()
    assert desk.wishes() == []
    page.locator("#job-17-hold").click()
    dialog.get_by_label("Your name").fill("Sari")
    dialog.get_by_role("button", name="Release the job").click()
    expect(page.locator("#job-17")).to_contain_text("Waiting")
    assert [(wish[0], wish[2]) for wish in desk.wishes()] == [("release", "Sari")]


def test_without_a_script_warnings_are_a_page_of_their_own(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desk.address}/jobs/17")
    page.get_by_role("link", name="Look at each panel").click()
    expect(page.locator("#panels figure")).to_have_count(5)
    page.goto(f"{desk.address}/jobs/17")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_role("heading", name="2 warnings about its panels")).to_be_visible()
    page.get_by_role("button", name="Release the job").click()
    expect(page.locator("#notice")).to_contain_text("The job is released.")
    context.close()


@pytest.fixture(scope="module")
def reported() -> ReportedCard:
    front, back = sample_front(), sample_back()
    inspection, inks = looked_at(front, back)
    pages = {Side.FRONT: front, Side.BACK: back}
    return ReportedCard(
        printer="evolis primacy", files={side: f"{side}.png" for side in pages},
        inspection=replace(inspection, warnings=WARNINGS), sources=pages,
        composites={side: png(pixels(page)) for side, page in pages.items()},
        inks={(ink.side, ink.panel, ink.number): ink.whole for ink in inks},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(320, "light", "en"), (360, "dark", "id"), (1920, "dark", "en"), (1920, "light", "id")],
)
def test_a_report_reads_well_alone(
    looking: Any,  # noqa: ANN401 - a function that opens pages
    reported: ReportedCard, tmp_path: Path, width: int, scheme: ColorScheme, language: str,
) -> None:  # fmt: skip
    (tmp_path / "report.html").write_text(report_page(reported, language))
    page = looking(width, scheme, language)
    page.goto(f"file://{tmp_path}/report.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every(each => each.complete && each.naturalWidth > 0)")
    assert violations(page) == []


def test_a_reports_own_policy_lets_its_style_in(page: Page, reported: ReportedCard, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(report_page(reported, "en"))
    page.goto(f"file://{tmp_path}/report.html")  # `complaints` hears when the policy refuses something
    assert page.evaluate("getComputedStyle(document.querySelector('.inks')).display") == "grid"
    assert page.locator(".marks rect").count() == 3
