"""The way of TCP connections to a PostgreSQL server: it can break, fall silent, and keep an answer to itself.

Laws kept here:

1. What fell silent is not lost: its bytes arrive when it speaks again, unless it was cut meanwhile.
2. A line that was cut refuses every new connection until it is restored.
3. An answer that is to be lost is one to COMMIT, and has been given: the server has committed. A question that is to be
   lost is a COMMIT: the server has not.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PIECE = 65_536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: close by a reset (socket(7))."""
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""The message Query of PostgreSQL's protocol, as psycopg ends a transaction by it."""


@dataclass(eq=False)
class _Way:
    """One connection in its two halves; `unanswered` = the next answer is lost, and everything is cut with it."""

    near: socket.socket
    far: socket.socket
    unanswered: bool = False


class Line:
    """A port of loopback that leads to a server: to another port of it, or to a Unix socket."""

    def __init__(self, target: int | Path) -> None:
        """Lead from a free port to `target`; `lost` is set when an answer or a question was kept."""
        self._target = target
        self._open = threading.Event()
        self._open.set()
        self._lock = threading.RLock()  # guards the four below
        self._ways: list[_Way] = []
        self._refusing = self._losing = self._swallowing = False
        self.lost = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self) -> None:
        """Let no byte through any more; nobody is told."""
        self._open.clear()

    def cut(self) -> None:
        """Reset every connection, and refuse new ones."""
        with self._lock:
            self._refusing, self._losing, self._swallowing = True, False, False
            ways, self._ways = self._ways, []
        for way in ways:
            _reset(way.near)
            _reset(way.far)

    def lose_answer(self) -> None:
        """Let the next COMMIT through, and cut when its answer comes."""
        with self._lock:
            self._losing = True
            self.lost.clear()

    def lose_question(self) -> None:
        """Cut when the next COMMIT comes, and do not let it through."""
        with self._lock:
            self._swallowing = True
            self.lost.clear()

    def restore(self) -> None:
        """Let bytes through again, those that waited too, and new connections."""
        with self._lock:
            self._refusing = self._losing = self._swallowing = False
        self._open.set()

    def close(self) -> None:
        """Take no further connection."""
        self._open.set()
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = self._reach()
        except OSError:
            return near.close()
        way = _Way(near, far)
        with self._lock:
            if self._refusing:
                _reset(near)
                return _reset(far)
            self._ways.append(way)
        for work in (self._ask, self._answer):
            threading.Thread(target=self._until_its_end, args=(work, way), daemon=True).start()

    def _reach(self) -> socket.socket:
        if isinstance(self._target, int):
            return socket.create_connection(("127.0.0.1", self._target))
        reached = socket.socket(socket.AF_UNIX)
        reached.connect(str(self._target))
        return reached

    def _until_its_end(self, work: Callable[[_Way], None], way: _Way) -> None:
        with contextlib.suppress(OSError):
            work(way)
        for each in (way.near, way.far):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with self._lock:
            if way in self._ways:
                self._ways.remove(way)

    def _ask(self, way: _Way) -> None:
        while data := way.near.recv(PIECE):
            self._open.wait()
            with self._lock:
                if self._swallowing and COMMIT in data:
                    self.cut()
                    return self.lost.set()
                if self._losing and COMMIT in data:
                    self._losing, way.unanswered = False, True
            way.far.sendall(data)

    def _answer(self, way: _Way) -> None:
        while data := way.far.recv(PIECE):
            self._open.wait()
            if way.unanswered:
                self.cut()
                self.lost.set()
                return
            way.near.sendall(data)


def _reset(end: socket.socket) -> None:
    """Close by a reset; a thread that reads there is woken first, for it would keep the connection alive."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        end.shutdown(socket.SHUT_RD)
    with contextlib.suppress(OSError):
        end.close()
