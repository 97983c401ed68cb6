"""What a server takes that has nothing to do, and whether its memory grows with the jobs that it has taken."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benches.load import clients, servers
from benches.load.clients import Load, Target
from benches.rows.cards import card_picture, png_of
from benches.scale.site import cpu, memory
from printserver.ipp import Operation

IDLE_SECONDS = 20.0
JOBS, CLIENTS = 10_000, 20
HEADING = "| jobs taken | memory MiB |"


def lines(folder: Path) -> list[str]:
    """Measure one server and return the lines of a table, and a sentence on its idleness."""
    document = png_of(card_picture("white", 1))
    with servers.ours(folder / "lasting") as target:
        idle = _idle(target)
        found = [HEADING, "|---|---|", _line(target, 0)]
        for taken in range(JOBS // 5, JOBS + 1, JOBS // 5):
            result = clients.run(target, Load("small jobs", Operation.PRINT_JOB, JOBS // 5, CLIENTS, document))
            if result.failures:
                raise RuntimeError(f"jobs were not taken: {dict(result.failures)}")
            found.append(_line(target, taken))
    waits = f"A server that waits takes {idle:.1f} ms of processor time a second ({os.cpu_count()} processors)."
    return [waits, "", *found]


def _idle(target: Target) -> float:
    """Return the milliseconds of processor time that a server takes in a second, with one printer and no job."""
    time.sleep(5.0)  # what a start still does
    before, began = cpu(target.pid), time.monotonic()
    time.sleep(IDLE_SECONDS)
    return 1000 * (cpu(target.pid) - before) / (time.monotonic() - began)


def _line(target: Target, taken: int) -> str:
    return f"| {taken:,} | {memory(target.pid) / 1.048576:.0f} |"
