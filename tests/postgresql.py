"""A real PostgreSQL server for tests: found, made in a folder of its own, started and stopped; on a Unix socket.

Its programs refuse to run as root: then they run as an account that has nothing else.
"""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import psycopg

PLACES = ("build/postgresql/usr/lib/postgresql/*/bin", "/usr/lib/postgresql/*/bin")
ROOT = Path(__file__).parent.parent
ACCOUNTS = ("postgres", "nobody")
SOCKET_PORT = 5432
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": "/"}


class Missing(Exception):
    """PostgreSQL is not installed; `make setup` installs it."""


def programs() -> Path:
    """Return the folder of PostgreSQL's programs, the newest there is."""
    found = [path for place in PLACES for path in Path("/").glob(str(Path(ROOT, place)).lstrip("/"))]
    for folder in sorted(found, key=lambda path: (str(path).startswith("/usr"), path), reverse=True):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise Missing("PostgreSQL is not installed: run make setup")


class Server:
    """A running server; `port` is a TCP port of loopback as well, when it is given."""

    def __init__(self, port: int = 0) -> None:
        """Make a server in a new folder below /tmp, and start it."""
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self.port = port
        self.programs = self._reachable(programs())
        self._names = itertools.count(1)
        account = _account()
        if account:
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self.data = self.folder / "data"
        made = self._command(
            "initdb", "-D", str(self.data), "-A", "trust", "-N", "-E", "UTF8", "--locale=C", "-U", "postgres"
        )
        subprocess.run(made, capture_output=True, check=True, env=ENVIRONMENT, cwd="/", timeout=60)
        self.start()

    def _reachable(self, found: Path) -> Path:
        """Return programs that another account can run too: unpacked ones may lie in a folder that is root's alone."""
        if os.geteuid() != 0 or str(found).startswith("/usr/"):
            return found
        root = ROOT / "build/postgresql"
        shutil.copytree(root, self.folder / "programs", symlinks=True)
        for path in (self.folder, self.folder / "programs"):
            path.chmod(0o755)
        return self.folder / "programs" / found.relative_to(root)

    def start(self) -> None:
        """Start it; returns when it answers. It ends with this process, however that ends."""
        listen = ("127.0.0.1", self.port) if self.port else ("", SOCKET_PORT)
        settings = {
            "listen_addresses": listen[0], "port": listen[1], "unix_socket_directories": self.folder, "jit": "off",
            "max_connections": 120, "shared_buffers": "32MB",
        }  # fmt: skip
        given = [f"-c{name}={value}" for name, value in settings.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", str(self.data), *given), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=ENVIRONMENT, cwd="/",
            )  # fmt: skip
        give_up = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise AssertionError((self.folder / "log").read_text())
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT as a service does, SIGQUIT as a crash would."""
        self._process.send_signal(how)
        self._process.wait(60)

    def url(self, name: str, *, tcp: bool = False) -> str:
        """Return the address of a database."""
        if tcp:
            return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"
        return f"postgresql://postgres@/{name}?host={self.folder}&port={self.port or SOCKET_PORT}"

    def new_database(self, template: str = "template0") -> str:
        """Make a database, an empty one or a copy of one that nobody uses, and return its name."""
        name = f"store{next(self._names)}"
        with self.connect("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return name

    def connect(self, name: str) -> psycopg.Connection:
        """Return a connection of its own to a database, each statement of which is a transaction."""
        return psycopg.connect(self.url(name), autocommit=True)

    def remove(self) -> None:
        """Stop it and delete its folder."""
        if self._process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _command(self, program: str, *arguments: str) -> list[str]:
        account = _account()
        whose = (f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups") if account else ()
        return ["setpriv", *whose, "--pdeathsig=QUIT", str(self.programs / program), *arguments]


def _account() -> pwd.struct_passwd | None:
    """Return the account that runs the server, None for this process's own."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in ACCOUNTS if name in known)


@cache
def server() -> Server:
    """Return the one server of this test process, started when it is first asked for."""
    started = Server()
    atexit.register(started.remove)
    return started
