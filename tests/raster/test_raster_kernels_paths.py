"""Code paths: the best one is taken, another one by force, and one that is not there is refused by name."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from printserver.raster.kernels.paths import code_path, code_paths, on_code_path

TELL = "from printserver.raster.kernels.paths import code_path; print(code_path())"


def told(forced: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PRINTSERVER_KERNELS": forced, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", TELL], env=environment, capture_output=True, text=True, check=False)


def test_the_best_path_is_taken_unless_another_is_forced() -> None:
    assert told("").stdout.strip() == code_paths()[-1]


@pytest.mark.parametrize("path", code_paths())
def test_each_path_can_be_forced(path: str) -> None:
    assert told(path).stdout.strip() == path


def test_a_path_that_is_not_there_is_refused_with_those_that_are() -> None:
    refused = told("sse9")
    assert refused.returncode != 0
    assert "'sse9'" in refused.stderr
    assert ", ".join(code_paths()) in refused.stderr


def test_another_path_is_taken_for_a_while() -> None:
    before = code_path()
    with on_code_path("portable"):
        assert code_path() == "portable"
    assert code_path() == before
