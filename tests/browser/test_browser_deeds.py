"""What people do in the browser: with the mouse, with the keyboard alone, and without any script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.browser_kit import Complaints, Desk, follow

REFUSED = ("status of 409", "htmx")


def test_hold_and_release_stay_in_place(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    button = page.locator("#job-18-hold")
    button.click()
    expect(page.locator("#job-18")).to_contain_text("On hold")
    expect(page.locator("#notice")).to_contain_text("Job 18: The job is on hold.")
    expect(button).to_contain_text("Release")
    expect(button).to_be_focused()
    button.click()
    expect(page.locator("#job-18")).to_contain_text("Waiting")
    assert [wish[0] for wish in desk.wishes()] == ["hold", "release"]


def test_cancel_asks_first_and_can_be_left(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    cancel = page.locator("#job-18-cancel")
    cancel.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Cancel this job?")
    expect(dialog).to_contain_text("job 18")
    dialog.get_by_role("button", name="Do nothing").click()
    expect(dialog).to_be_hidden()
    expect(cancel).to_be_focused()
    assert desk.wishes() == []


def test_cancel_is_done_with_name_and_reason(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    page.locator("#job-18-cancel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Sari")
    dialog.get_by_label("Reason or note").fill("wrong photo")
    dialog.get_by_role("button", name="Cancel the job").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("ol.over #job-18")).to_contain_text("Cancelled")
    expect(page.locator("#notice")).to_be_focused()
    assert desk.wishes() == [["cancel", 18, "Sari", "wrong photo"]]
    page.locator("#job-19-cancel").click()
    expect(dialog.get_by_label("Your name")).to_have_value("Sari")


def test_an_uncertain_card_is_settled_with_its_picture_before_the_eyes(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    page.locator("#need-settle-16").click()
    dialog = page.get_by_role("dialog")
    picture = dialog.get_by_alt_text("The front of the card as it is printed")
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [1016, 648]
    dialog.get_by_role("button", name="That is what happened").click()
    expect(dialog).to_be_visible()  # nothing was chosen: the browser asks for it
    assert desk.wishes() == []
    dialog.get_by_label("It is printed and good").check()
    dialog.get_by_role("button", name="That is what happened").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("ol.over #job-16")).to_contain_text("Printed")
    expect(page).to_have_title("(1) needs you – Front desk")
    assert desk.wishes() == [["settle", [16, 1, "done"], "anonymous", ""]]


def test_one_of_several_finished_cards_is_rejected(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    page.locator("#job-14-reject").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Card 2").check()
    dialog.get_by_role("button", name="Reject it and print again").click()
    expect(page.locator("#job-14")).to_contain_text("2 of 10 cards printed")
    assert desk.wishes() == [["reject", [14, 2], "anonymous", ""]]


def test_a_job_is_printed_again_once_however_often_the_button_is_pressed(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    page.locator("#job-12-reprint").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Copies").fill("2")
    dialog.get_by_role("button", name="Print again").dblclick()
    expect(page.locator("#job-20")).to_contain_text("0 of 2 cards printed")
    expect(page.locator("#job-21")).to_have_count(0)
    assert [wish[:2] for wish in desk.wishes()] == [["reprint", [12, 2]]]


def test_a_queue_is_paused_and_resumed(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    button = page.locator("#queue-card-pause")
    button.click()
    expect(page.locator("#queue-card")).to_contain_text("Paused: takes jobs, prints none")
    expect(page.locator("#job-18")).to_contain_text("Its queue is paused.")
    button.click()
    expect(page.locator("#queue-card")).to_contain_text("Prints")


def test_a_printer_is_told_that_the_cause_is_removed(page: Page, desk: Desk) -> None:
    desk.do("reset", empty=True)
    desk.do("printer", name="front-office", state="blocked", reason="media-jam", detail="ERR CARD")
    follow(page, desk.address)
    page.locator("#need-clear-front-office").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("A card is stuck.")
    dialog.get_by_role("button", name="The path is empty, go on").click()
    expect(page.locator("#needs")).to_contain_text("Nothing needs you")
    assert desk.wishes() == [["clear", "front-office", "anonymous", ""]]


def test_what_changed_meanwhile_is_said_and_nothing_is_done(page: Page, desk: Desk, complaints: Complaints) -> None:
    complaints.expected = REFUSED
    follow(page, desk.address)
    page.locator("#need-settle-16").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("It was never printed").check()
    desk.do("step", job=16, event="settle-done")
    dialog.get_by_role("button", name="That is what happened").click()
    expect(dialog).to_contain_text("Somebody else changed the same row first")
    expect(page.locator("#live")).to_be_visible()
    assert desk.wishes() == []


def test_a_deed_that_is_refused_at_once_is_said_in_the_dialog(page: Page, desk: Desk, complaints: Complaints) -> None:
    complaints.expected = (*REFUSED, "ERR_FAILED")
    follow(page, desk.address)
    page.route("**/*", lambda route: route.abort() if route.request.headers.get("hx-source") == "div#live" else
               route.continue_())  # fmt: skip
    for event in ("render", "rendered", "start", "done"):
        desk.do("step", job=18, event=event)
    page.locator("#job-18-hold").click()
    expect(page.get_by_role("dialog")).to_contain_text("What was asked does not fit the state")


# the keyboard alone


def tab_to(page: Page, goal: Locator, most: int = 80) -> None:
    """Press Tab until the goal has the focus; each stop on the way must be seen to have it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; })()"
        )
        assert shown, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if goal.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


def test_a_card_is_settled_by_keyboard_alone(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#need-settle-16"))
    page.keyboard.press("Space")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="What became of the card?")).to_be_focused()
    tab_to(page, dialog.get_by_label("It is printed and good"))
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_label("It is spoiled: print it again")).to_be_checked()
    tab_to(page, dialog.get_by_role("button", name="That is what happened"))
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert desk.wishes() == [["settle", [16, 1, "spoiled"], "anonymous", ""]]


def test_escape_leaves_the_dialog(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    link = page.locator("#job-18-cancel")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(link).to_be_focused()


# without a script


@pytest.fixture
def plain_page(browser: Browser) -> Page:
    context = browser.new_context(java_script_enabled=False, locale="en-US", viewport={"width": 800, "height": 900})
    return context.new_page()


def test_everything_works_without_a_script(plain_page: Page, desk: Desk) -> None:
    page = plain_page
    page.goto(desk.address)
    page.locator("#job-18-hold").click()
    expect(page.locator("#notice")).to_contain_text("Job 18: The job is on hold.")
    page.locator("#need-settle-16").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What became of the card?")
    page.get_by_label("It was never printed").check()
    page.get_by_label("Your name").fill("Budi")
    page.get_by_role("button", name="That is what happened").click()
    expect(page.locator("#notice")).to_contain_text("It is written down.")
    page.goto(f"{desk.address}/jobs/12")
    page.get_by_role("button", name="Print again").click()
    page.get_by_role("button", name="Print again").click()
    expect(page.locator("#notice")).to_contain_text("Job 20: A new job was made.")
    assert [wish[0] for wish in desk.wishes()] == ["hold", "settle", "reprint"]
    page.context.close()
