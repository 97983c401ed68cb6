"""Six things that stop a printer: each is told in plain words with its remedy, and the queue goes on by itself.

Nobody presses a button here: a person does at the printer what the page says, and no more. Two printers of different
families stand behind cables of their own; both are processes that live on when the server does not.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageChops

from printserver.emulation.launch import (
    Order,
    clear_fault,
    find_running,
    put_in_ribbon,
    set_fault,
    shut_down,
    start_emulator,
)
from tests.crash.cable import LANGUAGES, Cable
from tests.crash.crash_harness import Site, await_until, free_port
from tests.doors.doors_inputs import GOOD
from tests.doors.doors_kit import DEFAULT_QUEUE, http_request, page, printer_row, serving

MODELS = {"evolis": "primacy", "virtual": "card"}
PRINTER = """
[printer.{name}]
driver = "{name}"
model = "{model}"
device = "{device}"

[queue.{name}]
printers = ["{name}"]
"""
ZONE = "Asia/Jakarta"
DONE, SPOILED, UNKNOWN = "done", "spoiled", "unknown"
# what is shown of each: the title and the remedy, in English and in Indonesian
TOLD = {
    "marker-supply-empty": (
        ("The ribbon is used up", "Put in a new ribbon of the same kind."),
        ("Pita habis", "Pasang pita baru dari jenis yang sama."),
    ),
    "cover-open": (
        ("The cover is open", "Close the cover. The printer goes on by itself."),
        ("Penutup terbuka", "Tutup penutupnya. Printer melanjutkan sendiri."),
    ),
    "media-jam": (
        ("A card is stuck", "Open the cover, take the card out and destroy it, and close the cover."),
        ("Kartu macet", "Buka penutup, keluarkan kartu dan hancurkan, lalu tutup kembali."),
    ),
    "media-empty": (
        ("No blank cards", "Put blank cards into the feeder."),
        ("Kartu kosong habis", "Isi kartu kosong ke pengumpan."),
    ),
    "device-unreachable": (
        ("The printer cannot be reached", "Check that the printer is switched on and its cable is in."),
        ("Printer tidak dapat dihubungi", "Pastikan printer menyala dan kabelnya terpasang."),
    ),
}  # fmt: skip


@dataclass
class Bench:
    """A printer behind its cable, and the queue before it."""

    here: Site
    order: Order
    cable: Cable

    def good_cards(self) -> int:
        """How many cards left by the output."""
        return len(list(self.order.cards.glob("*-front.png")))

    def send(self, **ticket: str) -> int:
        """Send a good card."""
        return self.here.api.submit({"queue": self.order.driver, **ticket}, GOOD).id

    def is_coloured(self, number: int) -> bool:
        """Whether the card that left by the output as the `number`th shows any colour."""
        with Image.open(sorted(self.order.cards.glob("*-front.png"))[number - 1]) as picture:
            red, green, blue = picture.convert("RGB").split()
            return any(ImageChops.difference(one, red).getbbox() for one in (green, blue))

    def row(self) -> dict[str, Any]:
        """The printer as the API tells it."""
        return printer_row(self.here, self.order.driver)

    def await_told(self, code: str) -> None:
        """Wait until the printer needs a person for this reason, and read its cause and remedy in both languages."""
        await_until(lambda: self.row()["needs_person"] and (self.row()["reason"] or {}).get("code") == code)
        for language, words in zip(("en", "id"), TOLD[code], strict=True):
            answer = http_request(self.here.port, "GET", "/", Accept="text/html", Accept_Language=language)
            shown = unescape(answer.body.decode())
            for text in words:
                assert text in shown, (language, text)

    def await_printed(self, jobs: list[int], before: int) -> list[str]:
        """Wait until each job is completed by one card; return how the attempts at the first one ended."""
        for job in jobs:
            await_until(lambda job=job: self.here.api.job(job).final)  # type: ignore[misc]  # bound at once
            assert self.here.api.job(job).state == "completed"
        assert self.good_cards() == before + len(jobs)
        await_until(lambda: not self.row()["needs_person"])
        [card] = self.here.cards_of(jobs[0])
        return [attempt["outcome"] for attempt in card["attempts"]]

    def switch_off(self) -> None:
        """Cut the printer's power, whatever it does just now."""
        running = find_running(self.order.control)
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        await_until(lambda: find_running(self.order.control) is None)

    def switch_on(self, ribbon: str = "") -> None:
        """Give it power again, perhaps with another ribbon: a card that was inside goes to the reject box."""
        start_emulator(replace(self.order, ribbon=ribbon))


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bench]]:
    folder = tmp_path_factory.mktemp("r")
    orders = {name: _order(folder / name[0], name, model) for name, model in MODELS.items()}
    with ExitStack() as stack:
        cables, text = {}, DEFAULT_QUEUE + f'time_zone = "{ZONE}"\n'
        for name, order in orders.items():
            start_emulator(order)
            stack.callback(shut_down, order.control)
            cables[name] = Cable(LANGUAGES[name], ("127.0.0.1", int(order.listen.rpartition(":")[2])))
            stack.callback(cables[name].close)
            text += PRINTER.format(name=name, model=MODELS[name], device=cables[name].address)
        file = folder / "site.toml"
        file.write_text(text)
        here, _ = stack.enter_context(serving("--config", str(file), hurry="10"))
        yield {name: Bench(here, orders[name], cables[name]) for name in orders}


def _order(folder: Path, name: str, model: str) -> Order:
    return Order(
        driver=name, model=model, listen=f"tcp:127.0.0.1:{free_port()}", cards=folder / "cards",
        control=folder / "control", log=folder / "log", state=folder / "state", serial=f"S-{name}",
    )  # fmt: skip


