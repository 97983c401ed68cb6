"""The sanitizers see what a kernel does wrong, and the kernels that the tests run under them are the sanitized ones."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOUND_SECONDS = 900  # the first call compiles

# Calls that no facade lets through: each gives a kernel less than it is promised.
WRONG = {
    "a row too few to write into": "reduce_depth(zeros((8, 8), B), zeros((7, 8), B), 127)",
    "a pixel too few to read": "luma(zeros((7, 8, 3), B), zeros((8, 8), B), None)",
    "a table that is too short": "lookup(full((1, 9), 255, B), zeros((1, 9), B), zeros(255, B))",
}
# A vector that begins inside and ends outside is known to be wrong, if not to what it belongs.
SEEN = re.compile("AddressSanitizer: (heap-buffer-overflow|unknown-crash)")


def under_sanitizers(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["scripts/under-sanitizers", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(BOUND_SECONDS)
@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_a_kernel_that_leaves_its_memory_is_seen(call: str) -> None:
    ended = under_sanitizers("tests.sanitized.wrong", call)
    assert ended.returncode != 0
    assert SEEN.search(ended.stderr), ended.stderr


@pytest.mark.timeout(BOUND_SECONDS)
def test_what_c_leaves_undefined_is_seen() -> None:
    ended = under_sanitizers("tests.sanitized.wrong", "floyd_steinberg_pillow(zeros((4, 4), B), zeros((4, 1), B), odd)")
    assert ended.returncode != 0
    assert "runtime error: " in ended.stderr


@pytest.mark.timeout(BOUND_SECONDS)
def test_the_sanitized_kernels_take_the_place_of_those_in_the_tree() -> None:
    ended = under_sanitizers("tests.sanitized.wrong", "print(__file__)")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert str(ROOT / "build" / "sanitized") in ended.stdout


def test_without_a_module_it_is_a_mistake_in_usage() -> None:
    ended = under_sanitizers()
    assert (ended.returncode, ended.stderr) == (2, "usage: scripts/under-sanitizers MODULE [ARGUMENT...]\n")


@pytest.mark.timeout(BOUND_SECONDS)
def test_a_slice_of_the_fuzzing_is_clean_under_the_sanitizers() -> None:
    """Every kernel on every code path, and the decoders; the rest is `make asan` and `make fuzz`."""
    options = "-q -p no:cacheprovider -k slice_of_every_target".split()
    ended = under_sanitizers("pytest", *options, "tests/fuzz")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout
