"""`python -m benches.scale`: printers at their real pace on one server, on three with one database, and a country.

Laws kept here:

1. The emulated printers take processor time of the same machine: it is told beside the server's own, never left out.
2. What ends the rate is named: the printers' own pace, or whoever used up the processors.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from benches.load.__main__ import badge, written
from benches.scale.bureau import Bureau
from benches.scale.costs import contended
from benches.scale.costs import measure as measured_costs
from benches.scale.country import costs_lines, country_lines
from benches.scale.feeding import Feeder
from benches.scale.site import TICKS, Node, cpu, free_port, hall, server
from printserver.emulation.pace import PACES
from tests.postgresql import Server

# In cycles of a printer: one until all printers are at work, one until as many cards wait, and some seconds.
WARM, MEASURED = 2.2, 5.0
PANELS = 5
HEADING = (
    "| servers | printers | pace | cards a second | the printers' own limit | server CPU ms | workers CPU ms |"
    " printers CPU ms | server MB | accepted p99 ms | page ms | refused | what ends it |"
)


@dataclass(frozen=True)
class Trial:
    """How many servers and printers, at which pace."""

    servers: int
    printers: int
    pace: str

    @property
    def cycle(self) -> float:
        """Return the seconds that a printer takes for a card."""
        pace = PACES[self.pace]
        return pace.feed + PANELS * pace.panel + pace.leave

    @property
    def limit(self) -> float:
        """Return how many cards a second the printers can make."""
        return self.printers / self.cycle


@dataclass(frozen=True)
class Outcome:
    """What was measured, each card's share."""

    cards: float
    server: float
    workers: float
    printers: float
    megabytes: float
    p99: float
    page: float
    refused: int
    busy: float

    def ends(self, trial: Trial) -> str:
        """Name what ends the rate."""
        if self.cards > 0.9 * trial.limit:
            return "the printers"
        if self.busy < 0.8:
            return f"pauses between cards (processors {100 * self.busy:.0f} % busy)"
        shares = {"the server's process": self.server, "preparing cards": self.workers, "the emulation": self.printers}
        most = max(shares, key=lambda name: shares[name])
        return f"processors ({100 * self.busy:.0f} % busy), most of it {most}"


def measure(trial: Trial, folder: Path, warm: float, counted: float) -> Outcome:
    """Run a trial: `warm` cycles of a printer until all are at work, then `counted` cycles that are counted."""
    with ExitStack() as stack:
        nodes, emulations = _open(trial, folder, stack)
        feeder = Feeder(nodes, [badge()], trial.printers, trial.cycle)
        stack.callback(feeder.close)
        time.sleep(warm * trial.cycle)
        before, began, idle = _look(nodes, emulations), time.monotonic(), _idle()
        pages = [_page(nodes[0]) for _ in range(5)]
        time.sleep(counted * trial.cycle)
        after, took = _look(nodes, emulations), time.monotonic() - began
        unused = (_idle() - idle) / took / (os.cpu_count() or 1)
        made = max(after.cards - before.cards, 1)
        waits = sorted(feeder.seconds) or [0.0]
        return Outcome(
            cards=made / took, server=1000 * (after.server - before.server) / made,
            workers=1000 * (after.workers - before.workers) / made,
            printers=1000 * (after.printers - before.printers) / made,
            megabytes=sum(sum(node.megabytes()) for node in nodes) / len(nodes),
            p99=1000 * waits[int(0.99 * (len(waits) - 1))], page=1000 * sorted(pages)[2],
            refused=len(feeder.failures), busy=1 - unused,
        )  # fmt: skip


@dataclass(frozen=True)
class _Seen:
    cards: int
    server: float
    workers: float
    printers: float


def _look(nodes: Sequence[Node], emulations: Sequence[int]) -> _Seen:
    used = [node.seconds() for node in nodes]
    return _Seen(
        sum(node.cards() for node in nodes), sum(each for each, _ in used), sum(each for _, each in used),
        sum(map(cpu, emulations)),
    )  # fmt: skip


def _idle() -> float:
    """Return the processor seconds that nobody has used (proc(5): stat, idle and iowait)."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(words[4]) + int(words[5])) / TICKS


def _page(node: Node) -> float:
    began = time.perf_counter()
    with urlopen(f"http://127.0.0.1:{node.port}/", timeout=60) as answer:
        answer.read()
    return time.perf_counter() - began


def _open(trial: Trial, folder: Path, stack: ExitStack) -> tuple[list[Node], list[int]]:
    """Start printers and servers; each server of several has a share of the printers as its own."""
    each = trial.printers // trial.servers
    halls = [
        stack.enter_context(hall(folder / f"hall{number}", each, trial.pace)) for number in range(trial.servers)
    ]  # fmt: skip
    names = [
        {f"p{number * each + one:03}": address for one, address in enumerate(addresses)}
        for number, (addresses, _) in enumerate(halls)
    ]
    if trial.servers == 1:
        return [stack.enter_context(server(folder / "node", names[0]))], [halls[0][1]]
    database = Server(free_port())
    stack.callback(database.remove)
    url = f"postgresql://postgres@127.0.0.1:{database.port}/{database.new_database()}"
    key = folder / "master.key"
    key.write_bytes(os.urandom(32))
    key.chmod(0o600)
    everything = {name: address for some in names for name, address in some.items()}
    nodes = []
    for number, own in enumerate(names):
        store = f'key = "{key}"\n[store]\nurl = "{url}"\nnode = "node{number}"\nown_printers = {list(own)}\n'
        nodes.append(stack.enter_context(server(folder / f"node{number}", everything, store)))
    return nodes, [pid for _, pid in halls]


def line(trial: Trial, found: Outcome) -> str:
    """Return a row of the table."""
    return (
        f"| {trial.servers} | {trial.printers} | {trial.pace} | {found.cards:.2f} | {trial.limit:.2f} |"
        f" {found.server:.0f} | {found.workers:.0f} | {found.printers:.0f} | {found.megabytes:.0f} |"
        f" {found.p99:.0f} | {found.page:.0f} | {found.refused} | {found.ends(trial)} |"
    )


TRIALS = (Trial(1, 20, "real"), Trial(1, 200, "real"), Trial(3, 600, "real"))


def main() -> None:
    """Measure, print, and write on demand."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--warm", type=float, default=WARM, help="cycles of a printer")
    arguments.add_argument("--counted", type=float, default=MEASURED, help="cycles of a printer")
    arguments.add_argument("--trial", type=int, help="this one alone, counted from 0")
    arguments.add_argument("--write", type=Path)
    given = arguments.parse_args()
    trials = TRIALS if given.trial is None else [TRIALS[given.trial]]
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}) for servers, workers, printers, database and clients"
        f" together; load {os.getloadavg()[0]:.1f} when this began; {given.counted:.0f} cycles of a printer counted.",
        "", HEADING, "|" + "---|" * 13,
    ]  # fmt: skip
    found = Outcome(0, 0, 0, 0, 0, 0, 0, 0, 0)
    for trial in trials:
        with tempfile.TemporaryDirectory(prefix="scale-") as folder:
            found = measure(trial, Path(folder), given.warm, given.counted)
            lines.append(line(trial, found))
            print(lines[-1], flush=True)
    if given.trial is None:
        costs = measured_costs(found.workers / 1000, found.server / 1000)
        more = ["", *costs_lines(costs, contended()), "", *country_lines(costs, Bureau())]
        print("\n".join(more))
        lines += more
    if given.write:
        given.write.write_text(written(given.write.read_text(), lines))


if __name__ == "__main__":
    main()