@pytest.fixture(params=MODELS)
def bench(benches: dict[str, Bench], request: pytest.FixtureRequest) -> Iterator[Bench]:
    found = benches[request.param]
    await_until(lambda: found.row()["state"] == "idle")
    yield found
    found.cable.plug_in()
    if find_running(found.order.control) is None:
        found.switch_on()
    clear_fault(found.order.control)


@pytest.mark.parametrize(
    ("fault", "code", "attempts"),
    [
        ("ribbon-out@panel=m", "marker-supply-empty", [DONE]),
        ("cover-open@card=1", "cover-open", [DONE]),
        ("jam@card=1", "media-jam", [SPOILED, DONE]),
        ("hopper-empty@card=1", "media-empty", [DONE]),
    ],
)
def test_a_printer_that_waits_for_a_person_says_what_to_do_and_goes_on(
    bench: Bench, fault: str, code: str, attempts: list[str]
) -> None:
    before = bench.good_cards()
    set_fault(bench.order.control, fault)
    jobs = [bench.send(), bench.send()]
    bench.await_told(code)
    assert bench.good_cards() == before, "it says done before the device did"
    clear_fault(bench.order.control)
    assert bench.await_printed(jobs, before) == attempts


@pytest.mark.parametrize("event", ["cover", "power"])
def test_after_an_event_panels_for_another_ribbon_are_made_anew_or_their_job_waits_for_its_ribbon(
    benches: dict[str, Bench], event: str
) -> None:
    """The virtual printer tells its ribbon; the Evolis tells only which one it was last set to."""
    bench = benches["virtual"]
    await_until(lambda: bench.row()["state"] == "idle")
    before = bench.good_cards()
    set_fault(bench.order.control, "cover-open@card=1")
    first, whichever, colour = bench.send(), bench.send(), bench.send(ribbon="YMCKO")
    bench.await_told("cover-open")
    put_in_ribbon(bench.order.control, "KO")
    if event == "power":
        bench.switch_off()
        bench.await_told("device-unreachable")
        bench.switch_on(ribbon="KO")
    clear_fault(bench.order.control)
    bench.await_printed([first, whichever], before)
    assert [each["name"] for each in bench.row()["supplies"]] == ["KO"]
    assert not bench.is_coloured(before + 2), "it was printed with panels for the ribbon that was in it before"
    await_until(lambda: "has ribbon KO" in unescape(page(bench.here, f"/jobs/{colour}")))
    assert bench.here.api.job(colour).state == "pending"
    put_in_ribbon(bench.order.control, "YMCKO")
    bench.await_printed([colour], before + 2)
    assert bench.is_coloured(before + 3)


def test_after_a_power_cycle_in_the_middle_of_a_card_the_rejected_one_is_printed_again(bench: Bench) -> None:
    before = bench.good_cards()
    set_fault(bench.order.control, "cover-open@card=1")
    jobs = [bench.send(), bench.send()]
    bench.await_told("cover-open")
    bench.switch_off()
    bench.await_told("device-unreachable")
    bench.switch_on()
    assert bench.await_printed(jobs, before) == [UNKNOWN, DONE]


def test_a_card_that_goes_on_without_its_cable_is_found_again_and_not_printed_twice(bench: Bench) -> None:
    before = bench.good_cards()
    set_fault(bench.order.control, "cover-open@card=1")
    jobs = [bench.send(), bench.send()]
    bench.await_told("cover-open")
    bench.cable.pull()
    bench.await_told("device-unreachable")
    clear_fault(bench.order.control)
    await_until(lambda: bench.good_cards() == before + 1)
    bench.cable.plug_in()
    assert bench.await_printed(jobs, before) == [UNKNOWN]


def test_a_job_that_comes_while_the_cable_is_out_is_printed_when_it_is_in_again(bench: Bench) -> None:
    before = bench.good_cards()
    bench.cable.pull()
    bench.await_told("device-unreachable")
    jobs = [bench.send()]
    bench.cable.plug_in()
    assert bench.await_printed(jobs, before) == [DONE]


# queues that wait for a person, or for an hour


def test_a_job_outside_the_hours_waits_and_the_page_says_until_when_by_the_sites_clock(
    benches: dict[str, Bench]
) -> None:
    bench = benches["virtual"]
    before, far = bench.good_cards(), datetime.now(ZoneInfo(ZONE)) + timedelta(days=3)
    bench.here.api.set_queue("virtual", {"hours": f"{far:%a} 03:00-03:05"})
    job = bench.send()
    shown = unescape(page(bench.here))
    assert "Its queue prints at other hours" in shown
    assert f"{far.year}, 03:00:00" in shown
    assert bench.here.api.job(job).state == "pending"
    bench.here.api.set_queue("virtual", {"hours": ""})
    assert bench.await_printed([job], before) == [DONE]


def test_a_job_of_an_attended_queue_waits_until_it_is_released(benches: dict[str, Bench]) -> None:
    bench = benches["virtual"]
    before = bench.good_cards()
    bench.here.api.set_queue("virtual", {"attended": True})
    job = bench.send()
    status = bench.here.api.job(job)
    assert (status.state, status.reasons[1]) == ("pending-held", "job-release-wait")
    assert "Waits until somebody at the printer releases it" in unescape(page(bench.here))
    bench.here.api.release(job)
    assert bench.await_printed([job], before) == [DONE]
    bench.here.api.set_queue("virtual", {"attended": False})
