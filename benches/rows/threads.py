"""What a second processor brings: R11.

Laws kept here:

1. Two workers are measured by the wall's clock, on the same works as one worker alone; the machine's load is said.
2. Each works on a card of its own and shares nothing; what the measured shares gave is checked.
3. A share is long enough for the system to have found both processors: shares of a few milliseconds run one after
   the other on the processor that woke their threads.

Kernels are measured in threads of one process, which they leave to each other while they run. Whole cards are judged
as the server makes them, in worker processes; threads of one process wait for the interpreter's lock between kernels,
and what they gain is shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benches.rows import documents
from benches.rows.cards import HEIGHT, WIDTH, Plane
from benches.rows.documents import by_definition
from benches.rows.programs import Card, Wrong, card_of, check_diffusion, check_panels
from benches.rows.row import ROUNDS, Measurement, Part, Row
from printserver.raster import kernels

KERNEL_RUNS, CARD_RUNS = 400, 80  # a share; some tenths of a second


@dataclass(frozen=True, slots=True)
class Load:
    """Works of one kind: `share` does one worker's and gives its last work, `check` raises where that is wrong."""

    what: str
    share: Callable[[Card], list[Plane]]
    check: Callable[[Card, list[Plane]], None]
    workers: Executor
    bound: float | None = None


def by_kernels(card: Card, times: int = KERNEL_RUNS) -> list[Plane]:
    """Diffuse and separate a card, into planes of the worker's own: bits, yellow, magenta, cyan, black."""
    bits = np.empty((HEIGHT, (WIDTH + 7) // 8), np.uint8)
    inks = [np.empty((HEIGHT, WIDTH), np.uint8) for _ in range(4)]
    for _ in range(times):
        kernels.floyd_steinberg(card.grey, bits)
        kernels.separate(card.pixels, *inks)
    return [bits, *inks]


def check_kernels(card: Card, made: Sequence[Plane]) -> None:
    """Compare the upper rows of the bits, and the inks, with their definitions."""
    bits, *dyes, black = made
    check_diffusion(card, bits)
    if [*(dye.tobytes() for dye in dyes), np.packbits(black, axis=1).tobytes()] != by_definition(card.pixels)[:4]:
        raise Wrong("inks differ from numpy's")


def whole_card(card: Card, times: int = CARD_RUNS) -> list[Plane]:
    """Make the panels of a card from its PNG."""
    panels: list[Plane] = []
    for _ in range(times):
        panels = documents.packed_panels(card.png)
    return panels


def gain_of_a_second(load: Load, cards: Sequence[Card], first: int) -> float:
    """Measure the same works by one worker and by two, and check what they gave; `first` begins."""

    def alone() -> list[list[Plane]]:
        return [load.workers.submit(load.share, card).result() for card in cards]

    def together() -> list[list[Plane]]:
        return [share.result() for share in [load.workers.submit(load.share, card) for card in cards]]

    walls: dict[str, float] = {}
    for name, run in [("alone", alone), ("together", together)][:: 1 if first == 0 else -1]:
        start = perf_counter()
        made = run()
        walls[name] = perf_counter() - start
        for card, each in zip(cards, made, strict=True):
            load.check(card, each)
    return walls["alone"] / walls["together"]


def thread_rows() -> Sequence[Row]:
    """Measure R11; a round has two new cards, the round before the first warms up."""
    with (
        TemporaryDirectory() as folder,
        ThreadPoolExecutor(2) as threads,
        ProcessPoolExecutor(2, get_context("spawn")) as processes,
    ):
        loads = [
            Load("kernels: 2 threads", by_kernels, check_kernels, threads, 1.8),
            Load("whole card: 2 worker processes", whole_card, check_panels, processes, 1.8),
            Load("whole card: 2 threads of one process", whole_card, check_panels, threads),
        ]
        subject, gains = card_of("badge", Path(folder)), [list[float]() for _ in loads]
        for number in range(-1, ROUNDS):
            cards = [subject(2 * number), subject(2 * number + 1)]
            for load, figures in zip(loads, gains, strict=True):
                gain = gain_of_a_second(load, cards, number % 2)
                if number >= 0:
                    figures.append(gain)
        parts = [Part(load.what, figures, load.bound) for load, figures in zip(loads, gains, strict=True)]
    busy = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, by the wall's clock"
    return [Row("R11", parts, busy, f"two processes that only count gain {counting_gain():.2f} x here now")]


def counting_gain() -> float:
    """Measure what a second process brings to a loop that uses no memory: what the machine has to give."""
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        list(processes.map(count, [1, 1]))
        alone, together = [], []
        for _ in range(5):
            start = perf_counter()
            for _ in range(2):
                processes.submit(count, 5_000_000).result()
            alone.append(perf_counter() - start)
            start = perf_counter()
            list(processes.map(count, [5_000_000] * 2))
            together.append(perf_counter() - start)
    return float(np.median(np.divide(alone, together)))


def count(times: int) -> int:
    """Count, and do nothing else."""
    counted = 0
    for _ in range(times):
        counted += 1
    return counted


MEASUREMENTS: tuple[Measurement, ...] = (Measurement(("R11",), thread_rows),)
