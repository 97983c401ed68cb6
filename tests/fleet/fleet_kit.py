"""Three servers on one real PostgreSQL, each behind a line that can fail, and printers that outlive them all."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from printserver.client import ApiClient
from printserver.errors import PrintServerError
from tests.database_line import Line
from tests.postgresql import Server

ROOT = Path(__file__).parents[2]
NAMES = ("a", "b", "c")
DEADLINE = 90.0


def free_port() -> int:
    """Return a port of the loopback address that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Printer:
    """An emulated printer in a process of its own."""

    name: str
    folder: Path
    port: int = field(default_factory=free_port)

    def start(self) -> None:
        """Switch it on; `await_ready` returns when it answers."""
        command = [sys.executable, "-m", "printserver", "emulate", "evolis", "--model", "primacy",
                   "--listen", f"tcp:{self.port}", "--cards", str(self.folder)]  # fmt: skip
        self.folder.mkdir()
        with self.folder.with_suffix(".log").open("w") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log)

    def await_ready(self) -> None:
        """Wait until it answers."""
        await_until(lambda: _answers(self.port))

    def cards(self) -> list[str]:
        """Return what left by the output, each as the hash of its front."""
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in self.folder.glob("*-front.png")]


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def environment() -> dict[str, str]:
    """Return what a process of the project needs to find it; compiled code is kept, for many start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@dataclass
class Node:
    """One server of the fleet, over several lives."""

    name: str
    folder: Path
    line: Line
    configuration: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def api(self) -> ApiClient:
        """Return a client of the server."""
        return ApiClient(f"http://127.0.0.1:{self.port}", timeout=30)

    def start(self) -> None:
        """Start it; `await_ready` returns when it answers."""
        file = self.folder / "printserver.toml"
        file.write_text(self.configuration)
        command = [sys.executable, "-m", "printserver", "serve", "--config", str(file), "--port", str(self.port)]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True
            )

    def await_ready(self) -> None:
        """Wait until it answers."""
        assert self.process is not None
        assert self.process.stdout is not None
        if not any("ready" in line for line in self.process.stdout):
            raise AssertionError((self.folder / "log").read_text())

    def end(self, how: signal.Signals) -> None:
        """End it: SIGKILL as a pulled plug would, SIGTERM in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(DEADLINE)

    def answer(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return what the API answers."""
        return json.loads(self.api.fetch(path))


class Fleet:
    """Everything together; `queue` is a pool of all printers."""

    def __init__(self, folder: Path, owned: dict[str, tuple[str, ...]]) -> None:
        """`owned` are the printers that each node may have."""
        self.folder = folder
        self.database = Server(free_port())
        self.name = self.database.new_database()
        names = sorted({name for each in owned.values() for name in each})
        self.printers = {name: Printer(name, folder / name) for name in names}
        self.nodes: dict[str, Node] = {}
        key = folder / "master.key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o600)
        for node, its_printers in owned.items():
            (folder / node).mkdir()
            line = Line(self.database.port)
            url = f"postgresql://postgres@127.0.0.1:{line.port}/{self.name}"
            text = self._configuration(node, its_printers, url)
            self.nodes[node] = Node(node, folder / node, line, text)

    def _configuration(self, node: str, owned: tuple[str, ...], url: str) -> str:
        printers = "".join(
            f'[printer.{each.name}]\ndriver = "evolis"\nmodel = "primacy"\ndevice = "tcp:127.0.0.1:{each.port}"\n'
            for each in self.printers.values()
        )
        return (
            f'[server]\ndata = "{self.folder / node / "data"}"\nkey = "{self.folder / "master.key"}"\n'
            f'tls_port = 0\nlpd_port = 0\n[store]\nurl = "{url}"\nnode = "{node}"\nown_printers = {list(owned)}\n'
            f'{printers}[queue.pool]\nprinters = {list(self.printers)}\n'
        )

    def start(self) -> None:
        """Start printers and nodes."""
        everything: list[Printer | Node] = [*self.printers.values(), *self.nodes.values()]
        for each in everything:
            each.start()
        for each in everything:
            each.await_ready()

    def restore(self) -> None:
        """Let every line speak, and start the nodes that have ended."""
        ended = [node for node in self.nodes.values() if node.process is None or node.process.poll() is not None]
        for node in self.nodes.values():
            node.line.restore()
        for node in ended:
            node.start()
        for node in ended:
            node.await_ready()

    def stop(self) -> None:
        """End everything."""
        for node in self.nodes.values():
            node.end(signal.SIGKILL)
            node.line.close()
        for printer in self.printers.values():
            if hasattr(printer, "process"):
                printer.process.terminate()
                printer.process.wait(DEADLINE)
        self.database.remove()

    def outputs(self) -> Counter[str]:
        """Count how often each card left a printer."""
        return Counter(card for printer in self.printers.values() for card in printer.cards())


def picture(number: int) -> bytes:
    """Return a picture that no other number has."""
    image = Image.new("RGB", (1016, 648), "white")
    for bit in range(12):
        if number >> bit & 1:
            image.paste((0, 60, 120), (80 * bit + 10, 100, 80 * bit + 70, 500))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def await_until(true: Callable[[], bool], deadline: float = DEADLINE) -> None:
    """Wait until something is true; fails at the deadline."""
    until = time.monotonic() + deadline
    while time.monotonic() < until:
        with contextlib.suppress(PrintServerError, ConnectionError):
            if true():
                return
        time.sleep(0.1)
    raise AssertionError(f"not true within {deadline:g} s")


@contextlib.contextmanager
def a_fleet(owned: dict[str, tuple[str, ...]]) -> Iterator[Fleet]:
    """Give a fleet that runs; everything is ended and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-"))
    fleet = Fleet(folder, owned)
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.stop()
        if os.environ.get("KEEP_FLEET"):
            print("kept:", folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
