"""The cable between a server and a printer on TCP: it passes every byte on, and breaks where it is told to.

Laws kept here:

1. What the server sent before the break has gone to the printer, and not one byte of what it sent after.
2. Bytes are counted as the driver's language has them: from the first that may feed a card to the card's last.
3. A pulled cable refuses every new connection until it is plugged in again.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

PIECE = 65_536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: close by a reset (socket(7))."""


@dataclass(frozen=True)
class Language:
    """How a card's bytes are found in what the server sends: its first ones, and where it ends.

    `end` gives the offset behind the last byte of a card that begins at 0 of some bytes, None = not there yet.
    """

    start: bytes
    end: Callable[[bytes], int | None]


def _evolis_end(data: bytes) -> int | None:
    at = data.rfind(b"\x1bSe\r")
    return None if at < 0 else at + 4


def _virtual_end(data: bytes) -> int | None:
    line, found, _ = data.partition(b"\n")
    if not found:
        return None
    head = json.loads(line)
    whole = len(line) + 1 + head["width"] * head["height"] * sum(len(side["panels"]) for side in head["sides"])
    return whole if len(data) >= whole else None


LANGUAGES = {"evolis": Language(b"\x1bSs\r", _evolis_end), "virtual": Language(b'{"format"', _virtual_end)}


@dataclass(frozen=True)
class Cut:
    """Where the cable breaks: at which card's bytes (from 1), or, with `question`, among what is said before it.

    `where` is one of `question`, `first-byte`, `panel`, `last-byte`, `answer`; `offset` counts the bytes that still
    pass: of what the server says, of the card, or of the answer.
    """

    where: str
    card: int = 1
    offset: int = 0


@dataclass
class _Passage:
    """What has passed in one connection."""

    card: bytearray = field(default_factory=bytearray)
    tail: bytes = b""
    inside: bool = False
    answering: bool = False


class Cable:
    """A listening port whose connections lead to the printer; `address` is what the server is told."""

    def __init__(self, language: Language, printer: tuple[str, int]) -> None:
        self._language, self._printer = language, printer
        self._lock = threading.RLock()
        self._cut: Cut | None = None
        self._said = self._cards = 0
        self._pulled = False
        self._lines: list[tuple[socket.socket, socket.socket]] = []
        self.broken = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        """Return the device's address as the configuration has it."""
        return f"tcp:127.0.0.1:{self._door.getsockname()[1]}"

    def arm(self, cut: Cut) -> None:
        """Break once, there; cards are counted from now on."""
        with self._lock:
            self._cut, self._said, self._cards = cut, 0, 0
            self.broken.clear()

    def disarm(self) -> None:
        """Break no more."""
        with self._lock:
            self._cut = None

    def pull(self) -> None:
        """Break now, and stay away."""
        with self._lock:
            self._pulled, self._cut = True, None
            lines, self._lines = self._lines, []
        for host, printer in lines:
            _end(host, reset=True)
            _end(printer, reset=False)
        self.broken.set()

    def plug_in(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._pulled = False

    def close(self) -> None:
        """End it."""
        self.pull()
        self._door.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                host, _ = self._door.accept()
                self._join(host)

    def _join(self, host: socket.socket) -> None:
        with self._lock:
            if self._pulled:
                return _end(host, reset=True)
        try:
            printer = socket.create_connection(self._printer, 5)
        except OSError:
            return _end(host, reset=True)
        printer.settimeout(None)
        for line in (host, printer):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._lines.append((host, printer))
        passage = _Passage()
        for work in (self._to_printer, self._to_host):
            threading.Thread(target=work, args=(host, printer, passage), daemon=True).start()

    def _to_printer(self, host: socket.socket, printer: socket.socket, passage: _Passage) -> None:
        with contextlib.suppress(OSError):
            while data := host.recv(PIECE):
                passes, breaks = self._judge(data, passage)
                printer.sendall(data[:passes])
                if breaks:
                    return self.pull()
        _shut(printer, socket.SHUT_WR)

    def _to_host(self, host: socket.socket, printer: socket.socket, passage: _Passage) -> None:
        with contextlib.suppress(OSError):
            while data := printer.recv(PIECE):
                with self._lock:
                    passes = len(data)
                    if passage.answering and self._cut is not None and self._cut.where == "answer":
                        passes = min(passes, self._cut.offset)
                    breaks = passes < len(data)
                host.sendall(data[:passes])
                if breaks:
                    return self.pull()
        _shut(host, socket.SHUT_WR)

    def _judge(self, data: bytes, passage: _Passage) -> tuple[int, bool]:
        """Return how many bytes pass, and whether the cable breaks behind them."""
        with self._lock:
            cut, before = self._cut, len(passage.card)
            if cut is None:
                return len(data), False
            self._said += len(data)
            if cut.where == "question" and self._said > cut.offset:
                return max(0, len(data) - (self._said - cut.offset)), True
            return self._judge_card(cut, data, passage, before)

    def _judge_card(self, cut: Cut, data: bytes, passage: _Passage, before: int) -> tuple[int, bool]:
        skipped = 0
        if not passage.inside:
            window = passage.tail + data
            at = window.find(self._language.start)
            passage.tail = window[-(len(self._language.start) - 1) :]
            if at < 0:
                return len(data), False
            skipped = max(0, at - (len(window) - len(data)))
            passage.inside, passage.card, self._cards = True, bytearray(window[at:]), self._cards + 1
        else:
            passage.card += data
        mine = self._cards == cut.card
        if mine and cut.where in ("first-byte", "panel") and len(passage.card) > cut.offset:
            return skipped + max(0, cut.offset - before), True
        end = self._language.end(bytes(passage.card)) if self._may_end(passage, data) else None
        if end is None:
            return len(data), False
        passage.inside, passage.tail = False, b""
        passes = skipped + end - before
        passage.answering, passage.card = mine, bytearray()
        return (passes, True) if mine and cut.where == "last-byte" else (len(data), False)

    def _may_end(self, passage: _Passage, data: bytes) -> bool:
        """Spare the look through megabytes where an end cannot be."""
        return self._language.start[:1] != b"\x1b" or b"\x1bSe" in bytes(passage.card[-len(data) - 4 :])


def _shut(line: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(how)


def _end(line: socket.socket, *, reset: bool) -> None:
    """Close a connection, with what was sent still arriving, or by a reset."""
    with contextlib.suppress(OSError):
        if reset:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        # also for a reset: whoever waits in `recv` would keep the connection open for as long as nothing comes
        line.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        line.close()
