"""Does what a page tells its reader to do: its sh and python blocks, in order, against a server of the page's own.

A page is written for a server at the default ports on this machine; here it has free ones, and these are put in their
place. `<!-- server: FLAGS -->` in a page names the server that it speaks of.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from printserver.design.sample import SampleHolder, sample_front
from printserver.emulation.launch import shut_down
from tests.postgresql import SOCKET_PORT, Server

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVER = re.compile(r"<!-- server: (.*?) -->")
ASKING = "print|jobs?|queues?|printers|pause|resume|hold|reject|purge|report|replace|move"
ASKS_SERVER = re.compile(rf"127\.0\.0\.1|printserver (?:{ASKING})\b")
USUAL = ("--emulate", "evolis:primacy")
# What CI itself does; a test of the tests would not end.
MAKE = re.compile(r"^make .*\n", re.MULTILINE)
# Only to end what hangs: a busy machine may be slow.
BLOCK_SECONDS = 300.0


@dataclass(frozen=True)
class Block:
    """Something to be done; `line` is where it begins in its page."""

    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    """Return what a page's reader would run."""
    found = [Block(hit[1], MAKE.sub("", hit[2]), page[: hit.start()].count("\n") + 2) for hit in BLOCK.finditer(page)]
    return [block for block in found if block.language in ("sh", "python") and block.text.strip()]


def server_flags(page: str) -> tuple[str, ...]:
    """Return the flags of the server that a page speaks of."""
    named = SERVER.search(page)
    return tuple(shlex.split(named[1])) if named else USUAL


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback address that are free now."""
    with contextlib.ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in sockets]


@dataclass
class Reader:
    """Somebody with two pictures in a folder, and the project at hand."""

    folder: Path
    ports: list[int] = field(default_factory=lambda: free_ports(2))
    database: Server | None = None

    def __post_init__(self) -> None:
        (self.folder / "front.png").write_bytes(sample_front())
        (self.folder / "back.png").write_bytes(sample_front(SampleHolder(name="The other side")))
        (self.folder / ".curlrc").write_text("fail-with-body\n")
        (self.folder / ".venv").symlink_to(sys.prefix)
        (self.folder / "examples").symlink_to(ROOT / "examples")

    @property
    def environment(self) -> dict[str, str]:
        """Return the reader's environment: the project's programs, and nothing of the machine's own settings."""
        http, _ = self.ports
        database = {} if self.database is None else {
            "PGHOST": str(self.database.folder), "PGPORT": str(SOCKET_PORT), "PGUSER": "postgres",
        }  # fmt: skip
        programs = "" if self.database is None else f"{os.pathsep}{self.database.programs}"
        return os.environ | database | {
            "HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}{programs}",
            "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in (".", "drivers", "plugins")),
            "PRINTSERVER_SERVER": f"http://127.0.0.1:{http}",
        }  # fmt: skip

    def run(self, block: Block) -> str:
        """Do a block and return what it said; fails with its words when it does not end well."""
        http, raw = self.ports
        text = block.text.replace("127.0.0.1:8631", f"127.0.0.1:{http}").replace("127.0.0.1 9100", f"127.0.0.1 {raw}")
        command = [sys.executable, "-c", text] if block.language == "python" else ["sh", "-euc", text]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=BLOCK_SECONDS,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        told = f"{block.text}\n--- ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, told
        assert '"error":' not in done.stdout, told
        return done.stdout

    def end_what_was_begun(self) -> None:
        """End what a block has left in the background, by the files NAME.pid that it wrote."""
        for file in self.folder.glob("*.pid"):
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(file.read_text()), signal.SIGTERM)

    @contextlib.contextmanager
    def server(self, flags: tuple[str, ...]) -> Iterator[None]:
        """Run a server for as long as the reader reads; it and its printer end afterwards."""
        http, raw = self.ports
        data, log = self.folder / "d", self.folder / "log"
        command = [
            sys.executable, "-m", "printserver", "serve", *flags, "--data", str(data), "--port", str(http),
            "--raw-port", str(raw), "--tls-port", "0", "--lpd-port", "0",
        ]  # fmt: skip
        with log.open("w") as errors, subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process:
            try:
                assert process.stdout is not None
                assert any("ready" in line for line in process.stdout), log.read_text()
                yield
            finally:
                process.terminate()
                try:
                    process.wait(BLOCK_SECONDS)
                finally:
                    process.kill()
                    shut_down(data / "emulators" / "card-printer.sock.control")


@contextlib.contextmanager
def reader(page: str) -> Iterator[Reader]:
    """Return a reader of a page, with a server where the page asks for one; a socket's path must be short."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ps-", ignore_cleanup_errors=True))
        found = Reader(Path(folder))
        stack.callback(found.end_what_was_begun)
        if any("postgresql:" in block.text for block in blocks(page)):
            found.database = Server()
            stack.callback(found.database.remove)
        elif any(ASKS_SERVER.search(block.text) for block in blocks(page)):
            stack.enter_context(found.server(server_flags(page)))
        yield found
