"""The commands against a real server with an emulated printer behind it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import pytest
from PIL import Image

from printserver.client import ApiClient, in_states
from printserver.config import login_name
from printserver.emulation.launch import clear_fault, set_fault
from tests.commands.command_kit import DEADLINE, Outcome, call, environment, start

READY = "printserver is ready: "


@dataclass(frozen=True)
class Server:
    url: str
    data: Path

    @property
    def control(self) -> Path:
        """Where the emulated printer's knobs are."""
        return next((self.data / "emulators").glob("*.control"))

    def cards(self) -> list[Path]:
        return sorted((self.data / "cards").glob("*-front.png"))

    def fetch(self, path: str) -> bytes:
        with urlopen(f"{self.url}/api/v1{path}", timeout=DEADLINE) as answer:
            return bytes(answer.read())

    def until(self, job: int, state: str) -> None:
        ApiClient(self.url).wait(job, in_states([state]), timeout=DEADLINE, pause=0.05)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with TemporaryDirectory(prefix="srv") as folder:
        port, data = free_port(), Path(folder) / "data"
        with start(
            "serve", "--emulate", "evolis:primacy", "--data", data, "--port", port, "--raw-port", 0, "--tls-port", 0,
            "--lpd-port", 0,
        ) as process:  # fmt: skip
            try:
                yield Server(ready(process), data)
            finally:
                process.terminate()
                process.communicate(timeout=DEADLINE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    said = process.stdout.readline()
    assert said.startswith(READY), process.stderr.read()
    return said.removeprefix(READY).strip().rstrip("/")


@pytest.fixture(autouse=True)
def told_where(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRINTSERVER_SERVER", server.url)


def sent(*arguments: object) -> int:
    found = call("print", *arguments, "--json")
    assert found.code == 0, found.stderr
    return int(found.json()["id"])


def row(found: Outcome) -> dict[str, object]:
    assert found.code == 0, found.stderr
    value: dict[str, object] = found.json()
    return value


def test_a_card_is_printed_and_comes_out(server: Server, front: Path, tmp_path: Path) -> None:
    before = len(server.cards())
    found = call("print", front, "--wait")
    assert found.code == 0, found.stderr
    assert found.lines[-1].endswith(": done; cards: 1 done; queue card")
    assert len(server.cards()) == before + 1
    shown = call("render", front, "--driver", "evolis", "--model", "primacy", "--out", tmp_path / "shown")
    assert shown.code == 0, shown.stderr
    printed, expected = Image.open(server.cards()[-1]), Image.open(tmp_path / "shown" / "card1-front.png")
    assert printed.convert("RGB").tobytes() == expected.convert("RGB").tobytes()


def test_the_program_as_a_process_of_its_own_says_it_in_json(server: Server, front: Path) -> None:
    with start("print", front, "--wait", "--json", "--server", server.url) as process:
        out, said = process.communicate(timeout=DEADLINE)
    assert (process.returncode, said) == (0, "")
    assert '"state":"completed"' in out


def test_json_is_what_the_api_says(server: Server, front: Path) -> None:
    job = sent(front, "--hold", "--name", "Été")
    while b'"state":"connecting"' in server.fetch("/printers"):
        time.sleep(0.05)
    for arguments, path in (
        (("jobs",), "/jobs"), (("jobs", "--state", "pending-held"), "/jobs?state=pending-held"),
        (("job", job), f"/jobs/{job}"), (("queues",), "/queues"), (("printers",), "/printers"),
    ):  # fmt: skip
        assert call(*arguments, "--json").stdout == server.fetch(path)
    assert row(call("cancel", job, "--json"))["state"] == "canceled"


def test_a_held_job_waits_for_its_release(server: Server, front: Path) -> None:
    held = call("print", front, "--hold", "--wait", "--json")
    assert held.code == 1
    assert held.json()["state"] == "pending-held"
    job = held.json()["id"]
    assert f"printserver release {job}" in held.complaint()
    assert f"job {job}: waits to be released" in call("jobs").lines
    assert row(call("release", job, "--json"))["id"] == job
    server.until(job, "completed")


def test_a_finished_card_is_rejected_and_reprinted(server: Server, front: Path) -> None:
    job, before = sent(front), len(server.cards())
    server.until(job, "completed")
    rejected = call("reject", job, "--reason", "smeared", "--by", "Ana")
    assert rejected.code == 0, rejected.stderr
    server.until(job, "completed")
    again = row(call("reprint", job, "--by", "Eva", "--reason", "lost", "--json"))
    assert again["id"] != job
    server.until(int(str(again["id"])), "completed")
    told = call("job", again["id"]).lines
    assert {f"reprint of: job {job}", f"from: {login_name()} (reprint by Eva)"} <= set(told)
    assert len(server.cards()) >= before + 2
    story = server.fetch(f"/jobs/{job}/story").decode()
    assert "Ana" in story


def test_a_paused_queue_is_told_to_who_waits(server: Server, front: Path) -> None:
    assert call("pause", "card").out.startswith("queue card: paused")
    stuck = call("print", front, "--wait", "--json")
    assert stuck.code == 1
    assert "queue card is paused" in stuck.complaint()
    assert call("resume", "card").out.startswith("queue card: open")
    server.until(stuck.json()["id"], "completed")


def test_an_open_cover_ends_the_wait_and_not_the_job(server: Server, front: Path) -> None:
    set_fault(server.control, "cover-open@panel=k")
    stuck = call("print", front, "--wait", "--json")
    assert stuck.code == 1
    assert "COVER OPEN" in stuck.complaint()
    before = len(server.cards())
    clear_fault(server.control)
    server.until(stuck.json()["id"], "completed")
    assert len(server.cards()) == before + 1


BAD_PICTURES = {
    "no bytes": b"",
    "text": b"hello, I am a picture\n",
    "header only": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\2\0\0\0",
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_fails_alone(name: str, server: Server, front: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(BAD_PICTURES[name])
    before = len(server.cards())
    found = call("print", tmp_path / "bad.png", "--wait")
    assert found.code == 1
    assert found.complaint()
    assert call("print", front, "--wait").code == 0
    assert len(server.cards()) == before + 1


BAD_WISHES = {
    "a queue that is none": (("--queue", "staff"), "card"),
    "tracks without encoder": (("--tracks", "-"), "encoder"),
    "a ribbon that is not in": (("--ribbon", "KO"), "YMCKO"),
    "a colour whose panel is not there": (("--colour-key", "S=#C0C0C0"), "colour-keys"),
}


@pytest.mark.parametrize("name", BAD_WISHES)
def test_what_the_printer_cannot_do_is_refused_with_what_it_can(name: str, server: Server, front: Path) -> None:
    options, allowed = BAD_WISHES[name]
    jobs = server.fetch("/jobs")
    found = call("print", front, *options, stdin=b"A\n\n\n")
    assert found.code == 1
    assert allowed in found.complaint()
    assert server.fetch("/jobs") == jobs


def test_wishes_that_do_not_fit_are_refused(server: Server, front: Path) -> None:
    job = sent(front)
    server.until(job, "completed")
    for wish in (("hold", job), ("settle", job, "done"), ("reject", job, "--card", 2), ("cancel", 999_999)):
        found = call(*wish)
        assert found.code == 1
        assert found.complaint()


def test_a_port_that_is_taken_ends_the_second_server(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    with start("serve", "--data", tmp_path / "data", "--port", port, "--raw-port", 0) as process:
        _, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert port in said
    assert "Traceback" not in said


def test_a_broken_configuration_ends_the_start_as_check_config_says(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[server]\nport = 'many'\n")
    with start("serve", "--config", tmp_path / "c.toml", "--data", tmp_path / "data") as process:
        _, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert said.strip() == call("check-config", tmp_path / "c.toml").complaint()


def test_output_that_nobody_reads_ends_quietly(server: Server) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nowhere:
        command = [sys.executable, "-m", "printserver", "jobs", "--json", "--server", server.url]
        done = subprocess.run(command, stdout=nowhere, stderr=subprocess.PIPE, env=environment(), check=False)
    assert (done.returncode, done.stderr) == (1, b"")
