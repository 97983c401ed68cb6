"""cupsd killed at random moments, beside this server: what its printer got, told apart by SHA-1.

Laws kept here:

1. Both get as many cards, each with a content of its own, and are killed by SIGKILL at a moment out of the same seed.
2. A job counts as accepted when cupsd has said so; a card counts as printed when all of it came to the printer.
3. cupsd is one that set-up has unpacked, with settings, spool and port of its own; the system's is not touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.crash.crash_harness import await_until, free_port
from tests.interop.cupsd_kit import FILES, PROGRAMS, SETTINGS

SINK = Path(__file__).with_name("sink.py")
QUEUE = "card"
CARDS, CARD_BYTES, CARD_SECONDS = 3, 300_000, 0.9
# cupsd.conf(5), cups-files.conf(5): each job is on disk when it is answered.
DURABLE = ("DirtyCleanInterval 0", "SyncOnClose Yes")
# A backend that was left over may still hold the printer; cupsd tries again after JobRetryInterval at the latest.
DRAIN_SECONDS, QUIET_SECONDS = 120.0, 4.0


@dataclass(frozen=True)
class Outcome:
    """What came of one run: cards accepted, lost, cards that came out more than once, cards begun and never ended."""

    accepted: int
    lost: int
    doubled: int
    broken: int


@dataclass
class Anchor:
    """A cupsd with one raw queue on a sink, over several lives."""

    folder: Path
    durable: bool
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = ("-c", str(self.folder / "cupsd.conf"), "-s", str(self.folder / "cups-files.conf"))
        with (self.folder / "said.log").open("ab") as said:
            command = [str(PROGRAMS / "sbin" / "cupsd"), "-f", *settings]
            self.process = subprocess.Popen(command, stdout=said, stderr=said)
        await_until(lambda: self.run("lpstat", "-r").startswith("scheduler is running"))

    def run(self, *command: str) -> str:
        """Run one of CUPS's programs against it; returns what it says."""
        words = [command[0], "-h", f"127.0.0.1:{self.port}", *command[1:]]
        return subprocess.run(words, check=False, capture_output=True, text=True, timeout=60).stdout

    def stop(self, *, kill: bool) -> None:
        """End the scheduler, in order or by SIGKILL; what it has started is left to itself."""
        assert self.process is not None
        self.process.kill() if kill else self.process.terminate()
        self.process.wait()


def compare(seeds: range, *, durable: bool, side_by_side: int = 4) -> list[Outcome]:
    """Return what came of each seed's run."""
    with ThreadPoolExecutor(side_by_side) as threads:
        return list(threads.map(lambda seed: one_run(seed, durable=durable), seeds))


def one_run(seed: int, *, durable: bool) -> Outcome:
    """Print some cards with a cupsd that is killed at a moment, start it again, and count when all is quiet."""
    chance = Random(seed)
    cards = [chance.randbytes(CARD_BYTES) for _ in range(CARDS)]
    moment = chance.random() * (0.3 + CARDS * CARD_SECONDS)
    with tempfile.TemporaryDirectory(prefix="ps-") as name, _sink(Path(name)) as port:
        here = _set_up(Path(name), durable=durable, device=port)
        here.start()
        began = time.monotonic()
        accepted = [card for number, card in enumerate(cards) if _accepted(here, number, card)]
        time.sleep(max(0.0, moment - (time.monotonic() - began)))
        here.stop(kill=True)
        here.start()
        try:
            await_until(lambda: not here.run("lpstat", "-o").strip(), DRAIN_SECONDS)
            _await_quiet(Path(name) / "printed")
        finally:
            here.stop(kill=False)
        return _count(Path(name) / "printed", accepted)


def _accepted(here: Anchor, number: int, card: bytes) -> bool:
    file = here.folder / f"card-{number}"
    file.write_bytes(card)
    return "request id" in here.run("lp", "-d", QUEUE, "-o", "raw", str(file))


def _count(printed: Path, accepted: list[bytes]) -> Outcome:
    lines = [line.split() for line in printed.read_text().splitlines()] if printed.exists() else []
    whole = Counter(digest for size, digest in lines if int(size) == CARD_BYTES)
    copies = [whole[hashlib.sha1(card, usedforsecurity=False).hexdigest()] for card in accepted]
    broken = sum(0 < int(size) < CARD_BYTES for size, _ in lines)
    return Outcome(len(accepted), copies.count(0), sum(count > 1 for count in copies), broken)


def _set_up(folder: Path, *, durable: bool, device: int) -> Anchor:
    """Make a place for it, and a queue that is on disk: it is stopped in order once."""
    here = Anchor(folder, durable, free_port())
    for name in ("settings", "spool/tmp", "cache", "state"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)  # as root it runs backends as another user
    more = DURABLE if durable else ("", "")
    settings = SETTINGS.replace("LogLevel debug", "LogLevel none").format(port=here.port)
    (folder / "cupsd.conf").write_text(f"{settings}\n{more[0]}\n")
    files, unpacked = FILES.format(folder=folder, programs=PROGRAMS), f"{PROGRAMS}/lib/cups"
    (folder / "cups-files.conf").write_text(f"{files.replace(unpacked, str(_own_programs(folder)))}\n{more[1]}\n")
    here.start()
    here.run("lpadmin", "-p", QUEUE, "-E", "-v", f"socket://127.0.0.1:{device}")
    here.stop(kill=False)
    return here


def _own_programs(folder: Path) -> Path:
    """Return a folder of cupsd's programs in which the backend for port 9100 is switched on."""
    unpacked = PROGRAMS / "lib" / "cups"
    (folder / "bin" / "backend").mkdir(parents=True)
    for path in unpacked.iterdir():
        if path.name != "backend":
            (folder / "bin" / path.name).symlink_to(path)
    (folder / "bin" / "backend" / "socket").symlink_to(unpacked / "backend-available" / "socket")
    return folder / "bin"


@contextlib.contextmanager
def _sink(folder: Path) -> Iterator[int]:
    command = [sys.executable, str(SINK), "0", str(folder / "printed"), str(CARD_BYTES / CARD_SECONDS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().split()[1])
    finally:
        process.kill()
        process.wait()


def _await_quiet(printed: Path) -> None:
    """Wait until the printer has taken nothing for some seconds."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        size = printed.stat().st_size if printed.exists() else 0
        if size != seen:
            seen, since = size, time.monotonic()
        time.sleep(0.1)
