"""cupsd with its own settings, spool and port: the print service of a stock Linux, started for the tests alone."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.crash.crash_harness import DEADLINE, ROOT, await_until, free_port
from tests.interop.interop_kit import Said, run

PROGRAMS = ROOT / "build" / "cupsd"
QUEUE = "everywhere"
SETTINGS = """
Listen 127.0.0.1:{port}
LogLevel debug
MaxLogSize 0
Browsing Off
DefaultAuthType None
<Location />
  Order allow,deny
  Allow all
</Location>
<Location /admin>
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""
FILES = """
ServerRoot {folder}/settings
ServerBin {programs}/lib/cups
DataDir {programs}/share/cups
RequestRoot {folder}/spool
TempDir {folder}/spool/tmp
CacheDir {folder}/cache
StateDir {folder}/state
ServerKeychain {folder}/settings
AccessLog {folder}/access.log
ErrorLog {folder}/error.log
PageLog {folder}/page.log
"""


@dataclass(frozen=True)
class Cupsd:
    """A running cupsd."""

    port: int
    folder: Path

    def run(self, *command: str | Path) -> Said:
        """Run one of CUPS's programs against it."""
        return run(*command, environment={"CUPS_SERVER": f"127.0.0.1:{self.port}"})

    def lp(self, *arguments: str | Path) -> str:
        """Print, and return what cupsd calls the job."""
        said = self.run("lp", "-d", QUEUE, *arguments).expect()
        found = re.search(rf"request id is ({QUEUE}-[0-9]+)", said.out)
        assert found, said.out
        return found[1]

    def await_done(self, job: str) -> None:
        """Wait until cupsd counts a job among the finished ones."""
        done = ("lpstat", "-W", "completed", "-o")
        await_until(lambda: job in self.run(*done).out.split(), 3 * DEADLINE)  # its backend waits before it tries again


@contextmanager
def cupsd(folder: Path) -> Iterator[Cupsd]:
    """Run cupsd in a folder; it is ended by its id."""
    here = Cupsd(free_port(), folder)
    for name in ("settings", "spool/tmp", "cache", "state"):
        (folder / name).mkdir(parents=True)
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)  # as root it runs filters and backends as another user
    (folder / "cupsd.conf").write_text(SETTINGS.format(port=here.port))
    (folder / "cups-files.conf").write_text(FILES.format(folder=folder, programs=PROGRAMS))
    settings = ("-c", str(folder / "cupsd.conf"), "-s", str(folder / "cups-files.conf"))
    command = [str(PROGRAMS / "sbin" / "cupsd"), "-f", *settings]
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        await_until(lambda: here.run("lpstat", "-r").out.startswith("scheduler is running"))
        yield here
    finally:
        process.terminate()
        process.wait()
