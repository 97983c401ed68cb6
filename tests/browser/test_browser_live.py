"""The page follows what happens without being loaded anew, and keeps its place while it does."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.browser_kit import Complaints, Desk, follow


def mark(page: Page) -> None:
    """Leave a trace that a reload would take away."""
    page.evaluate("window.sameDocument = true")


def not_loaded_anew(page: Page) -> bool:
    return bool(page.evaluate("window.sameDocument === true"))


def test_a_row_changes_without_reload(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    mark(page)
    row = page.locator("#job-14")
    expect(row).to_contain_text("3 of 10 cards printed")
    desk.do("step", job=14, card=4, event="done")
    expect(row).to_contain_text("4 of 10 cards printed")
    assert not_loaded_anew(page)


def test_a_new_job_comes_in_and_leaves_when_it_is_over(page: Page, desk: Desk) -> None:
    desk.do("reset", empty=True)
    follow(page, desk.address)
    mark(page)
    desk.do("put", name="Fresh")
    expect(page.locator("section.jobs ol:not(.over) #job-1")).to_contain_text("Waiting")
    for event in ("render", "rendered", "start", "done"):
        desk.do("step", job=1, event=event)
    expect(page.locator("ol.over #job-1")).to_contain_text("Printed")
    assert not_loaded_anew(page)


def test_what_needs_a_person_comes_into_title_and_announcement(page: Page, desk: Desk) -> None:
    desk.do("reset", empty=True)
    follow(page, desk.address)
    expect(page).to_have_title("Front desk")
    announced = page.locator("#announce")
    expect(announced).to_have_attribute("aria-live", "polite")
    expect(announced).to_have_text("Nothing needs you.")
    announced.evaluate("element => { window.announcer = element }")
    desk.do("printer", name="front-office", state="blocked", reason="cover-open", detail="ERR COVER")
    expect(page).to_have_title("(1) needs you – Front desk")
    expect(announced).to_contain_text("One thing needs you. front-office: The cover is open.")
    # a screen reader hears only what changes inside the very element that it knows
    assert announced.evaluate("element => element === window.announcer")
    desk.do("printer", name="front-office", state="idle")
    expect(page).to_have_title("Front desk")


def test_focus_and_opened_details_survive_news(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    details = page.locator("#printer-front-office-more")
    details.locator("summary").click()
    button = page.locator("#job-18-cancel")
    button.focus()
    desk.do("step", job=14, card=4, event="done")
    expect(page.locator("#job-14")).to_contain_text("4 of 10")
    expect(button).to_be_focused()
    assert details.evaluate("element => element.open")


def test_focus_survives_when_rows_before_it_leave(page: Page, desk: Desk) -> None:
    follow(page, desk.address)
    button = page.locator("#job-19-cancel")
    button.focus()
    for event in ("render", "rendered", "start", "done"):
        desk.do("step", job=18, event=event)
    expect(page.locator("ol.over #job-18")).to_be_visible()
    expect(button).to_be_focused()


def test_rows_stay_where_they_are_while_the_pointer_is_on_the_way_to_a_button(page: Page, desk: Desk) -> None:
    page.clock.install()
    follow(page, desk.address)
    hold = page.locator("#job-19-hold")
    hold.scroll_into_view_if_needed()
    place = top_of(hold)
    hear_of(page, "18/1", "done")
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)  # the page's time: the machine may be slow
    hold.hover(position={"x": 9, "y": 9})
    for event in ("render", "rendered", "start", "done"):
        desk.do("step", job=18, event=event)
    page.locator("html[data-heard]").wait_for(state="attached")
    page.clock.run_for(1200)
    # a page asked for now is answered after one that the news would have asked for
    page.evaluate("fetch('/').then(answer => answer.text())")
    assert top_of(hold) == place
    page.clock.run_for(3000)  # the pointer rests
    expect(page.locator("ol.over #job-18")).to_be_visible()
    assert top_of(hold) != place


def top_of(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"]


def hear_of(page: Page, subject: str, what: str) -> None:
    """Let the page tell (`data-heard`) when a second ear has heard of an event, as its own has then."""
    page.evaluate(
        """([subject, what]) => new Promise(resolve => {
            const ear = new EventSource("/api/v1/events");
            ear.onopen = resolve;
            ear.onmessage = message => {
                const row = JSON.parse(message.data);
                if (row.subject === subject && row.what === what) document.documentElement.dataset.heard = "yes";
            };
        })""",
        [subject, what],
    )


def test_a_lost_connection_is_said_and_taken_back(page: Page, desk: Desk, complaints: Complaints) -> None:
    complaints.expected = ("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED", "htmx")
    follow(page, desk.address)
    banner = page.locator("#lost")
    expect(banner).to_be_hidden()
    # a stream that is refused when it begins anew stands for a server that is away
    page.route("**/api/v1/events*", lambda route: route.abort("internetdisconnected"))
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("What you see may be old")
    desk.do("put", name="While we were away")
    page.unroute("**/api/v1/events*")
    expect(banner).to_be_hidden()
    expect(page.locator("body")).to_contain_text("While we were away")


def test_the_job_page_follows_too(page: Page, desk: Desk) -> None:
    follow(page, f"{desk.address}/jobs/14")
    expect(page.locator("#card-4")).to_contain_text("Printing")
    desk.do("step", job=14, card=4, event="done")
    expect(page.locator("#card-4")).to_contain_text("Printed")
    expect(page.locator("ol.story li").last).to_contain_text("Card 4: printed")
