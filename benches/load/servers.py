"""The servers that are measured: ours, and cupsd 2.4 as it comes and as it is when each job is made durable.

Laws kept here:

1. Each has its own directory, ports of loopback that were free, and its own process; the system's print service is
   neither asked nor touched.
2. A queue prints nothing: ours is paused, cupsd's prints to /dev/null. What is measured is that jobs are accepted.
3. A server that is not installed is named as missing where it would be measured.
"""

from __future__ import annotations

import getpass
import grp
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from benches.load import history
from benches.load.clients import Target
from benches.peers import ROOT

UNPACKED = ROOT / "build" / "cupsd"
DEADLINE = 60.0
# Each job is on disk when it is answered: cupsd.conf(5), cups-files.conf(5).
DURABLE = ("DirtyCleanInterval 0", "SyncOnClose Yes")
POLICY = """<Location />
Order allow,deny
Allow all
</Location>
<Location /admin>
Order allow,deny
Allow all
</Location>
<Policy default>
<Limit All>
Order deny,allow
</Limit>
</Policy>
"""
OURS = """[server]
port = {port}
tls_port = 0
lpd_port = 0
jobs_per_client = 1000000

[printer.printer]
driver = "virtual"
model = "card"
device = "emulated"

[queue.card]
printers = ["printer"]
duplicates = "off"
"""


def cupsd() -> Path | None:
    """Return the print service's program: what set-up has unpacked, else an installed one, else None."""
    found = [UNPACKED / "sbin/cupsd", Path("/usr/sbin/cupsd")]
    return next((path for path in found if path.exists()), None)


@contextmanager
def ours(folder: Path, jobs: int = 0) -> Iterator[Target]:
    """Run this server with one paused queue and a history of so many jobs."""
    port = _free_port()
    folder.mkdir()
    (folder / "printserver.toml").write_text(OURS.format(port=port))
    history.of_ours(folder / "data", jobs)
    places: list[str | Path] = ["--config", folder / "printserver.toml", "--data", folder / "data"]
    with _running([sys.executable, "-m", "printserver", "serve", *places], folder) as process:
        _await(lambda: _answers(f"http://127.0.0.1:{port}/healthz"))
        pause = f"http://127.0.0.1:{port}/api/v1/queues/card/pause"
        urlopen(Request(pause, b"{}", {"Content-Type": "application/json"}), timeout=DEADLINE).close()
        yield Target("this server", port, "/ipp/print/card", process.pid)


@contextmanager
def cups(folder: Path, program: Path, *, durable: bool, jobs: int = 0, document: bytes = b"") -> Iterator[Target]:
    """Run cupsd with one queue that prints to nowhere and a history of so many jobs, each of this document."""
    _make_cups(folder)
    with _running_cups(folder, program, ("", "")) as target:
        subprocess.run(
            ["lpadmin", "-h", f"127.0.0.1:{target.port}", "-p", "card", "-E", "-v", "file:///dev/null"], check=True,
            capture_output=True,
        )  # fmt: skip
        if jobs:
            history.of_cups(target, jobs, document)
        if not durable:
            yield target
            return
    with _running_cups(folder, program, DURABLE) as target:
        yield replace(target, name="cupsd, durable")


def _make_cups(folder: Path) -> None:
    for name in ("spool/tmp", "cache", "state", "log", "etc/ppd", "etc/ssl"):
        (folder / name).mkdir(parents=True)


@contextmanager
def _running_cups(folder: Path, program: Path, extra: tuple[str, str]) -> Iterator[Target]:
    port, etc = _free_port(), folder / "etc"
    _write_cups(folder, program, port, extra)
    with _running([program, "-f", "-c", etc / "cupsd.conf", "-s", etc / "cups-files.conf"], folder) as process:
        _await(lambda: _listens(port))
        yield Target("cupsd", port, "/printers/card", process.pid)


def _write_cups(folder: Path, program: Path, port: int, extra: tuple[str, str]) -> None:
    root = program.parents[1]
    group = grp.getgrgid(os.getgid()).gr_name
    user = "lp" if os.geteuid() == 0 else getpass.getuser()
    (folder / "etc/cupsd.conf").write_text(
        f"Listen 127.0.0.1:{port}\nLogLevel none\nBrowsing Off\nDefaultAuthType None\nWebInterface No\n"
        f"MaxClients 1000\nMaxClientsPerHost 1000\nMaxJobs 0\nPreserveJobFiles No\n{extra[0]}\n{POLICY}"
    )
    (folder / "etc/cups-files.conf").write_text(
        f"ServerRoot {folder}/etc\nServerBin {root}/lib/cups\nDataDir {root}/share/cups\nRequestRoot {folder}/spool\n"
        f"TempDir {folder}/spool/tmp\nCacheDir {folder}/cache\nStateDir {folder}/state\nErrorLog {folder}/log/error\n"
        f"AccessLog {folder}/log/access\nPageLog {folder}/log/page\nFileDevice Yes\nUser {user}\n"
        f"Group {'lp' if user == 'lp' else group}\nSystemGroup {group}\n{extra[1]}\n"
    )


@contextmanager
def _running(command: Sequence[str | Path], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output, cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(true: Callable[[], bool]) -> None:
    until = time.monotonic() + DEADLINE
    while not true():
        if time.monotonic() > until:
            raise TimeoutError("a server did not start")
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        urlopen(address, timeout=5).close()
    except (URLError, OSError):
        return False
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
