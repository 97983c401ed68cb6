"""Adding a printer with nothing but a keyboard, on a phone's width."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.browser_kit import Desk, follow


def test_a_printer_is_added_by_keyboard(looking: Any, desk: Desk) -> None:  # noqa: ANN401 - see `looking`
    page = looking(360, "dark")
    follow(page, desk.address)
    page.locator("#add-printer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Add a printer")).to_be_visible()
    first = page.get_by_role("button", name="Add it", exact=True).first
    first.focus()
    page.keyboard.press("Enter")
    name = page.get_by_label("Its name, for people and programs")
    expect(name).to_have_value("primacy")
    expect(page.get_by_label("Where it is connected")).to_have_value("usb:P100")
    name.focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("front-desk")
    page.keyboard.press("Tab")
    page.keyboard.type("K")  # a select is set by the first letter
    expect(page.get_by_label("The ribbon that is in it")).to_have_value("KO")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add the printer").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("The printer is added.")


def test_a_name_that_is_none_is_refused_before_it_is_sent(looking: Any, desk: Desk) -> None:  # noqa: ANN401
    page = looking(1280)
    page.goto(desk.address + "/printers/add/one?device=usb:P100&kind=evolis/primacy")
    name = page.get_by_label("Its name, for people and programs")
    for text, fits in (("front desk", False), ("front-desk_2.a", True), (".hidden", False)):
        name.fill(text)
        assert name.evaluate("field => field.checkValidity()") is fits, text


def test_one_that_is_not_told_clearly_is_asked_for(looking: Any, desk: Desk) -> None:  # noqa: ANN401 - see `looking`
    page = looking(360, "light", "id")
    page.goto(desk.address + "/printers/add")
    page.get_by_role("button", name="Pilih driver untuknya").first.click()
    page.get_by_role("button", name="Lanjutkan").click()
    expect(page.get_by_role("heading", name="Tambahkan printer ini?")).to_be_visible()


def test_elsewhere_is_looked_for_by_a_form(looking: Any, desk: Desk) -> None:  # noqa: ANN401 - see `looking`
    page = looking(360, "dark")
    page.goto(desk.address + "/printers/add")
    page.get_by_label("Listen on the network, too, for printers that announce themselves").check()
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("or announces itself on the network")).to_be_visible()
    expect(page.get_by_label("Listen on the network, too, for printers that announce themselves")).to_be_checked()
    page.get_by_label("Or say where it is on the network").fill("192.0.2.7:9100")
    page.get_by_role("button", name="Look there").click()
    expect(page.get_by_text("Only this address was looked at:")).to_be_visible()
