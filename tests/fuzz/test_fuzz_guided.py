"""Fuzzing by branches, a bounded slice of it that is the same each time; and a planted fault is found and kept."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.engine import kept
from tests.fuzz.fuzz_ipp import MESSAGES

ROOT = Path(__file__).parents[2]
ROUNDS = 1200
START = 20261125
# atheris is published for this machine alone; the other engine tries the same targets on every one.
GUIDED = tuple(MESSAGES) if (sys.platform, platform.machine()) == ("linux", "x86_64") else ()

PLANTED = """
import sys
from pathlib import Path
import atheris
from tests.fuzz import guided

@atheris.instrument_func
def faulty(data):
    if data[:1] == b"I":
        if data[1:2] == b"P":
            if data[2:3] == b"P":
                raise ValueError("a finding")

guided.MESSAGES = {"planted": faulty}
guided.CORPUS = Path(sys.argv.pop())
guided.main()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", GUIDED)
def test_a_slice_of_every_reader_finds_nothing(target: str) -> None:
    ended = run("-m", "tests.fuzz.guided", f"--targets={target}", f"--rounds={ROUNDS}", f"--start={START}")
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = dict(line.removeprefix("stat::").split(":") for line in ended.stderr.splitlines() if "stat::" in line)
    assert int(told["number_of_executed_units"]) >= ROUNDS
    # Branches that no seed took: the fuzzer sees the readers' own.
    assert int(told["new_units_added"]) > 5


@pytest.mark.parametrize("target", MESSAGES)
def test_there_is_something_to_begin_with(target: str) -> None:
    assert kept(target)


@pytest.mark.parametrize("_", GUIDED[:1])
def test_a_fault_behind_three_branches_is_found_and_kept(_: str, tmp_path: Path) -> None:
    (tmp_path / "planted").mkdir()
    (tmp_path / "planted" / "seed").write_bytes(b"xxxx")
    ended = run("-c", PLANTED, "--alone", "--targets=planted", "--rounds=200000", f"--start={START}", str(tmp_path))
    assert ended.returncode != 0
    assert "a finding" in ended.stdout + ended.stderr
    [found] = (tmp_path / "planted").glob("found-*")
    assert found.read_bytes().startswith(b"IPP")
