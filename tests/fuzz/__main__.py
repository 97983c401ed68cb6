"""Fuzzes kernels and decoders for a while; what makes one fail is kept in tests/fuzz/corpus and named.

usage: python -m tests.fuzz [--seconds 60] [--start NUMBER] [--rounds N] [--targets png,luma] [--sanitized]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

from tests.fuzz.engine import TARGETS, fuzz
from tests.fuzz.source import CORPUS

ROOT = Path(__file__).parents[2]
TRYING = ROOT / "build" / "fuzz"


def main() -> int:
    """Fuzz every target in a process of its own, one after another; return 1 when one failed."""
    chosen = options()
    names = [name for name in chosen.targets.split(",") if name]
    if chosen.alone:
        alone(names[0], chosen)
        return 0
    TRYING.mkdir(parents=True, exist_ok=True)
    chosen.seconds /= len(names)
    if chosen.sanitized:
        subprocess.run(["scripts/under-sanitizers", "tests.sanitized.wrong", "lanes()"], cwd=ROOT, check=True)
    return int(any([failed(name, chosen) for name in names]))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz kernels and decoders.")
    parser.add_argument("--seconds", type=float, default=60.0, help="in all; shared by the targets")
    parser.add_argument("--rounds", type=int, default=0, help="inputs a target, instead of a time")
    parser.add_argument("--start", type=int, default=time.time_ns() % 10**6, help="the same start tries the same")
    parser.add_argument("--targets", default=",".join(TARGETS), help="as png,luma; all by default")
    parser.add_argument("--sanitized", action="store_true", help="with kernels compiled with sanitizers")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def failed(name: str, chosen: argparse.Namespace) -> bool:
    """Fuzz a target in a process of its own; where it fails, keep its input and say so."""
    runner = ["scripts/under-sanitizers"] if chosen.sanitized else [sys.executable, "-m"]
    said = [f"--{key}={getattr(chosen, key)}" for key in ("seconds", "rounds", "start")]
    command = [*runner, "tests.fuzz", "--alone", f"--targets={name}", *said]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | {"SANITIZED_KERNELS": "built"}, check=False)
    if ended.returncode == 0:
        return False
    trying = TRYING / name
    if not trying.exists():
        print(f"{name}: did not begin", file=sys.stderr)
        return True
    data = trying.read_bytes()
    finding = CORPUS / name / f"found-{sha256(data).hexdigest()[:16]}"
    finding.parent.mkdir(parents=True, exist_ok=True)
    finding.write_bytes(data)
    print(f"{name}: failed (status {ended.returncode}); kept as {finding.relative_to(ROOT)}", file=sys.stderr)
    return True


def alone(name: str, chosen: argparse.Namespace) -> None:
    """Fuzz one target in this process."""
    until = time.monotonic() + chosen.seconds
    tried = fuzz(
        name, chosen.start, lambda tried: tried < chosen.rounds if chosen.rounds else time.monotonic() < until,
        TRYING / name,
    )  # fmt: skip
    print(f"{name}: {tried} inputs, start {chosen.start}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
