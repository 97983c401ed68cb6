"""What no printer of a queue can do, and what is beyond a quota, through the doors that have few words.

Each client gets the clearest answer that its protocol has, before its job is one: it keeps what it has sent, no job is
left behind, and the next good card is printed.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from printserver.listeners.folder.tray import REASON
from tests.commands.command_kit import call
from tests.crash.crash_harness import DEADLINE, Site, await_until, free_port
from tests.documents.cardjob_kit import zipped
from tests.doors.doors_inputs import GOOD
from tests.doors.doors_kit import DEFAULT_QUEUE, faults_in_log, final_state, log_lines, raw_print, serving, submit

YES, NO = b"\0", b"\1"
PRINTED = ("completed", "job-completed-successfully")
WOODEN = zipped({"job.toml": b'version = 1\n[ticket]\nstock = "wood"\n', "front.png": GOOD})
CANNOT = ("unsupported-by-printer", "printer second holds cr80-pvc")
BEYOND = ("quota-exceeded", "quota finance: 2 cards a month, and with this job it would be 3")
CASES = [("plain", WOODEN, CANNOT), ("counted", GOOD, BEYOND)]


@dataclass(frozen=True)
class House:
    """A server whose queues `plain` and `counted` have a raw port and a folder each; `counted` has used its quota."""

    here: Site
    lpd: int
    raw: dict[str, int]
    trays: dict[str, Path]

    def jobs(self) -> list[int]:
        return [job.id for job in self.here.api.jobs().jobs]

    def by_lpd(self, queue: str, document: bytes) -> bytes:
        """Send a job as lpr does (RFC 1179 section 5.2, 6), as far as it is taken, and return the answers."""
        control = b"Hclient\nPsari\nJcard\nldfA077client\n"
        with socket.create_connection(("127.0.0.1", self.lpd), timeout=DEADLINE) as connection:
            said = b""
            for sent in (
                b"\2%b\n" % queue.encode(), b"\2%d cfA077client\n" % len(control), control + YES,
                b"\3%d dfA077client\n" % len(document), document + YES,
            ):
                connection.sendall(sent)
                said += connection.recv(1)
            return said

    def put(self, queue: str, name: str, document: bytes) -> Path:
        """Put a file into a queue's folder as one that is whole at once."""
        hidden = self.trays[queue].parent / f"{queue}-{name}"
        hidden.write_bytes(document)
        return hidden.rename(self.trays[queue] / name)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("refusals")
    trays = {name: folder / name for name in ("plain", "counted")}
    raw, lpd = {name: free_port() for name in trays}, free_port()
    queues = "".join(
        f'[queue.{name}]\nprinters = ["second"]\nraw_port = {raw[name]}\nfolder = "{tray}"\n'
        for name, tray in trays.items()
    )
    config = folder / "ps.toml"
    config.write_text(
        f'{DEFAULT_QUEUE}[printer.second]\ndriver = "virtual"\nmodel = "card"\ndevice = "emulated"\n{queues}'
        'department = "finance"\n[quota.finance]\ndepartment = "finance"\ncards = 2\n'
    )
    with serving("--config", str(config), "--lpd-port", str(lpd)) as (here, _):
        found = House(here, lpd, raw, trays)
        used = submit(here.port, {"queue": "counted", "copies": 2}, front=GOOD).json()["id"]
        assert final_state(here, used) == PRINTED
        yield found


@pytest.mark.parametrize(("queue", "document", "refused"), CASES)
def test_the_raw_door_says_why_in_its_line(
    server: House, queue: str, document: bytes, refused: tuple[str, str]
) -> None:
    before = server.jobs()
    error = raw_print(server.raw[queue], document)["error"]
    assert (error["code"], refused[1] in error["message"]) == (refused[0], True), error
    assert server.jobs() == before


@pytest.mark.parametrize(("queue", "document", "refused"), CASES)
def test_lpd_says_no_to_the_last_part_and_the_log_says_why(
    server: House, queue: str, document: bytes, refused: tuple[str, str]
) -> None:
    before = server.jobs()
    assert server.by_lpd(queue, document) == YES * 4 + NO
    line = next(line for line in reversed(log_lines(server.here.data)) if line["event"] == "transfer refused")
    assert (line["code"], refused[1] in line["reason"]) == (refused[0], True), line
    assert server.jobs() == before


@pytest.mark.parametrize(("queue", "document", "refused"), CASES)
def test_the_file_in_a_folder_lies_among_the_failed_ones_with_its_reason_beside_it(
    server: House, queue: str, document: bytes, refused: tuple[str, str]
) -> None:
    before = server.jobs()
    put = server.put(queue, "badge.card", document)
    failed = server.trays[queue] / "failed" / "badge.card"
    reason = failed.with_name(failed.name + REASON)
    await_until(lambda: reason.exists() and reason.read_text().endswith("\n"))
    assert failed.read_bytes() == document, "the file itself is whole"
    sentence, remedy = reason.read_text().splitlines()
    assert refused[1] in sentence
    assert remedy
    assert not put.exists()
    assert server.jobs() == before


@pytest.mark.parametrize(("queue", "document", "refused"), CASES)
def test_the_command_says_it_in_one_line(
    server: House, tmp_path: Path, queue: str, document: bytes, refused: tuple[str, str]
) -> None:
    before = server.jobs()
    (tmp_path / "card").write_bytes(document)
    outcome = call("print", tmp_path / "card", "--queue", queue, "--server", f"http://127.0.0.1:{server.here.port}")
    assert (outcome.code, refused[1] in outcome.complaint()) == (1, True), outcome
    assert server.jobs() == before


def test_the_next_good_card_is_printed_through_each_of_them(server: House) -> None:
    assert final_state(server.here, raw_print(server.raw["plain"], GOOD)["job"]) == PRINTED
    known = set(server.jobs())
    assert server.by_lpd("plain", GOOD) == YES * 5
    [by_lpd] = set(server.jobs()) - known
    assert final_state(server.here, by_lpd) == PRINTED
    server.put("plain", "good.png", GOOD)
    await_until(lambda: any((server.trays["plain"] / "done").glob("*good.png")))
    assert faults_in_log(server.here.data) == []
