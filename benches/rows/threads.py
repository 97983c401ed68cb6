"""What a second thread brings: R11.

Laws kept here:

1. Two threads are measured by the wall's clock, on the same works as one thread alone; the machine's load is said.
2. Each thread works on a card of its own and shares nothing; the results of a round are checked.
3. What is judged is the plain gain; beside it stands the gain less the time that threads waited for a busy processor.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benches.rows.cards import HEIGHT, WIDTH
from benches.rows.programs import Card, card_of, check_diffusion, check_panels, panels_of
from benches.rows.row import ROUNDS, Measurement, Part, Row
from printserver.raster import kernels


@dataclass(frozen=True, slots=True)
class Load:
    """Works of one kind, each thread's on a card of its own, so that threads share nothing."""

    what: str
    work: Callable[[Card], object]
    times: int  # a card, so that a thread has something to do

    def share(self, card: Card) -> None:
        """Do one thread's works."""
        for _ in range(self.times):
            self.work(card)


@dataclass(frozen=True, slots=True)
class Gain:
    """What the second thread brought in one round.

    `sooner` is by the wall's clock; `undisturbed` is too, less what each thread waited for a processor that was busy
    with something else, None where the system does not tell. Waiting for each other counts in both.
    """

    sooner: float
    undisturbed: float | None


@dataclass(frozen=True, slots=True)
class Took:
    """How long a thread's share took by the wall's clock, and how much of it the thread waited for a processor."""

    wall: float
    waited: float | None


def waited_for_a_processor() -> float | None:
    """Return the seconds that this thread was ready and did not run (Linux: the second figure of its schedstat)."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return None


def timed(work: Callable[[], None]) -> Took:
    """Do something and measure it in the thread that does it."""
    start, before = perf_counter(), waited_for_a_processor()
    work()
    after, end = waited_for_a_processor(), perf_counter()
    return Took(end - start, None if before is None or after is None else after - before)


def share_all(load: Load, cards: Sequence[Card]) -> None:
    for card in cards:
        load.share(card)


def gain_of_a_thread(load: Load, cards: Sequence[Card], pool: ThreadPoolExecutor, first: int) -> Gain:
    """Measure the same works by one thread and by one thread a card; `first` begins."""

    def alone() -> list[Took]:
        return [timed(lambda: share_all(load, cards))]

    def together() -> list[Took]:
        return list(pool.map(lambda card: timed(partial(load.share, card)), cards))

    walls: dict[str, float] = {}
    shares: dict[str, list[Took]] = {}
    for name, run in [("alone", alone), ("together", together)][:: 1 if first == 0 else -1]:
        start = perf_counter()
        shares[name] = run()
        walls[name] = perf_counter() - start
    sooner = walls["alone"] / walls["together"]
    busy_alone, busy_together = longest(shares["alone"]), longest(shares["together"])
    return Gain(sooner, busy_alone / busy_together if busy_alone and busy_together else None)


def longest(each: Sequence[Took]) -> float | None:
    """Return the longest of some shares, less waiting for a processor; None where the system does not tell."""
    busy = [took.wall - took.waited for took in each if took.waited is not None]
    return max(busy, default=None)


def thread_rows() -> Sequence[Row]:
    loads = [Load("kernels", by_kernels, 20), Load("whole card", panels_of, 3)]
    gains: dict[str, list[Gain]] = {load.what: [] for load in loads}
    with TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        subject = card_of("badge", Path(folder))
        for number in range(ROUNDS):
            cards = [subject(2 * number), subject(2 * number + 1)]
            for load in loads:
                gains[load.what].append(gain_of_a_thread(load, cards, pool, number % 2))
            check_panels(cards[0])
            check_diffusion(cards[1])
    parts = [Part(f"{what}: 2 threads", [gain.sooner for gain in each], 1.8) for what, each in gains.items()]
    parts += [
        Part(f"{what}, less waiting for a busy processor", figures)
        for what, each in gains.items()
        if (figures := [gain.undisturbed for gain in each if gain.undisturbed is not None])
    ]
    busy = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, by the wall's clock"
    limit = "other work held the processors; less the time that our threads waited for one, see the parts shown"
    return [Row("R11", parts, busy, limit)]


def by_kernels(card: Card) -> None:
    """Diffuse and separate a card, into planes of the thread's own."""
    yellow, magenta, cyan, black = (np.empty((HEIGHT, WIDTH), np.uint8) for _ in range(4))
    kernels.floyd_steinberg(card.grey, card.bits)
    kernels.separate(card.pixels, yellow, magenta, cyan, black)


MEASUREMENTS: tuple[Measurement, ...] = (Measurement(("R11",), thread_rows),)
