"""Logging in on the page of a server that asks for names: by keys alone, in each language, large and small."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from printserver.client import ApiClient
from printserver.design.sample import sample_front
from printserver.listeners.access.passwords import hashed
from printserver.listeners.access.register import new_token
from printserver.model.account import Account, Role
from printserver.store import open_store
from printserver.store.place import data_place
from tests.browser.browser_kit import ColorScheme, Complaints, violations
from tests.browser.server_kit import DEADLINE, READY, ROOT, free_port

pytestmark = pytest.mark.timeout(300)

PASSWORD = "a good long secret"
ASKING = """
[server]
name = "Front office"
proxies = ["192.0.2.1"]

[printer.desk]
driver = "virtual"
model = "card"
device = "emulated"
ribbon = "YMCKO"

[queue.card]
printers = ["desk"]
"""
LOOKS = [(360, "light", "en"), (360, "dark", "id"), (1280, "dark", "en"), (1280, "light", "id")]
WORDS = {
    "en": ("Log in", "Log out", "Name", "Password", "Name or password is wrong"),
    "id": ("Masuk", "Keluar", "Nama", "Kata sandi", "Nama atau kata sandi salah"),
}  # fmt: skip


@pytest.fixture(scope="module")
def asking() -> Iterator[str]:
    """The address of a server that asks for names, with an account of each role and a job that is held."""
    with TemporaryDirectory(prefix="log") as folder:
        configuration = Path(folder) / "printserver.toml"
        configuration.write_text(ASKING)
        place = data_place(Path(folder) / "data", None)
        place.prepare()
        store = open_store(place.database, master_key=place.key, clock=lambda: 0.0, node="here")
        for role in Role:
            store.put_account(Account(name=str(role), role=role, secret=hashed(PASSWORD)), "root")
        shown, token = new_token("badges", Role.SUBMIT, os.urandom)
        store.add_token(token, "root")
        store.close()
        command = [
            sys.executable, "-m", "printserver", "serve", "--config", str(configuration), "--data", str(place.root),
            "--port", str(free_port()), "--raw-port", "0", "--tls-port", "0", "--lpd-port", "0",
        ]  # fmt: skip
        with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said.startswith(READY), said
            address = said.removeprefix(READY).strip().rstrip("/")
            ApiClient(address, token=shown).submit({"name": "Badge 4711", "hold": True}, sample_front())
            yield address
            process.terminate()
            process.communicate(timeout=DEADLINE)


def log_in(page: Page, address: str, name: str, password: str = PASSWORD) -> None:
    """Log in by keys alone: the first field is waiting for them."""
    page.goto(address)
    expect(page.locator("input:focus")).to_have_count(1)  # a browser gives the focus when the page is there
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_the_form_is_for_everybody(
    looking: Any, asking: str, complaints: Complaints, width: int, scheme: ColorScheme, language: str  # noqa: ANN401
) -> None:  # fmt: skip
    complaints.expected = ("401",)
    page = looking(width, scheme, language)
    page.goto(asking)
    title, _, name, password, wrong = WORDS[language]
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    assert page.get_by_label(name).evaluate("field => field === document.activeElement")
    for _ in ("empty", "after a wrong password"):
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.get_by_role("button", name=title).evaluate("each => each.getBoundingClientRect().height") >= 43.5
        page.get_by_label(name).fill("submit")
        page.get_by_label(password).fill("wrong")
        page.get_by_role("button", name=title).click()
        expect(page.get_by_role("alert").filter(visible=True)).to_have_text(wrong)
    assert page.get_by_label(password).input_value() == ""


def test_with_the_keyboard_alone_in_and_out(page: Page, asking: str) -> None:
    log_in(page, asking, "operate")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    expect(page.locator("header")).to_contain_text("operate")
    assert page.url == f"{asking}/"
    page.get_by_role("button", name="Log out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto(asking)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_who_logs_in_comes_to_the_page_that_was_asked_for(page: Page, asking: str) -> None:
    log_in(page, f"{asking}/jobs/1", "administer")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert page.url == f"{asking}/jobs/1"


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_the_page_behind_the_form_is_for_everybody_too(
    looking: Any, asking: str, width: int, scheme: ColorScheme, language: str  # noqa: ANN401 - see `looking`
) -> None:  # fmt: skip
    page = looking(width, scheme, language)
    log_in(page, asking, "administer")
    leave = page.get_by_role("button", name=WORDS[language][1])
    expect(leave).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert leave.evaluate("each => each.getBoundingClientRect().height") >= 43.5
    # each word of the bar stands on one line, and nothing reaches out of it
    heights = page.evaluate("[...document.querySelectorAll('.languages a, .who bdi')].map(each => each.scrollHeight)")
    assert max(heights) < 50
    assert page.evaluate("""[...document.querySelectorAll('.bar *')].every(
        each => each.getBoundingClientRect().right <= innerWidth && each.getBoundingClientRect().bottom
            <= document.querySelector('.bar').getBoundingClientRect().bottom)""")
