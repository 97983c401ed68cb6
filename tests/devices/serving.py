"""A whole server in a test bed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from printserver.client import ApiClient
from printserver.design.sample import sample_front
from tests.crash.crash_harness import await_until, free_port
from tests.devices.devices_kit import FAMILIES, PATHS, ROOT
from tests.devices.plugs import DEADLINE, Bed
from tests.doors.doors_kit import HURRIED

PRINTER = """
[printer.{name}]
driver = "{driver}"
model = "{model}"
device = "{device}"

[queue.{name}]
printers = ["{name}"]
"""


def printer_section(name: str, model: str, device: str) -> str:
    """A printer and a queue of the same name, as the configuration file has them."""
    return PRINTER.format(name=name, driver=FAMILIES[model], model=model, device=device)


@dataclass
class Server:
    """A running server and its data."""

    folder: Path
    port: int
    process: subprocess.Popen[str]

    @property
    def api(self) -> ApiClient:
        return ApiClient(f"http://127.0.0.1:{self.port}", timeout=10)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def state(self, name: str) -> tuple[str, str]:
        """A printer's state with the code of its reason."""
        row = self.row(name)
        return row["state"], (row["reason"] or {}).get("code", "")

    def row(self, name: str) -> dict[str, Any]:
        told: Any = self.api.printers()
        return next(each for each in told["printers"] if each["name"] == name)

    def await_state(self, name: str, state: str, code: str = "") -> None:
        """Wait until a printer is in a state for a reason."""
        await_until(lambda: self.state(name) == (state, code))

    def send(self, queue: str) -> int:
        """Send a card."""
        return self.api.submit({"queue": queue}, sample_front()).id

    def cards(self, job: int) -> list[dict[str, Any]]:
        answer: Any = self.api.cards(job)
        return list(answer["cards"])

    def await_card(self, job: int, state: str) -> dict[str, Any]:
        """Wait until a job's one card is in a state."""
        await_until(lambda: self.cards(job)[0]["state"] == state)
        return self.cards(job)[0]

    def page(self, path: str, language: str) -> str:
        """A page as somebody sees it."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Accept-Language": language})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            text: str = answer.read().decode()
            return text

    def command(self, *words: str) -> str:
        """What one of the project's own commands says, asked of this server."""
        done = subprocess.run(
            [sys.executable, "-m", "printserver", *words, "--server", f"http://127.0.0.1:{self.port}"],
            capture_output=True, text=True, cwd=ROOT, timeout=DEADLINE, check=False,
        )
        assert not done.returncode, done.stderr
        return done.stdout


@contextmanager
def serving(bed: Bed, configuration: str, hurry: int = 1) -> Iterator[Server]:
    """A server with these printers; fails when its log tells of a fault of its own.

    Its patience with devices runs `hurry` times faster (see `doors_hurried`).
    """
    folder = Path(tempfile.mkdtemp(prefix="ps-"))
    (folder / "site.toml").write_text(configuration)
    port = free_port()
    command = [
        sys.executable, str(HURRIED), str(hurry), "serve", "--config", str(folder / "site.toml"),
        "--data", str(folder / "data"), "--port", str(port), "--raw-port", "0", "--tls-port", "0", "--lpd-port", "0",
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        environment = bed.environment() | {"PYTHONPATH": PATHS}
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    server = Server(folder, port, process)
    try:
        assert process.stdout is not None
        assert any("ready" in line for line in process.stdout), server.log()
        yield server
        process.terminate()
        assert process.wait(DEADLINE) == 0, server.log()
        assert "Traceback" not in server.log(), server.log()
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
