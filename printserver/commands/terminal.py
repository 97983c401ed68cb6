"""The person at a terminal, asked while the reactor runs: a link that breaks is noticed while they think.

Laws kept here:

1. Questions go to standard error, answers come from standard input, a line each; its end is the person's leaving.
2. An answer that is not understood is asked for again; nothing is taken for a yes that was not said.
"""

from __future__ import annotations

from collections import deque

import click
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.protocol import connectionDone
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from printserver.errors import Fault, PrintServerError
from printserver.model.display import harmless

YES, NO, SKIP = frozenset({"y", "yes", "ya"}), frozenset({"n", "no", "tidak"}), frozenset({"s", "skip"})


class PersonGone(PrintServerError):
    """Standard input ended while an answer was awaited."""

    code = "person-gone"
    fault = Fault.OPERATOR
    remedy = "Start again at a terminal, and stay with the printer until the last question."


class Terminal(LineReceiver):
    """A person at standard input and output."""

    delimiter = b"\n"

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._waiting: Deferred[str] | None = None
        self._gone = False

    def open(self, reactor: IReactorFDSet) -> None:
        """Begin to read."""
        StandardIO(self, reactor=reactor)

    async def tell(self, text: str) -> None:
        """Show something."""
        click.echo(harmless(text) if "\n" not in text else text, err=True)

    async def ready(self, text: str) -> bool:
        """Ask for something to be done first; False = the person skips it."""
        answer = await self._asked(f"{text}\n  [Enter = done or ready for it, s = cannot be done here] ")
        return answer not in SKIP

    async def confirm(self, question: str) -> bool:
        """Ask a question of yes or no."""
        while True:
            answer = await self._asked(f"{question} [y/n] ")
            if answer in YES | NO:
                return answer in YES

    async def count(self, question: str) -> int:
        """Ask for a number."""
        while True:
            answer = await self._asked(f"{question} [0, 1, 2, ...] ")
            if answer.isascii() and answer.isdigit() and len(answer) < 4:
                return int(answer)

    async def word(self, question: str) -> str:
        """Ask for something to be read and typed."""
        return harmless(await self._asked(f"{question} "))

    async def _asked(self, question: str) -> str:
        click.echo(question, nl=False, err=True)
        if self._lines:
            return self._lines.popleft()
        if self._gone:
            raise PersonGone("nobody is at the terminal any more")
        self._waiting = Deferred()
        return await self._waiting

    def lineReceived(self, line: bytes) -> None:
        """Take a line."""
        text = line.decode(errors="replace").strip().lower()
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            self._lines.append(text)
        else:
            waiting.callback(text)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Take note that standard input has ended."""
        self._gone = True
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.errback(PersonGone("nobody is at the terminal any more"))
