"""Set-up finds what a machine lacks, installs it where it may, and names the command where it may not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Programs that every Debian has, and gcc and Python, which the project asks for.
PRESENT = "sh cat cp dirname env find gcc grep head ldconfig mkdir mktemp printf rm sed tr".split()
THIS_PYTHON = os.path.realpath(sys.executable)
AN_OLD_PYTHON = "#!/bin/sh\nexit 1\n"
RECORDS_ITS_CALLS = '#!/bin/sh\necho "$0 $*" | sed "s,.*/,," >>calls\n'


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Make a project folder beside a folder of programs which is all that set-up will see."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in PRESENT:
        found = shutil.which(name, path=f"{os.defpath}:/sbin:/usr/sbin")
        assert found, name
        (programs / name).symlink_to(found)
    return tmp_path


def put(machine: Path, **programs: str) -> None:
    for name, text in programs.items():
        path = machine / "programs" / name.replace("_", "-")
        path.write_text(text)
        path.chmod(0o755)


def look_for(purpose: str, machine: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    variables: Mapping[str, str] = {"PATH": str(machine / "programs"), **environment}
    script = machine / "scripts" / "system-packages"
    return subprocess.run([script, purpose], env=variables, cwd=machine, capture_output=True, text=True, check=False)


def user(number: int) -> str:
    return f"#!/bin/sh\necho {number}\n"


def test_without_the_right_to_install_the_exact_command_is_named(machine: Path) -> None:
    put(machine, id=user(1000), apt_get=RECORDS_ITS_CALLS)
    ended = look_for("test", machine, PYTHON=THIS_PYTHON)
    command = "sudo apt-get update && sudo apt-get install --yes --no-install-recommends chromium "
    assert (ended.returncode, command in ended.stderr) == (2, True)
    assert not (machine / "calls").exists()


def test_running_the_project_asks_for_no_browser(machine: Path) -> None:
    put(machine, id=user(1000), old_python=AN_OLD_PYTHON)
    ended = look_for("demo", machine, PYTHON="old-python")
    assert ended.returncode == 2
    assert ended.stderr.strip().endswith("--no-install-recommends python3 python3-venv python3-dev")


def test_root_gets_what_is_missing_and_nothing_else(machine: Path) -> None:
    put(machine, id=user(0), apt_get=RECORDS_ITS_CALLS, old_python=AN_OLD_PYTHON)
    look_for("demo", machine, PYTHON="old-python")
    updated, installed = (machine / "calls").read_text().splitlines()
    assert updated.startswith("apt-get update")
    assert installed.split("--no-install-recommends ")[1] == "python3 python3-venv python3-dev"


def test_a_python_that_cannot_build_the_project_is_refused_by_name(machine: Path) -> None:
    put(machine, id=user(0), apt_get=RECORDS_ITS_CALLS, old_python=AN_OLD_PYTHON)
    ended = look_for("demo", machine, PYTHON="old-python")
    assert (ended.returncode, "PYTHON=/path/to/python3 names one" in ended.stderr) == (2, True)


def test_a_machine_that_has_all_is_left_alone(machine: Path) -> None:
    put(machine, id=user(1000), apt_get=RECORDS_ITS_CALLS)
    ended = look_for("demo", machine, PYTHON=THIS_PYTHON)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert not (machine / "calls").exists()


def test_an_unknown_purpose_is_a_mistake_in_usage(machine: Path) -> None:
    ended = subprocess.run([machine / "scripts" / "setup", "everything"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (2, "usage: scripts/setup [demo|test]\n")
