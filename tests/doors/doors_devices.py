"""Devices that are no good: one that is not there, one that never answers, one that answers nonsense."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.crash.crash_harness import free_port

LISTEN_TRIES = 64


class BadDevice:
    """A TCP port that takes connections and bytes; `answer` says what comes back for each piece, nothing = silence."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        """Listen on a free port of the loopback address."""
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._lines: list[socket.socket] = []
        self.heard = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed: the device is gone
            while True:
                line, _ = self._listening.accept()
                self._lines.append(line)
                threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with suppress(OSError):
            while piece := line.recv(65_536):
                self.heard += len(piece)
                answer = self._answer(piece)
                if answer:
                    line.sendall(answer)

    def go_away(self) -> None:
        """Close the port and every connection."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


def silence(piece: bytes) -> bytes:
    """Answer nothing."""
    return b""


def babble(seed: int) -> Callable[[bytes], bytes]:
    """Answer each piece with up to forty bytes of any kind, some of them with the end marks of a real answer."""
    chance = random.Random(seed)

    def answer(piece: bytes) -> bytes:
        noise = chance.randbytes(chance.randrange(1, 40))
        return noise + chance.choice([b"", b"\r", b"\r\n", b"\0", b"\x1b", b"OK\r", b"\x06\x15"])

    return answer


def closed_port() -> int:
    """A port on which nobody listens."""
    return free_port()
