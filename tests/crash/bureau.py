"""A place that prints cards: a server with its data, an emulated printer in a process of its own, the cable between.

Laws kept here:

1. The printer outlives the server: it is started and ended here, never by the server.
2. The server is always a process that takes orders (`doomed.py -`), so that a warm one can be used for the next run.
3. Cards lie outside of the server's disk, as those of a real printer do.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from printserver.client import ApiClient
from printserver.emulation.control import Status
from printserver.emulation.launch import Order, find_running, shut_down, start_emulator
from printserver.errors import DeviceUnreachable
from printserver.store.heads import NewestHead
from printserver.store.opening import verify_journal
from printserver.store.place import data_place
from tests.crash.cable import LANGUAGES, Cable
from tests.crash.crash_harness import await_until, free_port
from tests.crash.designs import MODELS, RIBBON
from tests.crash.disk import Disk
from tests.crash.hopper import Hopper
from tests.crash.life import Life, Nursery
from tests.crash.runs import POSTGRESQL, SQLITE
from tests.crash.shared_database import SharedDatabase
from tests.database_line import Line

# How often the printer looks the same, twenty times a second, before it rests; a panel moves no counter while it is
# printed.
LOOKS, LOOKS_WITH_A_CARD = 4, 20

CONFIGURATION = """
[server]
port = {port}
tls_port = 0
lpd_port = 0
free_megabytes = 0
announce = "off"

[printer.press]
driver = "{driver}"
model = "{model}"
device = "{device}"
ribbon = "{ribbon}"
{options}
{store}
[queue.card]
printers = ["press"]
duplicates = "off"
max-attempts = 9
"""
# How long the counter of a printer that is well must stand still: the emulated one answers only after its work.
OPTIONS = {"evolis": '[printer.press.options]\nsettle = "5"', "virtual": ""}

STORE = """
[store]
url = "{url}"
node = "here"
"""
# Seconds for an answer; over a line that fails every request is answered some time.
PATIENCE, PATIENCE_WITH_A_CONNECTION = 10.0, 90.0

WORDS = 3000


class Bureau:
    """One site over many lives of its server."""

    def __init__(self, folder: Path, driver: str, nursery: Nursery, store: str = SQLITE) -> None:
        """Set everything up in a folder, and start the printer; the server is started by `start`."""
        self.folder, self.driver, self._nursery = folder, driver, nursery
        self.database = SharedDatabase() if store == POSTGRESQL else None
        self.port = free_port()
        self._life: Life | None = None
        self.starts = 0
        self.disk = Disk(folder / "d")
        self.hopper = Hopper(folder / "cards")
        started = start_emulator(Order(
            driver=driver, model=MODELS[driver], listen="tcp:127.0.0.1:0", cards=folder / "cards",
            control=self.control, log=folder / "printer.log", state=folder / "machine.json", ribbon=RIBBON,
        ))  # fmt: skip
        host, _, port = started.address.removeprefix("tcp:").rpartition(":")
        self.cable = Cable(LANGUAGES[driver], (host, int(port)))
        self.configuration = folder / "printserver.toml"
        self.configuration.write_text(CONFIGURATION.format(
            port=self.port, driver=driver, model=MODELS[driver], device=self.cable.address, ribbon=RIBBON,
            options=OPTIONS[driver], store="" if self.database is None else STORE.format(url=self.database.url),
        ))  # fmt: skip

    @property
    def data(self) -> Path:
        """Return the server's data directory."""
        return self.disk.path / "data"

    @property
    def control(self) -> Path:
        """Return the printer's control socket."""
        return self.folder / "printer.control"

    @property
    def api(self) -> ApiClient:
        """Return a client of the server."""
        patience = PATIENCE if self.database is None else PATIENCE_WITH_A_CONNECTION
        return ApiClient(f"http://127.0.0.1:{self.port}", timeout=patience)

    # the server

    def start(self) -> None:
        """Start the server and wait until it is ready; fails with its last words."""
        if self._life is not None:
            self._life.close()
        self.starts += 1
        words = ["serve", "--config", str(self.configuration), "--data", str(self.data)]
        self._life = self._nursery.bear(words, self.log)
        assert self._life.hear("ready"), f"the server does not start: {self.log.read_text()[-2000:]}"

    @property
    def life(self) -> Life:
        """Return the server's process."""
        assert self._life is not None
        return self._life

    @property
    def log(self) -> Path:
        """Return the file of the server's log."""
        return self.folder / "server.log"

    def workers(self) -> list[int]:
        """Return the processes that render cards for the server."""
        pid = self.life.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if b"printserver.sandbox.worker" in _command_of(int(child))]

    def press(self) -> dict[str, Any]:
        """Return the printer as the API tells it."""
        answer: Any = self.api.printers()
        [row] = answer["printers"]
        return dict(row)

    def flaws(self) -> list[str]:
        """Return what is wrong with the journal."""
        place = data_place(self.data, None)
        location = place.database if self.database is None else self.database.itself
        reports = verify_journal(location, NewestHead(place.head).heads())
        return [f"{flaw.kind}: {flaw.detail}" for report in reports for flaw in report.flaws]

    # its store, where that is reached over a connection

    @property
    def line(self) -> Line:
        """Return the line to the store."""
        assert self.database is not None, "a store that is a file has no connection to lose"
        return self.database.line

    # the printer

    def printer(self) -> Status:
        """Return how the printer is; fails when it is gone."""
        status = find_running(self.control, timeout=10)
        if status is None:
            raise DeviceUnreachable("the emulated printer is gone")
        return status

    def await_rest(self, *, may_hold_a_card: bool = False) -> None:
        """Wait until nothing moves in the printer and no card is in it: it goes on without the server.

        One whose server died before the card's end was sent holds that card until it is told what to do.
        """
        seen: list[tuple[bool, int]] = []

        def rests() -> bool:
            status = self.printer()
            seen.append((status.loaded, sum(status.counters.values())))
            still = LOOKS_WITH_A_CARD if status.loaded else LOOKS
            return len(set(seen[-still:])) == 1 and len(seen) >= still and (may_hold_a_card or not status.loaded)

        try:
            await_until(rests)
        except AssertionError as error:
            words = (self.folder / "printer.log").read_text()[-WORDS:]
            raise AssertionError(f"the printer does not come to rest: {self.printer()}, {words}") from error

    def close(self) -> None:
        """End everything."""
        if self._life is not None:
            self._life.stop()
            self._life.close()
        self.cable.close()
        if self.database is not None:
            self.database.close()
        with contextlib.suppress(DeviceUnreachable):
            shut_down(self.control)
        self.disk.close()


def _command_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


@contextlib.contextmanager
def bureau(driver: str, nursery: Nursery, store: str = SQLITE) -> Iterator[Bureau]:
    """A site that is cleared away at the end whatever happened; its path is short, as a socket's path must be."""
    folder = Path(tempfile.mkdtemp(prefix="ps-"))
    found = Bureau(folder, driver, nursery, store)
    try:
        yield found
    finally:
        found.close()
        shutil.rmtree(folder, ignore_errors=True)
