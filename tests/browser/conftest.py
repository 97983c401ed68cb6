"""A headless browser, a front desk to look at, and the rule that no page may break the site's security policy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.browser_kit import ColorScheme, Complaints, Desk

ROOT = Path(__file__).parent.parent.parent
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

# No test fails because the machine is slow.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def desk_process() -> Iterator[Desk]:
    command = [sys.executable, "-m", "tests.browser.desk_process"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield Desk(int(process.stdout.readline()))
        process.stdin.close()
        process.wait(30)


@pytest.fixture
def desk(desk_process: Desk) -> Desk:
    desk_process.do("reset")
    return desk_process


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    made = Complaints()
    yield made
    assert made.heard == []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Page:
    opened = context.new_page()
    complaints.watch(opened)
    return opened


@pytest.fixture
def looking(browser: Browser, complaints: Complaints) -> Any:  # noqa: ANN401 - a function that opens pages
    opened = []

    def look(width: int, scheme: ColorScheme = "light", language: str = "en") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language, bypass_csp=True
        )  # axe is put into the page by the test, which the policy forbids to everybody else
        opened.append(context)
        page = context.new_page()
        complaints.watch(page)
        return page

    yield look
    for context in opened:
        context.close()
