"""The server's own command, in a process that kills itself at a chosen point: `doomed.py WHEN:WHAT:N serve ...`.

WHEN is `before` or `after`, WHAT a kind of step, N its count from 1:

    write   a call of the store that writes (JobStore.apply, add_job, claim)
    commit  a transaction that has changed something (on PostgreSQL: has told the journal): `after` it is on disk
    spool   a document written to the spool
    head    the journal's head written beside the data
    bytes   a piece of bytes handed to the device
    answer  bytes from the device taken
    mark    the mark COMMITTED written to the store

The process dies by SIGKILL, as by `kill -9` or a pulled plug: no handler runs and nothing is flushed.

With `-` for the point it runs on and takes orders, a line each, from its standard input, while it works:

    doom WHEN:WHAT:N   die at this point; steps are counted from this order on
    stop WHEN:WHAT:N   stand still at this point until `go`; `stopped` is written to the standard output
    go                 go on
    clock SECONDS      from now on the wall clock is wrong by so much

It ends with its standard input, as it would at a point.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

STEPS = {
    "write": [("printserver.store.sql", "SqlStore", name) for name in ("apply", "add_job", "claim")],
    "commit": [("sqlalchemy.engine.default", "DefaultDialect", "do_commit"), ("printserver.store.kept", "", "say")],
    "spool": [("printserver.store.spool", "Spool", "write")],
    "head": [("printserver.store.heads", "NewestHead", "keep")],
    "bytes": [("printserver.transport.stream", "StreamLink", "write")],
    "answer": [("printserver.transport.stream", "_Conversation", "dataReceived")],
    "mark": [("printserver.store.changing", "", "_mark")],
}


class WallClock:
    """`time.time` with an error that may be set: what everything in the process takes for the wall clock."""

    def __init__(self) -> None:
        self._true, self._error = time.time, 0.0
        time.time = self.now

    def now(self) -> float:
        """Return the time that the process believes in."""
        return self._true() + self._error

    def set_wrong(self, seconds: float) -> None:
        """Let the clock be wrong by so many seconds."""
        self._error = seconds


CLOCK = WallClock()
"""Made when this is imported: before any module takes `time.time` for its own, as the system's clock is before all."""


class Points:
    """Counts steps of each kind and does something at the chosen one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._what = self._when = ""
        self._left = 0
        self._deed: Callable[[], None] = lambda: None
        self._go = threading.Event()

    def choose(self, point: str, deed: Callable[[], None]) -> None:
        """Do `deed` at a point; steps are counted from now on."""
        when, what, number = point.split(":")
        if what not in STEPS or when not in ("before", "after"):
            raise SystemExit(f"there is no point {point!r}")
        with self._lock:
            self._when, self._what, self._left, self._deed = when, what, int(number), deed
            self._go.clear()

    def around(self, what: str, call: Callable[P, T], counts: Callable[..., bool]) -> Callable[P, T]:
        """Return the call with what is chosen before or after it."""

        def doomed(*args: P.args, **kwargs: P.kwargs) -> T:
            mine = self._mine(what) if counts(*args) else ""
            if mine == "before":
                self._deed()
            result = call(*args, **kwargs)
            if mine == "after":
                self._deed()
            return result

        return doomed

    def stand_still(self) -> None:
        """Wait until somebody says `go`."""
        print("stopped", flush=True)
        self._go.wait()

    def go(self) -> None:
        """Let whoever stands still go on."""
        self._go.set()

    def _mine(self, what: str) -> str:
        with self._lock:
            if what != self._what or self._left == 0:
                return ""
            self._left -= 1
            return self._when if self._left == 0 else ""


def die() -> None:
    """End this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def prepare(points: Points) -> None:
    """Put the points into the server's code."""
    _remember_publishing()
    for what, places in STEPS.items():
        for module, owner, name in places:
            found = __import__(module, fromlist=[owner or name])
            holder: Any = getattr(found, owner) if owner else found
            setattr(holder, name, points.around(what, getattr(holder, name), COUNTS.get(what, lambda *_: True)))


def _has_changed(holder: Any, about: Any, *_further: object) -> bool:  # noqa: ANN401 - as the place gives them
    """Tell whether a transaction that is about to be committed has changed anything since the one before it.

    On SQLite a connection says COMMIT (`holder`, `about`), on PostgreSQL a dialect commits a connection.
    """
    if isinstance(about, str):
        return about == "COMMIT" and _counts_more(holder.connection.driver_connection)
    connection = about.driver_connection
    if hasattr(connection, "total_changes"):
        return _counts_more(connection)
    told, _publishing.on = getattr(_publishing, "on", None), None
    return told is connection


def _counts_more(connection: Any) -> bool:  # noqa: ANN401 - sqlite3's or another module's
    changes = connection.total_changes
    before, _changes[id(connection)] = _changes.get(id(connection), 0), changes
    return bool(changes != before)


def _commits_a_card(_work: object, _card: object, mark: object, *_further: object) -> bool:
    return getattr(mark, "point", "") == "COMMITTED"


def _remember_publishing() -> None:
    """Know a transaction by its rows' places in the stream of all nodes, where the database counts no changes."""
    from printserver.store import postgresql

    publish = postgresql.publish

    def publishing(connection: Any, node: str, after: int) -> None:  # noqa: ANN401 - SQLAlchemy's connection
        publish(connection, node, after)
        _publishing.on = connection.connection.driver_connection

    postgresql.publish = publishing


_changes: dict[int, int] = {}
_publishing = threading.local()
COUNTS: dict[str, Callable[..., bool]] = {"commit": _has_changed, "mark": _commits_a_card}


def obey(points: Points) -> None:
    """Take orders until nobody is left to give any."""
    for line in sys.stdin:
        order, _, rest = line.strip().partition(" ")
        match order:
            case "doom":
                points.choose(rest, die)
            case "stop":
                points.choose(rest, points.stand_still)
            case "go":
                points.go()
            case "clock":
                CLOCK.set_wrong(float(rest))
    die()  # whoever gave orders is gone: nothing is left running


def main() -> None:
    """Run the server's command."""
    chosen, points = sys.argv.pop(1), Points()
    if chosen == "-":
        threading.Thread(target=obey, args=(points,), daemon=True).start()
    else:
        points.choose(chosen, die)
    prepare(points)
    from printserver.cli import main as serve

    serve()


if __name__ == "__main__":
    main()
