"""The command line as a person meets it: arguments in; exit code, standard output and standard error out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner

from printserver.cli import main

ROOT = Path(__file__).parent.parent.parent
DEADLINE = 60.0


@dataclass(frozen=True)
class Outcome:
    code: int
    stdout: bytes
    stderr: str

    @property
    def out(self) -> str:
        return self.stdout.decode()

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def json(self) -> Any:  # noqa: ANN401 - whatever the JSON holds
        return json.loads(self.stdout)

    def complaint(self) -> str:
        """The one line that tells what is wrong, and nothing beside it."""
        lines = self.stderr.splitlines()
        assert len(lines) == 1, self.stderr
        assert lines[0].startswith("printserver: ")
        return lines[0]


def call(*arguments: object, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Outcome:
    """Run a command in this process, through the same `main` that the installed program runs."""
    argv = ["printserver", *map(str, arguments)]
    with CliRunner(env=environment).isolation(input=stdin) as (out, err, *_), mock.patch.object(sys, "argv", argv):
        code = _exit_code()
        return Outcome(code, out.getvalue(), err.getvalue().decode())


def _exit_code() -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start a command as a process of its own, on which Ctrl-C works even where the tests run in the background."""
    return subprocess.Popen(
        [sys.executable, "-m", "printserver", *map(str, arguments)], cwd=ROOT, text=True, env=environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_heed_interrupts,
    )  # fmt: skip


def _heed_interrupts() -> None:
    """A shell starts background jobs with SIGINT ignored, and a child inherits that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment() -> dict[str, str]:
    """What a process needs to find the packages that this one found, installed or not."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path if path)}
