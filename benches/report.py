"""What a run found, for a terminal and for a page.

Laws kept here:

1. A page's table stands between two marks; what lies outside them is never touched.
2. The conditions say what figures depend on, and nothing else about the machine: no name, no path.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from benches import peers
from benches.contest import Standing
from printserver.errors import ConfigurationError
from printserver.raster.kernels.paths import code_path, code_paths

BEGIN = "<!-- measured: begin; `make bench-report` writes what stands between these marks -->"
END = "<!-- measured: end -->"
ROWS_HEAD = ("row", "asked", "measured: median [95 % interval]", "how, and what limits", "verdict")
STANDINGS_HEAD = ("work", "by", "ns a dot", "times ours")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the figures of a run depend on."""

    day: date
    processor: str
    cores: int
    load: float
    path: str
    paths: Sequence[str]
    versions: Mapping[str, str]

    def sentences(self) -> Iterator[str]:
        """Say the conditions."""
        yield (
            f"Measured on {self.day.isoformat()}: {self.processor}, {self.cores} processors, load {self.load:.1f}; "
            f"code path {self.path} of {', '.join(self.paths)}."
        )
        yield ", ".join(f"{name} {number}" for name, number in self.versions.items()) + "."


def conditions() -> Conditions:
    """Return the conditions of this run."""
    return Conditions(
        datetime.now(UTC).date(), processor(), os.cpu_count() or 1, os.getloadavg()[0], code_path(), code_paths(),
        {"Python": platform.python_version(), **peers.versions()},
    )  # fmt: skip


def processor() -> str:
    """Return the processor's own name, or its family."""
    try:
        said = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        said = None
    return said[1].strip() if said else platform.machine()


def text(held: Sequence[Standing]) -> Iterator[str]:
    """Return the table of peers as lines for a terminal."""
    for each in held:
        if each.figure is None or each.slower is None:
            yield f"{each.what:<32}{each.who:<40}{'not installed':>10}"
        else:
            yield f"{each.what:<32}{each.who:<40}{each.figure:>10.3g} ns a dot{each.slower:>10.3g} times ours"


def markdown(under: Conditions, lines: Sequence[str], held: Sequence[Standing]) -> str:
    """Return what stands between the marks: conditions, the rows' lines as a table, the table of peers."""
    measured = [line.split(" | ") for line in lines]
    compared = [
        [each.what, each.who, "not installed", "-"]
        if each.figure is None or each.slower is None
        else [each.what, each.who, f"{each.figure:.3g}", f"{each.slower:.3g}"]
        for each in held
    ]
    blocks = [*under.sentences(), table(ROWS_HEAD, measured), table(STANDINGS_HEAD, compared)]
    return "\n\n".join(blocks)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *lines))


def between_marks(page: str) -> str:
    """Return what a page holds between its marks; raises ConfigurationError where it has none."""
    before, begin, rest = page.partition(BEGIN)
    inside, end, _after = rest.partition(END)
    if not begin or not end:
        raise ConfigurationError("the page has no marks to write between", where=before[:40], allowed=f"{BEGIN} {END}")
    return inside.strip()


def put_between_marks(page: str, inside: str) -> str:
    """Return a page with other text between its marks; raises ConfigurationError where it has none."""
    between_marks(page)
    before, _begin, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{inside}\n\n{END}{rest.partition(END)[2]}"
