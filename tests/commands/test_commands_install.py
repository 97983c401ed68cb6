"""`printserver install`: files that systemd's own programs read without a complaint."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from printserver.cli import printserver
from printserver.commands.checking import check_configuration
from printserver.commands.installation import CONFIGURATION, system_files
from printserver.config import read_configuration
from printserver.plugins import load_plugins

UNIT = Path("etc/systemd/system/printserver.service")


def installed(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(printserver, ["install", "--root", str(root), *arguments], catch_exceptions=False)


def test_files_lie_below_the_root_and_say_what_comes_next(tmp_path: Path) -> None:
    told = installed(tmp_path, "--program", "/opt/printserver/bin/printserver")
    found = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {file.path for file in system_files(Path("/p"))}
    assert "systemctl enable --now printserver" in told.output
    assert "ExecStart=/opt/printserver/bin/printserver serve" in (tmp_path / UNIT).read_text()
    assert (tmp_path / CONFIGURATION).stat().st_mode & 0o777 == 0o640


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    told = installed(tmp_path, "--dry-run")
    assert "WatchdogSec=" in told.output
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_is_left_and_the_unit_is_written_anew(tmp_path: Path) -> None:
    installed(tmp_path)
    (tmp_path / CONFIGURATION).write_text("# mine\n")
    (tmp_path / UNIT).write_text("# old\n")
    installed(tmp_path)
    assert (tmp_path / CONFIGURATION).read_text() == "# mine\n"
    assert "# old" not in (tmp_path / UNIT).read_text()


def test_the_first_configuration_is_a_good_one(tmp_path: Path) -> None:
    installed(tmp_path)
    found = read_configuration(tmp_path / CONFIGURATION)
    check_configuration(found, load_plugins(None), "first")
    assert found.server.key
    assert found.server.data
    assert not Path(found.server.key).is_relative_to(found.server.data), "the key lies outside the data"


@pytest.mark.parametrize("program", ["relative/printserver", '/a"b', "/a\nExecStartPre=/bin/sh"])
def test_a_program_that_would_change_the_unit_is_refused(program: str, tmp_path: Path) -> None:
    told = CliRunner().invoke(printserver, ["install", "--root", str(tmp_path), "--program", program])
    assert told.exception is not None
    assert list(tmp_path.iterdir()) == []


def test_signs_of_systemd_in_a_path_are_doubled() -> None:
    [unit, *_] = system_files(Path("/opt/100% $HOME/printserver"))
    assert 'ExecStart="/opt/100%% $$HOME/printserver" serve' in unit.text


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    assert shutil.which("systemd-analyze"), "systemd's own check is not there"
    program = tmp_path / "printserver"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    installed(tmp_path, "--program", str(program))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / UNIT)],
        capture_output=True, text=True, timeout=60, check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "printserver" in line]
    assert (done.returncode, ours) == (0, [])


def test_the_unit_exposes_little(tmp_path: Path) -> None:
    installed(tmp_path, "--program", "/bin/true")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(tmp_path / UNIT)],
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.returncode == 0, done.stdout.splitlines()[-1:]
