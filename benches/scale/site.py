"""A place with one server and its printers, or several servers on one database, each in processes of its own.

Laws kept here:

1. Everything is on loopback and ends with the block that began it.
2. What is counted as a card came out of a printer by the server's own account; nothing is assumed.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from benches.peers import ROOT
from printserver.client import ApiClient

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
DONE = re.compile(r'^printserver_cards_total\{[^}]*outcome="done"[^}]*\} ([0-9.e+]+)', re.M)

ROWS = re.compile(r"^printserver_journal_id ([0-9.e+]+)", re.M)


@dataclass(frozen=True)
class Node:
    """A server that runs; `pid` is its process, workers are its children."""

    port: int
    pid: int

    @property
    def api(self) -> ApiClient:
        """Return a client of the server."""
        return ApiClient(f"http://127.0.0.1:{self.port}", timeout=60)

    def cards(self) -> int:
        """Return how many cards were printed since the server began."""
        return round(sum(float(found) for found in DONE.findall(self._metrics())))

    def rows(self) -> int:
        """Return the newest row of the journal."""
        return round(float(ROWS.findall(self._metrics())[0]))

    def _metrics(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:
            found: bytes = answer.read()
            return found.decode()

    def seconds(self) -> tuple[float, float]:
        """Return the processor seconds of the server, and of its workers, so far."""
        return cpu(self.pid), ended(self.pid) + sum(map(cpu, children(self.pid)))

    def megabytes(self) -> tuple[float, float]:
        """Return the memory of the server, and of its workers, now."""
        return memory(self.pid), sum(map(memory, children(self.pid)))


def cpu(pid: int) -> float:
    """Return a process's processor seconds (proc(5): utime, stime)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def ended(pid: int) -> float:
    """Return the processor seconds of a process's children that have ended (proc(5): cutime, cstime)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[13]) + int(words[14])) / TICKS


def memory(pid: int) -> float:
    """Return a process's resident megabytes (proc(5): statm)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(word) for word in path.read_text().split()]
    return found


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def hall(folder: Path, count: int, pace: str) -> Iterator[tuple[Sequence[str], int]]:
    """Give the addresses of so many emulated printers, and the process that they are in."""
    folder.mkdir()
    words = ["-m", "benches.scale.hall", "--count", str(count), "--folder", str(folder), "--pace", pace]
    with _process(words, folder / "log") as process:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        if said[:1] != ["listening"]:
            raise RuntimeError((folder / "log").read_text())
        yield said[1:], process.pid


@contextmanager
def server(folder: Path, printers: dict[str, str], store: str = "") -> Iterator[Node]:
    """Run a server with printers (name to address) and one queue `pool` of all of them."""
    folder.mkdir()
    port = free_port()
    file = folder / "printserver.toml"
    file.write_text(configuration(folder / "data", port, printers, store))
    words = ["-m", "printserver", "serve", "--config", str(file)]
    with _process(words, folder / "log") as process:
        assert process.stdout is not None
        if not any("ready" in line for line in process.stdout):
            raise RuntimeError((folder / "log").read_text())
        yield Node(port, process.pid)


def configuration(data: Path, port: int, printers: dict[str, str], store: str) -> str:
    """Return the text of a server's configuration."""
    rows = "".join(
        f'[printer.{name}]\ndriver = "evolis"\nmodel = "primacy"\ndevice = "{address}"\nribbon = "YMCKO"\n'
        for name, address in printers.items()
    )
    return (
        f'[server]\ndata = "{data}"\nport = {port}\ntls_port = 0\nlpd_port = 0\njobs_per_client = 1000000\n'
        f'announce = "off"\n{store}{rows}'
        f'[queue.pool]\nprinters = {list(printers)}\nduplicates = "off"\nretention = 0\n'
    )


@contextmanager
def _process(words: Sequence[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    with ExitStack() as stack:
        errors = stack.enter_context(log.open("w"))
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()  # an orderly end would wait for the cards in two hundred printers
            process.wait()
