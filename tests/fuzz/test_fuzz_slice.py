"""Fuzzing, a bounded slice of it that is the same each time; and what was ever found is tried again, every time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from printserver.raster import _kernels, kernels
from tests.fuzz import engine
from tests.fuzz.engine import TARGETS, changed, fuzz, kept
from tests.fuzz.fuzz_documents import judge_png
from tests.fuzz.fuzz_kernels import KERNELS
from tests.fuzz.source import CORPUS

ROUNDS = 40
START = 20261124
ROOT = Path(__file__).parents[2]

# Called as they are by the facade's functions of other names, or not with planes at all.
NO_KERNELS = {"code_path", "code_paths", "take_code_path", "lanes"}
UNDER_ANOTHER_NAME = {"lookup": "expand_depth", "serpentine_batch": "floyd_steinberg_batch"}
NO_PLANES_WRITTEN = {"check_nodes", "depth", "packed_size", "overlay"}  # overlay is numpy's slicing


@pytest.mark.parametrize("target", TARGETS)
def test_a_slice_of_every_target_finds_nothing(target: str, tmp_path: Path) -> None:
    assert fuzz(target, START, lambda tried: tried < ROUNDS, tmp_path / "trying") == ROUNDS


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_kept_is_tried_again(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_every_kernel_is_fuzzed() -> None:
    compiled = {name for name in dir(_kernels) if callable(getattr(_kernels, name)) and name[0] != "_"} - NO_KERNELS
    assert {UNDER_ANOTHER_NAME.get(name, name) for name in compiled} <= set(KERNELS)
    facade = {name for name in kernels.__all__ if callable(getattr(kernels, name)) and name.islower()}
    assert facade - NO_PLANES_WRITTEN == set(KERNELS)


def test_the_same_start_tries_the_same_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bytes] = []
    monkeypatch.setattr(engine, "TARGETS", {"luma": tried.append})
    for _ in range(2):
        fuzz("luma", 7, lambda done: done < 30, tmp_path / "trying")
    assert tried[:30] == tried[30:]
    assert len(set(tried)) > 25


def test_what_leads_to_new_lines_is_learned_from() -> None:
    seen = engine.lines_of(lambda: TARGETS["raw"]((CORPUS / "raw" / "rgb-png").read_bytes()))
    assert {code.co_name for code, _line in seen} >= {"plain_page", "filtered_rows", "page_of"}
    assert not engine.lines_of(lambda: changed(b"ab", [b"c"], Random(1)))


def test_an_input_that_fails_stays_in_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes) -> None:
        if len(data) > 40:
            raise ValueError("a finding")

    monkeypatch.setattr(engine, "TARGETS", {"luma": fail})
    with pytest.raises(ValueError, match="a finding"):
        fuzz("luma", 1, lambda tried: True, tmp_path / "trying", tmp_path)
    assert len((tmp_path / "trying").read_bytes()) > 40


def test_a_page_that_differs_from_pillows_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    document = kept("raw")[-1]
    judge_png(document)
    wrong = np.zeros((1, 1, 3), np.uint8)
    monkeypatch.setattr("tests.fuzz.fuzz_documents.decode_png", lambda document, max_pixels: (wrong,))
    with pytest.raises(AssertionError):
        judge_png(document)


def by_itself(code: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program whose process may die; AddressSanitizer, where it is loaded, is not to make a report of that."""
    options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "handle_segv=0")))
    environment = {**os.environ, "ASAN_OPTIONS": options}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, env=environment)


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("step", ["before", "after"])
def test_a_step_outside_guarded_memory_ends_the_process(at_end: bool, step: str) -> None:
    """Only the side that lies against a guard is guarded: before at the beginning, after at the end."""
    outside = "ctypes.string_at(start - 1, 1)" if step == "before" else "ctypes.string_at(start + 100, 1)"
    code = (
        "import ctypes; from tests.fuzz.guarded import Guarded; "
        f"array = Guarded(at_end={at_end}).array(100); start = array.ctypes.data; array[0] = array[99]; {outside}"
    )
    ended = by_itself(code)
    assert ended.returncode == (-signal.SIGSEGV if at_end == (step == "after") else 0)


def test_a_kernel_that_writes_too_far_into_guarded_memory_ends_the_process() -> None:
    code = (
        "from printserver.raster import _kernels; from tests.fuzz.guarded import Guarded; "
        "memory = Guarded(at_end=True); _kernels.pack(memory.array(8, 8), memory.array(55), 7, False)"
    )
    ended = by_itself(code)
    assert ended.returncode == -signal.SIGSEGV
