"""A whole server with its emulated printer, and programs of others that print on it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image

from printserver.client import ApiClient, IppClient
from tests.crash.crash_harness import DEADLINE, ROOT, Site, free_port, site

BACKENDS = ROOT / "build" / "cups"


@dataclass(frozen=True)
class Said:
    """What a program said, and how it ended."""

    status: int
    out: str
    err: str

    def expect(self, status: int = 0) -> Said:
        """Fail with the program's own words when it ended otherwise."""
        assert self.status == status, f"status {self.status}\n{self.out}\n{self.err}"
        return self


def run(
    *command: str | Path, stdin: bytes = b"", environment: Mapping[str, str] = MappingProxyType({}),
    seconds: float = DEADLINE,
) -> Said:
    """Run a program to its end, or stop it after some seconds and raise TimeoutExpired."""
    done = subprocess.run(
        command, input=stdin, capture_output=True, timeout=seconds, check=False, env={**os.environ, **environment}
    )
    return Said(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


@dataclass
class Printed:
    """One job that was printed: its number and name, and the pictures of the cards as they left the printer."""

    job: int = 0
    name: str = ""
    fronts: list[bytes] = field(default_factory=list)
    backs: list[bytes] = field(default_factory=list)


@dataclass
class House:
    """The server, its doors, and the sample card as files in a folder."""

    site: Site
    raw_port: int
    lpd_port: int
    tls_port: int
    folder: Path
    name: str = ""

    @property
    def port(self) -> str:
        return str(self.site.port)

    @property
    def printer(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    @property
    def secure_printer(self) -> str:
        return f"ipps://127.0.0.1:{self.tls_port}/ipp/print"

    @property
    def certificate(self) -> Path:
        """The certificate that the server has made for itself."""
        return self.site.data / "tls" / "certificate.pem"

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> ApiClient:
        return self.site.api

    @property
    def ipp(self) -> IppClient:
        return IppClient(self.printer)

    @property
    def watched(self) -> Path:
        """The folder that the server watches."""
        return self.site.data.with_suffix(".in")

    @property
    def front(self) -> Path:
        return self.folder / "front.png"

    @property
    def back(self) -> Path:
        return self.folder / "back.png"

    def newest(self) -> int:
        """The number of the newest job, 0 when there is none."""
        return max((job.id for job in self.api.jobs().jobs), default=0)

    def idle(self) -> bool:
        """Whether every job is done with, and the printer has told of itself."""
        told: Any = self.api.printers()
        return all(job.final for job in self.api.jobs().jobs) and told["printers"][0]["state"] == "idle"

    @contextmanager
    def one_job(self, cards: int = 1) -> Iterator[Printed]:
        """Watch one job from its sending to its last card; fails unless every way of asking says that it is done."""
        before, out = self.newest(), set(self.site.good_cards())
        printed = Printed()
        yield printed
        [printed.job] = [row.id for row in self.api.jobs().jobs if row.id > before]
        told = self.ipp.wait(printed.job, timeout=DEADLINE, pause=0.1)
        assert (told.state, told.reasons) == ("completed", ("job-completed-successfully",))
        row = self.api.job(printed.job)
        assert row.state == "completed"
        assert row.row["cards"] == {"done": cards, "uncertain": 0}
        printed.name = row.name
        new = sorted(set(self.site.good_cards()) - out)
        assert len(new) == cards
        printed.fronts = [front.read_bytes() for front in new]
        printed.backs = [back.read_bytes() for back in map(back_of, new) if back.exists()]

    @contextmanager
    def no_job(self) -> Iterator[None]:
        """Watch that no job is accepted."""
        before = self.newest()
        yield
        assert self.newest() == before

    def preview(self, job: int, side: str = "front") -> bytes:
        """A side as the server's own panels give it."""
        return self.api.fetch(f"/jobs/{job}/cards/1/{side}.png")

    def log(self) -> str:
        """What the server has written down."""
        return self.site.data.with_suffix(".log").read_text()


CONFIGURATION = """
[server]
name = "{name}"
announce = "on"
{server}

[printer.card-printer]
driver = "evolis"
model = "primacy"
device = "emulated"
ribbon = "{ribbon}"

[queue.card]
printers = ["card-printer"]
duplicates = "off"
folder = "{folder}"
raw_port = {raw_port}
"""


@contextmanager
def house(folder: Path, ribbon: str = "YMCKO", server: str = "") -> Iterator[House]:
    """A server on free ports of the loopback address; with the ribbon YMCKOK a card has two sides.

    `server` are further lines of `[server]` in its configuration.
    """
    with site() as here:
        raw, lpd, tls = free_port(), free_port(), free_port()
        configuration = here.data.with_suffix(".toml")
        name = f"House {here.port}"  # its own, on a machine that may have several
        configuration.write_text(CONFIGURATION.format(
            name=name, server=server, ribbon=ribbon, raw_port=raw, folder=here.data.with_suffix(".in")
        ))  # fmt: skip
        start(here, "--config", str(configuration), "--lpd-port", str(lpd), "--tls-port", str(tls))
        yield House(here, raw, lpd, tls, folder, name)


def start(here: Site, *flags: str) -> None:
    """Start a site's server by its configuration alone."""
    command = [
        sys.executable, "-m", "printserver", "serve", "--data", str(here.data), "--port", str(here.port),
        "--tls-port", "0", *flags,
    ]  # fmt: skip
    with here.data.with_suffix(".log").open("a") as log:
        here.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    assert here.process.stdout is not None
    ready = any("ready" in line for line in here.process.stdout)
    assert ready, here.data.with_suffix(".log").read_text()


def back_of(front: Path) -> Path:
    """The file of the same card's back."""
    return front.with_name(front.name.replace("-front", "-back"))


def same_picture(one: bytes, other: bytes) -> bool:
    """Whether two PNGs show the same, dot by dot."""
    return np.array_equal(pixels(one), pixels(other))


def pixels(png: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"))


@dataclass(frozen=True)
class Score:
    """How many tests of an ipptool file passed, failed and were skipped; `words` is its report."""

    passed: int
    failed: int
    skipped: int
    words: str = field(compare=False)


def ipptool(printer: str, test: str | Path, *options: str, folder: Path | None = None) -> Score:
    """Run an ipptool file; its exit status does not tell of every failure, so the marks are counted."""
    done = subprocess.run(
        ["ipptool", "-tI", "-T", "30", *options, printer, str(test)], capture_output=True, text=True,
        timeout=2 * DEADLINE, check=False, cwd=folder,
    )  # fmt: skip
    words = done.stdout + done.stderr
    marks = {mark: len(re.findall(rf"\[{mark}\]$", done.stdout, re.MULTILINE)) for mark in ("PASS", "FAIL", "SKIP")}
    return Score(marks["PASS"], marks["FAIL"], marks["SKIP"], words)


def backend(name: str, uri: str, *job: str | Path, seconds: float = DEADLINE) -> Said:
    """Run a CUPS backend as cupsd would: job number, user, title, copies, options, file."""
    kind = {"CONTENT_TYPE": "image/png", "FINAL_CONTENT_TYPE": "image/png", "DEVICE_URI": uri}
    return run(BACKENDS / name, *job, environment=kind, seconds=seconds)
