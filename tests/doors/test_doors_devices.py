"""Printers that cannot be spoken with: their jobs wait with the reason, all others print, and nothing is printed twice.

One server has a sound printer and five bad ones from its first moment. At the end two of them become well.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands.command_kit import DEADLINE, call, start
from tests.crash.crash_harness import Site, await_until, free_port
from tests.doors.doors_devices import BadDevice, babble, silence
from tests.doors.doors_inputs import GOOD
from tests.doors.doors_kit import DEFAULT_QUEUE, faults_in_log, page, printer_row, serving

PRINTER = """
[printer.{name}]
driver = "evolis"
model = "primacy"
device = "tcp:127.0.0.1:{port}"

[queue.{name}]
printers = ["{name}"]
"""
NOISES = ("noise-1", "noise-2", "noise-3")
BAD = ("absent", "silent", *NOISES)


@dataclass(frozen=True)
class Office:
    """The server, where its bad printers are looked for, and the job that each of them was sent first."""

    here: Site
    ports: dict[str, int]
    silent: BadDevice
    jobs: dict[str, int]

    def state(self, name: str) -> tuple[str, str]:
        """A printer's state with the code of its reason."""
        row = printer_row(self.here, name)
        return row["state"], (row["reason"] or {}).get("code", "")

    def await_state(self, name: str, state: str, code: str) -> None:
        """Wait until a printer is in a state for a reason."""
        await_until(lambda: self.state(name) == (state, code))

    def send(self, queue: str) -> int:
        """Send a good card."""
        return self.here.api.submit({"queue": queue}, GOOD).id

    def await_waiting(self, job: int) -> None:
        """See a job wait, its card in no printer."""
        await_until(lambda: self.here.api.job(job).state == "pending")
        [card] = self.here.cards_of(job)
        assert card["state"] == "queued"
        assert all(not attempt["marks"] for attempt in card["attempts"]), "something may have moved"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    devices = {"silent": BadDevice(silence)} | {name: BadDevice(babble(seed)) for seed, name in enumerate(NOISES)}
    ports = {"absent": free_port()} | {name: device.port for name, device in devices.items()}
    file = tmp_path_factory.mktemp("site") / "site.toml"
    file.write_text(DEFAULT_QUEUE + "".join(PRINTER.format(name=name, port=port) for name, port in ports.items()))
    with serving("--config", str(file), hurry="10") as (here, _):
        found = Office(here, ports, devices["silent"], {})
        found.jobs.update({name: found.send(name) for name in BAD})
        yield found
    for name in NOISES:
        devices[name].go_away()


def test_a_sound_printer_goes_on_beside_bad_ones(office: Office) -> None:
    for _ in range(2):
        assert office.here.await_settled(office.send("card")).state == "completed"
    await_until(lambda: len(office.here.good_cards()) == 2)


def test_a_printer_that_is_not_there_is_off_line(office: Office) -> None:
    office.await_state("absent", "offline", "device-unreachable")
    assert "The printer cannot be reached" in page(office.here)
    office.await_waiting(office.jobs["absent"])


def test_waiting_for_a_card_of_a_printer_that_is_not_there_ends_with_the_reason(office: Office, tmp_path: Path) -> None:
    (tmp_path / "card.png").write_bytes(GOOD)
    server = f"http://127.0.0.1:{office.here.port}"
    outcome = call("print", tmp_path / "card.png", "--queue", "absent", "--wait", "--server", server)
    assert outcome.code == 1
    assert "cannot be reached" in outcome.complaint()
    assert "do not send it again" in outcome.complaint()
    office.jobs["absent, by command"] = int(outcome.lines[0].split()[1].rstrip(":"))
    office.await_waiting(office.jobs["absent, by command"])


@pytest.mark.parametrize("name", NOISES)
def test_a_printer_that_talks_nonsense_gets_no_card(office: Office, name: str) -> None:
    await_until(lambda: printer_row(office.here, name)["needs_person"])
    state, code = office.state(name)
    assert state in ("offline", "blocked")
    assert code in ("device-silent", "device-reply-unknown", "other")
    office.await_waiting(office.jobs[name])


def test_a_printer_that_is_silent_is_off_line(office: Office) -> None:
    office.await_state("silent", "offline", "device-silent")
    assert "The printer does not answer" in page(office.here)
    assert office.silent.heard > 0
    office.await_waiting(office.jobs["silent"])


def test_a_printer_that_is_well_again_prints_what_waited_by_itself_and_once(office: Office, tmp_path: Path) -> None:
    office.silent.go_away()
    waited = {"silent": 1, "absent": 2}
    with ExitStack() as printers:
        for name in waited:
            printers.enter_context(printer_on(office.ports[name], tmp_path / name))
        for name, job in office.jobs.items():
            if not name.startswith("noise"):
                assert office.here.await_settled(job).state == "completed"
        for name, count in waited.items():
            await_cards(tmp_path / name, count)
            office.await_state(name, "idle", "")
    assert {name: cards_in(tmp_path / name) for name in waited} == waited


def test_nothing_is_lost_and_the_log_holds_no_fault(office: Office) -> None:
    states = {job.id: str(job.state) for job in office.here.api.jobs().jobs}
    assert [states[office.jobs[name]] for name in NOISES] == ["pending"] * len(NOISES)
    assert sorted(states.values()) == ["completed"] * 5 + ["pending"] * len(NOISES)
    assert faults_in_log(office.here.data) == []


@contextmanager
def printer_on(port: int, cards: Path) -> Iterator[subprocess.Popen[str]]:
    """An emulated printer in a process of its own."""
    with start("emulate", "evolis", "--model", "primacy", "--listen", f"tcp:{port}", "--cards", cards) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening "), process.stderr
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=DEADLINE)


def cards_in(folder: Path) -> int:
    """How many good cards lie in a folder."""
    return len(list(folder.glob("*-front.png")))


def await_cards(folder: Path, count: int) -> None:
    """Wait until so many good cards lie in a folder."""
    await_until(lambda: cards_in(folder) == count)
