"""What was printed, how many, a day, and what is thrown away: with the mouse, by the keyboard alone, on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.browser_kit import Desk


def by_keyboard(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus; nothing else leads there."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("the keyboard does not lead there")


@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_of_the_past_is_reached_from_the_first(looking: Any, desk: Desk, width: int) -> None:  # noqa: ANN401
    page = looking(width)
    page.goto(desk.address)
    ways = page.get_by_role("navigation", name="Pages")
    for name, heading in (("History", "What was printed"), ("Counts", "Who had how many cards"),
                          ("Report", "Report of"), ("Jobs", "Printers and jobs")):  # fmt: skip
        ways.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        expect(ways.locator("[aria-current=page]")).to_have_text(name)
    page.get_by_role("link", name="Wall", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 things wait for a person")


def test_a_job_is_found_by_the_keyboard_alone(page: Page, desk: Desk) -> None:
    page.goto(desk.address)
    by_keyboard(page, page.get_by_role("link", name="History", exact=True))
    page.keyboard.press("Enter")
    by_keyboard(page, page.get_by_label("Words of its name"))
    page.keyboard.type("visitors")
    page.keyboard.press("Enter")
    page.wait_for_url("**/history?name=visitors&*")
    expect(page.get_by_label("Words of its name")).to_have_value("visitors")
    by_keyboard(page, page.get_by_role("button", name="All jobs again"))
    by_keyboard(page, page.get_by_role("region", name="What was found"))  # it scrolls by the arrow keys
    by_keyboard(page, page.get_by_role("row").get_by_role("link").first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*")


def test_the_table_is_cards_on_a_phone_and_columns_on_a_desk(looking: Any, desk: Desk) -> None:  # noqa: ANN401
    page = looking(360)
    page.goto(desk.address + "/history")
    row = page.get_by_role("row").filter(has_text="Budi Teladan")
    boxes = [cell.bounding_box() for cell in row.get_by_role("cell").all()]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 360 for box in boxes), boxes
    assert row.bounding_box()["height"] < 160, "words stand on lines, not letters"
    label = "cell => getComputedStyle(cell, '::before').content"
    assert row.get_by_role("cell").nth(1).evaluate(label) == '"Came: "'
    wide = looking(1280)
    wide.goto(desk.address + "/history")
    expect(wide.get_by_role("columnheader", name="Came")).to_be_visible()
    row = wide.get_by_role("row").filter(has_text="Visitors, group 12")
    assert row.bounding_box()["height"] < 60


@pytest.mark.parametrize(("width", "language"), [(360, "en"), (360, "id"), (1280, "en")])
def test_no_word_of_a_table_is_broken_and_none_is_hidden(
    looking: Any, desk: Desk, width: int, language: str  # noqa: ANN401 - see `looking`
) -> None:  # fmt: skip
    page = looking(width, "light", language)
    for path in ("/history", "/counts", "/report"):
        page.goto(desk.address + path)
        broken = page.evaluate(
            "[...document.querySelectorAll('.wide-table thead th, .wide-table .count')]"
            ".filter(cell => cell.getBoundingClientRect().height && cell.scrollWidth > cell.clientWidth + 1)"
            ".map(cell => cell.textContent)"
        )
        assert broken == [], (path, broken)
        beyond = page.evaluate(
            "[...document.querySelectorAll('.wide-table')].filter(each => each.scrollWidth > each.clientWidth).length"
        )
        assert beyond == 0, path


def test_the_file_is_offered_with_what_was_looked_for(page: Page, desk: Desk) -> None:
    page.goto(desk.address + "/history")
    page.get_by_label("State").select_option("completed")
    page.get_by_role("button", name="Search").click()
    file = page.get_by_role("button", name="Save as a file (CSV)")
    expect(file).to_have_attribute("href", "/api/v1/history.csv?state=completed")


def test_cards_are_counted_by_department_and_summed(page: Page, desk: Desk) -> None:
    page.goto(desk.address + "/counts")
    page.get_by_label("Counted by").select_option("department")
    page.get_by_label("From").fill("2026-11-01")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("columnheader", name="Department")).to_be_visible()
    expect(page.get_by_label("From")).to_have_value("2026-11-01")
    expect(page.get_by_role("row").last).to_have_text("All together1191")


def test_another_day_is_chosen(page: Page, desk: Desk) -> None:
    page.goto(desk.address + "/report")
    page.get_by_label("Another day").fill("2031-05-02")
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Report of Fri 2 May 2031")
    page.get_by_role("button", name="The next day").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Report of Sat 3 May 2031")


def test_a_persons_documents_are_shown_and_then_thrown_away_by_the_keyboard(page: Page, desk: Desk) -> None:
    page.goto(desk.address + "/history")
    by_keyboard(page, page.get_by_role("link", name="Throw documents of a person or of old jobs away"))
    page.keyboard.press("Enter")
    by_keyboard(page, page.get_by_label("The person's name"))
    page.keyboard.type("group 12")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The documents of this job would go")).to_be_visible()
    assert page.url == f"{desk.address}/purge", "nobody's name stands in an address"
    by_keyboard(page, page.get_by_label("Your name"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The documents of this job would go")).to_be_visible()  # a name is needed
    page.keyboard.type("rosa")
    by_keyboard(page, page.get_by_label("Reason"))
    page.keyboard.type("asked in writing")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("The documents are thrown away.")
    assert [[what, by, why] for what, _, by, why in desk.wishes()] == [
        ["purge-jobs", "anonymous", ""], ["purge-jobs", "rosa", "asked in writing"],
    ]  # fmt: skip


def test_a_printer_is_replaced_and_the_page_that_follows_has_its_own_address(page: Page, desk: Desk) -> None:
    page.goto(desk.address)
    page.locator("#printer-front-office-more summary").press("Enter")
    page.get_by_role("link", name="Replace this printer front-office").press("Enter")
    page.get_by_label("The printer in its place").select_option("archive")
    page.get_by_label("Your name").fill("rosa")
    page.get_by_label("Your name").press("Enter")
    expect(page.locator("#notice")).to_contain_text("The printer is replaced.")
    assert page.url == f"{desk.address}/?did=replace"
    page.locator("html[data-live=yes]").wait_for(state="attached")
