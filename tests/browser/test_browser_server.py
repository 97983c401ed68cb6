"""The page of the real server, an emulated printer behind it: from the print command to the card, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Page, expect

from printserver.client import in_states
from printserver.design.sample import sample_front
from printserver.emulation.launch import clear_fault, set_fault
from tests.browser.browser_kit import Complaints, follow
from tests.browser.server_kit import DEADLINE, Server

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("card") / "front.png"
    path.write_bytes(sample_front())
    return path


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with TemporaryDirectory(prefix="srv") as folder:
        server = Server(Path(folder) / "data")
        server.start()
        yield server
        server.stop()


def submit(server: Server, picture: Path, name: str, **ticket: object) -> int:
    return server.api.submit({"name": name, **ticket}, picture).id


def row(job: int) -> str:
    return f"#job-{job}"


def test_a_job_comes_in_is_printed_and_shows_its_card_without_reload(
    page: Page, shared: Server, picture: Path
) -> None:
    follow(page, shared.url)
    page.evaluate("window.sameDocument = true")
    job = submit(shared, picture, "Sari Contoh Nurjanah")
    finished = page.locator(f"ol.over {row(job)}")
    expect(finished).to_contain_text("Printed")
    expect(finished).to_contain_text("simulated")
    thumbnail = finished.locator("img")
    thumbnail.scroll_into_view_if_needed()
    thumbnail.evaluate("image => image.decode()")
    assert page.evaluate("window.sameDocument") is True
    assert shared.printed() == 1
    follow(page, f"{shared.url}/jobs/{job}")
    expect(page.locator("ol.story")).to_contain_text("the card left the printer")


def test_a_job_is_held_released_and_printed(page: Page, shared: Server, picture: Path) -> None:
    before = shared.printed()
    job = submit(shared, picture, "Held", hold=True)
    follow(page, shared.url)
    expect(page.locator(row(job))).to_contain_text("On hold")
    page.locator(f"{row(job)}-hold").click()
    expect(page.locator(f"ol.over {row(job)}")).to_contain_text("Printed")
    assert shared.printed() == before + 1


def test_the_panels_of_a_job_are_made_by_a_worker_before_it_is_printed(
    page: Page, shared: Server, picture: Path
) -> None:
    before = shared.printed()
    job = submit(shared, picture, "Looked at", hold=True)
    follow(page, f"{shared.url}/jobs/{job}")
    panels = page.locator("#panels")
    expect(panels.locator("figure")).to_have_count(5)
    for ink in panels.locator("img").all():
        ink.scroll_into_view_if_needed()
        ink.evaluate("image => image.decode()")
    expect(panels.get_by_role("row", name="Overlay (O)")).to_contain_text("100 %")
    assert shared.printed() == before


def test_a_waiting_job_is_cancelled_and_never_printed(page: Page, shared: Server, picture: Path) -> None:
    before = shared.printed()
    job = submit(shared, picture, "Wrong photo", hold=True)
    follow(page, shared.url)
    page.locator(f"{row(job)}-cancel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Sari")
    dialog.get_by_role("button", name="Cancel the job").click()
    expect(page.locator(f"ol.over {row(job)}")).to_contain_text("Cancelled")
    follow(page, f"{shared.url}/jobs/{job}")
    expect(page.locator("ol.story")).to_contain_text("Somebody asked to cancel the job by Sari")
    assert shared.printed() == before


def test_a_finished_card_is_rejected_and_printed_anew(page: Page, shared: Server, picture: Path) -> None:
    job = submit(shared, picture, "Smeared")
    follow(page, shared.url)
    expect(page.locator(f"ol.over {row(job)}")).to_contain_text("Printed")
    before = shared.printed()
    page.locator(f"{row(job)}-reject").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject it and print again").click()
    shared.api.wait(job, in_states(["completed"]), timeout=DEADLINE, pause=0.05)
    expect(page.locator(f"ol.over {row(job)}")).to_contain_text("Printed")
    follow(page, f"{shared.url}/jobs/{job}")
    expect(page.locator("#card-1")).to_contain_text("2 attempts")
    expect(page.locator("ol.story")).to_contain_text("rejected after printing")
    assert shared.printed() == before + 1


def test_an_open_cover_calls_for_somebody_until_it_is_closed(page: Page, shared: Server, picture: Path) -> None:
    follow(page, shared.url)
    set_fault(shared.control, "cover-open")
    job = submit(shared, picture, "Patient")
    expect(page).to_have_title("(1) needs you – Card printing")
    expect(page.locator("#announce")).to_contain_text("One thing needs you.")
    clear_fault(shared.control)
    expect(page.locator(f"ol.over {row(job)}")).to_contain_text("Printed")
    expect(page).to_have_title("Card printing")


def test_a_broken_picture_fails_with_words_and_stops_nothing(
    page: Page, shared: Server, picture: Path, complaints: Complaints
) -> None:
    complaints.expected = ("status of 422",)  # its thumbnail, asked for before it was known that there is none
    broken = picture.with_name("broken.png")
    broken.write_bytes(picture.read_bytes()[:5000])
    follow(page, shared.url)
    job = submit(shared, broken, "Torn")
    failed = page.locator(f"ol.over {row(job)}")
    expect(failed).to_contain_text("Failed")
    expect(failed).to_contain_text("The document is damaged and cannot be read.")
    after = submit(shared, picture, "After it")
    expect(page.locator(f"ol.over {row(after)}")).to_contain_text("Printed")


def test_after_a_power_cut_a_person_says_what_became_of_the_card(page: Page, picture: Path) -> None:
    with TemporaryDirectory(prefix="srv") as folder:
        server = Server(Path(folder) / "data")
        server.start()
        first = submit(server, picture, "Before")
        server.api.wait(first, in_states(["completed"]), timeout=DEADLINE, pause=0.05)
        server.stop()
        server.start("--pace", "real")
        job = submit(server, picture, "Budi Teladan")
        follow(page, f"{server.url}/jobs/{job}")
        expect(page.locator("ol.story")).to_contain_text("from here on a blank may be used")
        page.close()
        server.kill_with_printer()
        server.start()
        try:
            settle_as_never_printed(page.context.new_page(), server, job)
        finally:
            server.stop()


def settle_as_never_printed(page: Page, server: Server, job: int) -> None:
    follow(page, server.url)
    expect(page).to_have_title("(1) needs you – Card printing")
    page.locator(f"#need-settle-{job}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_alt_text("The front of the card as it is printed")).to_be_visible()
    dialog.get_by_label("It was never printed").check()
    dialog.get_by_label("Your name").fill("Sari")
    dialog.get_by_role("button", name="That is what happened").click()
    expect(page.locator(f"ol.over {row(job)}")).to_contain_text("Printed")
    expect(page).to_have_title("Card printing")
    follow(page, f"{server.url}/jobs/{job}")
    expect(page.locator("ol.story")).to_contain_text("settled: never printed by Sari")
