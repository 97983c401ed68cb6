"""What the browser tests use: the front desk's process, the browser's complaints, and a page that follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from urllib.request import Request, urlopen

import msgspec
from playwright.sync_api import ConsoleMessage, Page

ColorScheme = Literal["light", "dark"]

AXE = (Path(__file__).parent / "axe" / "axe-4.14.1.min.js").read_text()


class Desk:
    """The front desk's process as a test sees it."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def do(self, act: str, **about: Any) -> None:  # noqa: ANN401 - whatever JSON holds
        call(f"{self.address}/desk/{act}", msgspec.json.encode(about))

    def wishes(self) -> list[list[Any]]:
        return msgspec.json.decode(call(f"{self.address}/desk/wishes"), type=list[list[Any]])


def call(address: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
    with urlopen(Request(address, body, {"Content-Type": kind}), timeout=30) as answer:
        data: bytes = answer.read()
        return data


class Complaints:
    """What the browser complained of; a page that breaks the security policy or throws fails its test."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.expected: tuple[str, ...] = ()

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(text in message.text for text in self.expected):
            self.heard.append(message.text)


def follow(page: Page, address: str) -> None:
    """Open a page and wait until it hears what happens."""
    page.goto(address)
    page.locator("html[data-live=yes]").wait_for(state="attached")


def violations(page: Page) -> list[str]:
    """What axe finds serious or critical, each with the elements concerned."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {[node['html'][:160] for node in each['nodes']]}"
        for each in found["violations"] if each["impact"] in ("serious", "critical")
    ]  # fmt: skip
