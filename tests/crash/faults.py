"""What goes wrong in a run, kind by kind: each sends the cards and returns when the fault is over.

Laws kept here:

1. A fault strikes the server, its workers, its disk, its clock, its store or its cable; never the printer.
2. A point that a run does not reach is a fault all the same: the server is killed when all is done.
3. Nobody waits for ever.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from printserver.errors import PrintServerError
from tests.crash.batch import Batch
from tests.crash.beside import PATIENCE, beside, wait_until
from tests.crash.bureau import Bureau
from tests.crash.cable import Cut
from tests.crash.connection import lose_connection
from tests.crash.putting_back import put_back
from tests.crash.runs import Kind, Run

# A process that has killed itself is still there for a moment.
DYING_SECONDS = 1.0
# Seconds that a card takes from its acceptance to the hopper, about; moments are fractions of that.
CARD_SECONDS = {"virtual": 0.9, "evolis": 2.4}


@dataclass(frozen=True)
class Scene:
    """Where a fault strikes."""

    bureau: Bureau
    run: Run
    batch: Batch

    @property
    def seconds(self) -> float:
        """Return how long the cards take, about."""
        return 0.3 + self.run.cards * CARD_SECONDS[self.run.driver] * (1.3 if self.run.two_sided else 1.0)

    @property
    def moment(self) -> float:
        """Return after how many seconds the fault strikes."""
        return self.run.moment * self.seconds

    def over(self) -> bool:
        """Tell whether nothing more happens by itself: no server, or each card has an end or needs somebody."""
        if not self.bureau.life.alive():
            return True
        with contextlib.suppress(PrintServerError):
            return self.batch.ended(self.bureau.api)
        return False


def at_point(scene: Scene) -> None:
    """Let the daemon kill itself at a point of its own."""
    scene.bureau.life.order(f"doom {scene.run.point}")
    scene.batch.send(scene.bureau.api)
    wait_until(scene.over)
    scene.batch.reached = scene.bureau.life.ended(DYING_SECONDS)
    scene.bureau.life.kill()


def kill_daemon(scene: Scene) -> None:
    """Kill the daemon at a moment."""
    with beside(scene.moment, scene.bureau.life.kill):
        scene.batch.send(scene.bureau.api)


def kill_worker(scene: Scene) -> None:
    """Kill a worker at a moment, or several while cards are rendered."""
    moments = [scene.moment] if scene.run.patient else [scene.run.depth * at for at in (0.1, 0.2, 0.4)]

    def strike() -> None:
        for wait in moments:
            time.sleep(wait)
            for chosen in scene.bureau.workers()[int(2 * scene.run.depth) :][:1]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chosen, signal.SIGKILL)

    with beside(0.0, strike):
        scene.batch.send(scene.bureau.api)


def cut_cable(scene: Scene) -> None:
    """Break the cable at a byte, and plug it in again."""
    cable, run = scene.bureau.cable, scene.run
    if run.cut == "at-commit":
        scene.bureau.life.order(f"stop before:mark:{run.at_card}")
    else:
        cable.arm(_cut(scene))
    scene.batch.send(scene.bureau.api)
    if run.cut == "at-commit":
        scene.bureau.life.hear("stopped", PATIENCE)
        cable.pull()
        scene.bureau.life.order("go")
    else:
        wait_until(lambda: cable.broken.is_set() or scene.over())
    cable.disarm()
    time.sleep(run.back)
    cable.plug_in()


def _cut(scene: Scene) -> Cut:
    run = scene.run
    size = scene.batch.designs[run.at_card - 1].look.size
    match run.cut:
        case "question":
            return Cut("question", offset=int(40 * run.depth))
        case "before-commit":
            return Cut("question", offset=40 + int(260 * run.depth))
        case "panel":
            return Cut("panel", run.at_card, 1 + int(run.depth * (size - 2)))
        case "answer":
            return Cut("answer", run.at_card, int(12 * run.depth))
        case _:
            return Cut(run.cut, run.at_card)


def fill_disk(scene: Scene) -> None:
    """Let the server's disk be full for a while: before cards are sent, from a moment on, or from a commit mark on."""
    run, life = scene.run, scene.bureau.life
    full = threading.Event()

    def strike() -> None:
        if run.disk == "at-mark":
            life.hear("stopped", PATIENCE)
        with scene.bureau.disk.full(life.pid, whole=run.depth < 0.5):
            full.set()
            life.order("go")
            time.sleep(0.2 + run.back)

    if run.disk == "at-mark":
        life.order(f"stop before:mark:{run.at_card}")
    with beside(scene.moment if run.disk == "at-moment" else 0.0, strike):
        if run.disk == "before":
            full.wait(PATIENCE)
        scene.batch.send(scene.bureau.api)


def jump_clock(scene: Scene) -> None:
    """Let the wall clock jump, and right itself when all is done."""
    with beside(scene.moment, lambda: scene.bureau.life.order(f"clock {scene.run.jump}")):
        scene.batch.send(scene.bureau.api)
    wait_until(scene.over)
    scene.bureau.life.order("clock 0")


def restore_backup(scene: Scene) -> None:
    """Put an older backup back, in the middle of the cards."""
    put_back(scene.bureau, scene.batch, scene.moment, told=scene.run.kind is Kind.RESTORE)


def cut_off_store(scene: Scene) -> None:
    """Let the connection to the store fail for a while."""
    lose_connection(scene.bureau, scene.run, scene.batch, scene.moment, scene.over)


FAULTS: dict[Kind, Callable[[Scene], None]] = {
    Kind.POINT: at_point, Kind.DAEMON: kill_daemon, Kind.WORKER: kill_worker, Kind.CABLE: cut_cable,
    Kind.DISK: fill_disk, Kind.CLOCK: jump_clock, Kind.RESTORE: restore_backup, Kind.ROLLBACK: restore_backup,
    Kind.CONNECTION: cut_off_store,
}  # fmt: skip
