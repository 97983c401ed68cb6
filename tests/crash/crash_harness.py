"""Starts, kills and starts again a whole server with its emulated printer, and counts what came out of the printer."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from printserver.client import ApiClient, JobStatus
from printserver.design.sample import sample_front
from printserver.emulation.launch import find_running, shut_down
from printserver.errors import PrintServerError

ROOT = Path(__file__).parents[2]
DOOMED = Path(__file__).with_name("doomed.py")
DEADLINE = 60.0


def free_port() -> int:
    """Return a port of the loopback address that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """One data directory with its server and its printer, over several lives of the server."""

    data: Path
    printer: str = "evolis:primacy"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None
    launcher: Path = DOOMED

    @property
    def api(self) -> ApiClient:
        """Return a client of the server."""
        return ApiClient(f"http://127.0.0.1:{self.port}", timeout=10)

    def start(self, doom: str = "", *flags: str) -> None:
        """Start the server, to die at a point if one is named, and wait until it is ready or dead.

        `launcher` is what starts it then; another one than `doomed.py` may take its argument for something else.
        """
        front = [str(self.launcher), doom] if doom else ["-m", "printserver"]
        command = [
            sys.executable, *front, "serve", "--emulate", self.printer, "--data", str(self.data),
            "--port", str(self.port), "--raw-port", "0", "--tls-port", "0", "--lpd-port", "0", *flags,
        ]  # fmt: skip
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        with self.data.with_suffix(".log").open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "ready" in line:
                return

    def alive(self) -> bool:
        """Tell whether the server's process runs."""
        return self.process is not None and self.process.poll() is None

    def await_death(self) -> None:
        """Wait until the server has killed itself; fails when its point is never reached."""
        assert self.process is not None
        assert self.process.wait(DEADLINE) == -signal.SIGKILL, "the server ended otherwise than by its chosen point"

    def kill(self) -> None:
        """End the server as a pulled plug would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the server in order, and its printer."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(DEADLINE)
        shut_down(self.control)

    @property
    def control(self) -> Path:
        """Return the control socket of the emulated printer."""
        return self.data / "emulators" / "card-printer.sock.control"

    @staticmethod
    def picture() -> bytes:
        """Return a picture to print."""
        return sample_front()

    def good_cards(self) -> list[Path]:
        """Return the fronts that left by the output."""
        return sorted((self.data / "cards").glob("*-front.png"))

    def rejected_cards(self) -> list[Path]:
        """Return the fronts in the reject box."""
        return sorted((self.data / "cards" / "rejected").glob("*-front.png"))

    def await_printer(self) -> None:
        """Wait until no card is in the printer: it goes on without the server."""
        await_until(lambda: (status := find_running(self.control)) is None or not status.loaded)

    def await_final(self, job: int) -> JobStatus:
        """Wait until a job is final: the device is asked about a card in doubt, and it answers."""
        return self._await(job, lambda status: status.final)

    def await_settled(self, job: int) -> JobStatus:
        """Wait until a job is final or waits for a person."""
        return self._await(job, lambda status: status.final or status.state == "processing-stopped")

    def _await(self, job: int, enough: Callable[[JobStatus], bool]) -> JobStatus:
        found: list[JobStatus] = []

        def look() -> bool:
            found[:] = [self.api.job(job)]
            return enough(found[0])

        await_until(look)
        return found[0]

    def cards_of(self, job: int) -> list[dict[str, Any]]:
        """Return a job's cards as the API tells them."""
        answer: Any = self.api.cards(job)
        return list(answer["cards"])


def await_until(true: Callable[[], bool], deadline: float = DEADLINE) -> None:
    """Wait until something is true; fails at the deadline."""
    until = time.monotonic() + deadline
    while time.monotonic() < until:
        with contextlib.suppress(PrintServerError):
            if true():
                return
        time.sleep(0.05)
    raise AssertionError(f"not true within {deadline:g} s")


@contextlib.contextmanager
def site() -> Iterator[Site]:
    """A site that is cleared away at the end whatever happened; its path is short, as a socket's path must be."""
    folder = Path(tempfile.mkdtemp(prefix="ps-"))
    found = Site(folder / "d")
    try:
        yield found
    finally:
        with contextlib.suppress(Exception):
            found.stop()
        if found.alive():
            found.kill()
        shutil.rmtree(folder, ignore_errors=True)
