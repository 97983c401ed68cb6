"""The real server in a process of its own, with an emulated printer that outlives it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from printserver.client import ApiClient
from printserver.emulation.control import Request
from printserver.emulation.launch import ask

ROOT = Path(__file__).parent.parent.parent
READY = "printserver is ready: "
DEADLINE = 60.0


@dataclass
class Server:
    """A server on a data directory; it can be killed and started again."""

    data: Path
    url: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self, *flags: str) -> None:
        command = [
            sys.executable, "-m", "printserver", "serve", "--emulate", "evolis:primacy", "--data", str(self.data),
            "--port", str(free_port()), "--raw-port", "0", "--tls-port", "0", "--lpd-port", "0", *flags,
        ]  # fmt: skip
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path if path)}
        self.process = subprocess.Popen(
            command, cwd=ROOT, text=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said.startswith(READY), said
        self.url = said.removeprefix(READY).strip().rstrip("/")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill_with_printer(self) -> None:
        """What a power cut does: server and printer are gone at once, and the printer forgets what it was about."""
        os.kill(ask(self.control, Request("status")).pid, signal.SIGKILL)
        self._end(signal.SIGKILL)
        for path in (self.data / "emulators").iterdir():
            path.unlink()

    def _end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(number)
            process.communicate(timeout=DEADLINE)

    @property
    def api(self) -> ApiClient:
        return ApiClient(self.url)

    @property
    def control(self) -> Path:
        return next((self.data / "emulators").glob("*.control"))

    def printed(self) -> int:
        """How many cards have come out of the printer."""
        return len(list((self.data / "cards").glob("*-front.png")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
