"""Kernels keep nothing between calls, so that any number of threads may work at once, also without a GIL."""

from __future__ import annotations

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from printserver.raster import _kernels, kernels
from tests.raster.references import Plane

ROOT = Path(__file__).parents[2]
# What may change in the compiled module: the code path, chosen when it is loaded. And what is not the project's: names
# that C reserves for its tools (Cython's are such, but those of a module's own variables), and Cython's memoryviews.
MAY_CHANGE = {"kernel_path"}
OF_THE_TOOLS = re.compile(
    r"(?!__pyx_v_)_[_A-Z].*|completed\.0|main_interpreter_id\.[0-9]+"
    r"|contiguous|generic|indirect|indirect_contiguous|strided"
)


def changeable(library: Path) -> set[str]:
    """Name what a compiled library keeps in memory that can be written, the tools' own aside."""
    said = subprocess.run(["nm", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1] for line in said.splitlines() if line.split()[-2] in "bBdDcC"}
    return {name for name in names if not OF_THE_TOOLS.fullmatch(name)}


def test_a_compiled_kernel_has_no_memory_of_its_own() -> None:
    assert changeable(Path(_kernels.__file__)) == MAY_CHANGE


def test_scratch_that_calls_would_share_is_seen(tmp_path: Path) -> None:
    source, library = tmp_path / "kept.c", tmp_path / "kept.so"
    source.write_text("static short scratch[64]; int sum(int i) { return scratch[i & 63] += i; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    assert changeable(library) == {"scratch"}


def test_the_module_says_that_it_needs_no_gil() -> None:
    source = (ROOT / "cext" / "kernels.pyx").read_text()
    assert re.search(r"^# cython:.*\bfreethreading_compatible *= *True\b", source, re.MULTILINE)


def test_cards_of_many_threads_do_not_mix() -> None:
    """The same bits come out, whatever other threads do meanwhile."""

    def work(number: int) -> Plane:
        grey = np.random.default_rng(number % 4).integers(0, 256, (90, 700), dtype=np.uint8)
        bits = np.empty((90, 88), dtype=np.uint8)
        kernels.sierra_lite(grey, bits, serpentine=number % 2 == 1)
        return bits

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, range(64)))
    for number, bits in enumerate(together):
        np.testing.assert_array_equal(bits, work(number))
