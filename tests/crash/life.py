"""One life of a server: a process that was forked in the nursery, to be given orders, watched and killed."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.crash.crash_harness import DEADLINE, ROOT

NURSERY = Path(__file__).with_name("nursery.py")


class Nursery:
    """The process in which servers are forked."""

    def __init__(self) -> None:
        """Start it; it needs a moment to import everything, and takes orders from the beginning."""
        self._line, theirs = socket.socketpair()
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(NURSERY), str(theirs.fileno())], cwd=ROOT, env=environment,
                pass_fds=[theirs.fileno()],
            )

    def bear(self, words: Sequence[str], log: Path) -> Life:
        """Start a server by the words of its command; what it complains of goes to the end of a file."""
        orders, hears = os.pipe(), os.pipe()
        complains = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        theirs = [orders[0], hears[1], complains]
        socket.send_fds(self._line, [json.dumps(["doomed.py", "-", *words]).encode()], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        return Life(int(self._line.recv(64)), orders[1], hears[0])

    def close(self) -> None:
        """End it; servers that live go on."""
        self._line.close()
        self._process.wait()


class Life:
    """A running server."""

    def __init__(self, pid: int, orders: int, said: int) -> None:
        """Watch a process; `orders` and `said` are the near ends of its standard input and output."""
        self.pid = pid
        self._watch = os.pidfd_open(pid)
        self._orders = os.fdopen(orders, "w", buffering=1)
        self._words: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, args=(said,), daemon=True).start()

    def alive(self) -> bool:
        """Tell whether it runs."""
        return not self.ended(0)

    def ended(self, seconds: float = DEADLINE) -> bool:
        """Wait for its end; tell whether it has come."""
        return bool(select.select([self._watch], [], [], seconds)[0])

    def order(self, words: str) -> None:
        """Give it an order; nothing happens when it is dead."""
        with contextlib.suppress(OSError):
            self._orders.write(words + "\n")

    def hear(self, word: str, seconds: float = DEADLINE) -> bool:
        """Wait until it says something on its standard output; False when it says nothing of the kind, or ends."""
        with contextlib.suppress(queue.Empty):
            while line := self._words.get(timeout=seconds):
                if word in line:
                    return True
        return False

    def kill(self) -> None:
        """End it as `kill -9` does."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._watch, signal.SIGKILL)
        self.ended()

    def stop(self) -> None:
        """End it in order, or, when that takes too long, not."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._watch, signal.SIGTERM)
        if not self.ended(20):
            self.kill()

    def close(self) -> None:
        """Let go of it when it has ended."""
        os.close(self._watch)
        with contextlib.suppress(OSError):
            self._orders.close()

    def _listen(self, said: int) -> None:
        with os.fdopen(said) as lines:
            for line in lines:
                self._words.put(line)
        self._words.put("")
