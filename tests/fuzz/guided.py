"""Fuzzes the readers of messages and streams by atheris, which sees each branch that an input takes.

usage: python -m tests.fuzz.guided [--seconds 60] [--rounds N] [--start NUMBER] [--targets ipp,pwg,urf]

Begins with what is kept in tests/fuzz/corpus; what makes a target fail is kept there and named.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time

import atheris

# Only what is imported in here is instrumented.
with atheris.instrument_imports(include=["printserver.ipp", "printserver.errors"], enable_loader_override=False):
    from tests.fuzz.fuzz_ipp import MESSAGES

from tests.fuzz.source import CORPUS

LONGEST = 4096
LONGEST_SECONDS = 10  # of one input: what takes longer has found a way to keep us busy


def main() -> int:
    """Fuzz every target in a process of its own, for libFuzzer ends its process; return 1 when one failed."""
    chosen = options()
    names = [name for name in chosen.targets.split(",") if name]
    if chosen.alone:
        alone(names[0], chosen)
        return 0
    said = [f"--rounds={chosen.rounds}", f"--start={chosen.start}", f"--seconds={chosen.seconds / len(names)}"]
    own = [sys.executable, "-m", "tests.fuzz.guided", "--alone"]
    return int(any([subprocess.run([*own, f"--targets={name}", *said], check=False).returncode for name in names]))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description="Fuzz readers by their branches.")
    parser.add_argument("--seconds", type=float, default=60.0, help="in all; shared by the targets")
    parser.add_argument("--rounds", type=int, default=0, help="inputs a target, instead of a time")
    parser.add_argument("--start", type=int, default=time.time_ns() % 10**6, help="the same start tries the same")
    parser.add_argument("--targets", default=",".join(MESSAGES), help="as ipp,urf; all by default")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def alone(name: str, chosen: argparse.Namespace) -> None:
    """Fuzz one target in this process, which ends here."""
    kept = CORPUS / name
    end = f"-runs={chosen.rounds}" if chosen.rounds else f"-max_total_time={max(1, round(chosen.seconds))}"
    with tempfile.TemporaryDirectory() as learned:
        atheris.Setup(
            [
                "guided", end, f"-seed={chosen.start + 1}", f"-max_len={LONGEST}", f"-timeout={LONGEST_SECONDS}",
                f"-artifact_prefix={kept}/found-", "-print_final_stats=1", learned, str(kept),
            ], MESSAGES[name],
        )  # fmt: skip
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
