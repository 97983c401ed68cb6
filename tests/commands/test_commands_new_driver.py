"""A driver's package made by the command: it takes no other's place, and its own tests pass, installed or not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from printserver.commands.new_driver import TEMPLATE, named, write_package
from tests.commands.command_kit import ROOT, call

# The package's tests try every fault at every effect, twice; a busy machine may be slow.
LONG = 900


def run(*arguments: str | Path, folder: Path, paths: tuple[Path, ...] = (ROOT,)) -> str:
    """Run Python in a folder, with nothing of the tests' own way to find packages but `paths`."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    ended = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_it_says_what_it_made(tmp_path: Path) -> None:
    found = call("new-driver", "otter", "--out", tmp_path / "drivers")
    assert found.code == 0, found.stderr
    folder = tmp_path / "drivers" / "printserver_otter"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert f"{len(files)} files in {folder}" in " ".join(found.out.split())
    assert {"pyproject.toml", "README.md"} <= {path.name for path in files}
    assert (folder / "printserver_otter" / "driver.toml").is_file()
    assert not [path for path in files if re.search("acme", path.name + path.read_text(), re.IGNORECASE)]


@pytest.mark.parametrize("name", ["Otter", "o", "two-words", "../otter", "1st", "", "o" * 32, "Évian"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    found = call("new-driver", "--out", tmp_path, "--", name)
    assert found.code == 2
    assert "cannot be a family's name" in found.complaint()
    assert not list(tmp_path.iterdir())


def test_the_name_of_a_driver_that_is_there_is_refused(tmp_path: Path) -> None:
    found = call("new-driver", "virtual", "--out", tmp_path)
    assert found.code == 2
    assert "there is a driver 'virtual' already" in found.complaint()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    mine = tmp_path / "printserver_otter" / "codec.py"
    mine.parent.mkdir()
    mine.write_text("mine")
    found = call("new-driver", "otter", "--out", tmp_path)
    assert found.code == 2
    assert "is there already" in found.complaint()
    assert [path.read_text() for path in tmp_path.rglob("*.py")] == ["mine"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = call("new-driver", "otter", "--out", tmp_path / "file" / "below")
    assert found.code == 2
    assert "file/below" in found.complaint()


def test_every_file_of_the_template_is_written_for_one_family() -> None:
    texts = [path.read_text() for path in TEMPLATE.rglob("*.txt")]
    assert len(texts) > 10
    assert not [word for text in texts for word in re.findall("(?i)acme", named(text, "otter"))]


@pytest.mark.timeout(LONG)
def test_its_tests_pass_from_its_own_folder_without_being_installed(tmp_path: Path) -> None:
    write_package("otter", tmp_path / "printserver_otter")
    told = run("-m", "pytest", "-q", "-p", "no:cacheprovider", folder=tmp_path / "printserver_otter")
    passed = re.search(r"([0-9]+) passed in", told)
    assert passed, told
    assert int(passed[1]) > 100


@pytest.mark.timeout(LONG)
def test_it_can_be_installed_and_tested_where_only_the_tests_are(tmp_path: Path) -> None:
    folder, site, elsewhere = tmp_path / "printserver_otter", tmp_path / "site", tmp_path / "elsewhere"
    write_package("otter", folder)
    installed(folder, site)
    shutil.copytree(folder / "tests", elsewhere / "tests")
    names = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]
    assert {"printserver_otter/driver.toml", "printserver_otter/transcripts/emulated.txt"} <= set(names)
    choice = "golden or claims or capabilities or cheap or knows_bytes or recorded or comes_out"
    told = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", choice, folder=elsewhere, paths=(ROOT, site))
    assert "passed" in told


def installed(folder: Path, site: Path) -> None:
    """Install a package's folder as its user does, from nowhere but itself."""
    options = ("--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", site)
    run("-m", "pip", "install", "--quiet", *options, folder, folder=folder)
