"""The server's connection to a shared store fails: where a transaction ends, or at any moment, and comes back.

Laws kept here:

1. The database itself is well, and keeps what it has committed.
2. Whoever sends jobs waits for the answer, however late it comes: a refusal is a refusal.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from printserver.errors import PrintServerError
from tests.crash.batch import Batch
from tests.crash.beside import PATIENCE, beside, wait_until
from tests.crash.bureau import Bureau
from tests.crash.runs import AT_COMMIT, Line, Run

LISTEN_SECONDS = 0.5
ANSWER_SECONDS = 5.0


def lose_connection(bureau: Bureau, run: Run, batch: Batch, moment: float, over: Callable[[], bool]) -> None:
    """Send the cards, let the connection fail as the run says, and return when the server has its store again."""
    sent = threading.Event()
    at_commit = run.line in AT_COMMIT

    def strike() -> None:
        if at_commit:
            _await_commit(bureau, sent, over)
        try:
            _fail(bureau, run)
        finally:
            bureau.line.restore()
            bureau.life.order("go")

    if at_commit:
        bureau.life.order(f"stop before:commit:{run.commit}")
    with beside(0.0 if at_commit else moment, strike):
        batch.send(bureau.api)
        sent.set()
    wait_until(lambda: _answers(bureau))


def _await_commit(bureau: Bureau, sent: threading.Event, over: Callable[[], bool]) -> None:
    """Wait until the server stands before its commit, or will not come to it."""
    until = time.monotonic() + PATIENCE
    while not bureau.life.hear("stopped", LISTEN_SECONDS) and time.monotonic() < until:
        if sent.is_set() and over():
            return


def _fail(bureau: Bureau, run: Run) -> None:
    assert bureau.database is not None
    line = bureau.line

    def go() -> None:
        bureau.life.order("go")

    match run.line:
        case Line.UNSENT | Line.CUT:
            line.cut()
            go()
            time.sleep(run.away)
        case Line.UNANSWERED:
            line.lose_answer()
            go()
            line.lost.wait(ANSWER_SECONDS)
            time.sleep(run.away)
        case Line.LATE | Line.SILENT:
            line.silence()
            go()
            time.sleep(run.away)
        case Line.TERMINATED:
            bureau.database.end_sessions()
            time.sleep(run.away)
            bureau.database.end_sessions()


def _answers(bureau: Bureau) -> bool:
    with contextlib.suppress(PrintServerError):
        return bool(bureau.api.jobs() is not None)
    return False
