"""Measures servers under load, in turns, and prints a table or writes it into a page.

usage: python -m benches.load [--rounds 3] [--history 5000] [--flat 100000] [--write docs/performance.md]

Laws kept here:

1. The servers run side by side, and each load is put on each of them in every round, so that whatever else the
   machine does falls on all alike; told is the median of the rounds, and all failures.
2. What was not measured is said so in its row.
3. What is written into a page was measured by this run, under the conditions that stand above it.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benches.load import clients, flat, lasting, servers
from benches.load.clients import Load, Result, Target
from benches.rows.cards import card_picture, png_of
from printserver.ipp import Operation

BEGIN = "<!-- measured: begin; what stands between these marks is written by the command above -->"
END = "<!-- measured: end -->"
TICKS = os.sysconf("SC_CLK_TCK")
ABSENT = ("cupsd", "cupsd, durable")


@dataclass(frozen=True, slots=True)
class Row:
    """One load on one server: medians of the rounds; `memory` is the most the process has held, in MiB."""

    load: Load
    server: str
    rate: float
    half: float
    most: float
    failures: int
    cpu: float
    memory: int

    def line(self) -> str:
        """Return the row as a line of a Markdown table."""
        numbers = f"{self.rate:.0f} | {1000 * self.half:.1f} | {1000 * self.most:.1f}"
        return f"| {self.load.title} | {self.server} | {numbers} | {self.failures} | {self.cpu:.2f} | {self.memory} |"


def badge() -> bytes:
    """Return a card with a part of a photograph: a PNG of some 297 kB."""
    card = card_picture("badge", 1).copy()
    card[380:, 716:908] = card_picture("photo", 1)[380:, 716:908]
    return png_of(card)


def loads(document: bytes) -> list[Load]:
    """Return what is measured; `document` is a picture of a card."""
    accept, tell = Operation.PRINT_JOB, Operation.GET_PRINTER_ATTRIBUTES
    return [
        Load("Print-Job, 1 client", accept, 150, 1, document),
        Load("Print-Job, 50 clients", accept, 500, 50, document),
        Load("Print-Job, 500 clients", accept, 1000, 500, document),
        Load("Print-Job, 50 clients, a connection each", accept, 200, 50, document, new_connections=True),
        Load("Get-Printer-Attributes, 1 client", tell, 500, 1),
        Load("Get-Printer-Attributes, 50 clients", tell, 2000, 50),
    ]


def measured(targets: Sequence[Target], load: Load, rounds: int) -> Iterator[Row]:
    """Put a load on each server in turns."""
    found: dict[Target, list[tuple[Result, float]]] = {target: [] for target in targets}
    for number in range(rounds):
        for target in targets if number % 2 == 0 else reversed(targets):
            before = _cpu(target.pid)
            result = clients.run(target, load)
            found[target].append((result, (_cpu(target.pid) - before) / load.count))
    for target, results in found.items():
        yield Row(
            load, target.name, statistics.median(each.rate for each, _ in results),
            statistics.median(each.quantile(0.5) for each, _ in results),
            statistics.median(each.quantile(0.99) for each, _ in results),
            sum(each.failures.total() for each, _ in results),
            1000 * statistics.median(cpu for _, cpu in results), _memory(target.pid),
        )  # fmt: skip


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process so far (proc(5): utime and stime)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def _memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def table(rounds: int, jobs: int) -> list[str]:
    """Measure everything and return the lines of the table."""
    document = badge()
    program = servers.cupsd()
    lines = [
        f"{rounds} rounds in turns, a picture of {len(document):,} bytes, a history of {jobs:,} jobs, {os.cpu_count()}"
        f" processors ({platform.machine()}), load of the machine {os.getloadavg()[0]:.1f} when this began.", "",
        "| load | server | a second | p50 ms | p99 ms | failures | CPU ms each | most memory MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
        folder.chmod(0o755)
        targets = [stack.enter_context(servers.ours(folder / "ours", jobs))]
        if program is not None:
            targets += [
                stack.enter_context(
                    servers.cups(folder / f"cups-{durable}", program, durable=durable, jobs=jobs, document=document)
                )
                for durable in (False, True)
            ]
        for load in loads(document):
            for row in measured(targets, load, rounds):
                lines.append(row.line())
                print(row.line(), flush=True)
            lines += [f"| {load.title} | {name} | not installed | | | | | |" for name in ABSENT if program is None]
    return lines


def written(page: str, lines: Sequence[str]) -> str:
    """Return a page with the lines between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}"


def main() -> None:
    """Measure, print, and write on demand."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--history", type=int, default=5000, help="jobs that each server has printed before")
    arguments.add_argument("--flat", type=int, default=flat.LONG, help="jobs of a long history; 0 = not measured")
    arguments.add_argument("--write", type=Path)
    given = arguments.parse_args()
    lines = table(given.rounds, given.history)
    print("\n".join(lines[:2]))
    if given.flat:
        with tempfile.TemporaryDirectory(prefix="load-") as folder:
            lines += ["", *(more := flat.lines(Path(folder), badge(), given.flat))]
            lines += ["", *(lasting_lines := lasting.lines(Path(folder)))]
        print("\n".join([*more, "", *lasting_lines]))
    if given.write:
        given.write.write_text(written(given.write.read_text(), lines))


if __name__ == "__main__":
    main()
