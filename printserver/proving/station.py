"""A printer that is being proven: its driver, a fresh recorded link for each conversation, and the person beside it.

Laws kept here:

1. The server's own runner drives the driver; nothing here knows bytes.
2. A conversation that does not end is called off after its time; what a committed card came to is then unknown.
3. What is kept of a conversation is without the card: long blocks and tracks are left out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred

from printserver.dialogue import Dialogue, Mark, Point, Report
from printserver.dialogue.redacting import Secret, without
from printserver.dialogue.transcripts import Transcript
from printserver.driver import Block, Capabilities, Driver, Evidence, LinkInfo, Outcome, PrintableCard, Unknown
from printserver.errors import PluginBroken, PrintServerError
from printserver.model import job
from printserver.model.alert import Alert, Severity
from printserver.model.clock import Clock
from printserver.model.printer import Identity, PrinterStatus
from printserver.proving.trials import Trial
from printserver.transport.link import Link
from printserver.transport.recording import RecordingLink
from printserver.transport.runner import DialogueRunner

Result = TypeVar("Result")

# Seconds for a question, and for a card: one with two sides takes a minute, and a person's hands another two.
QUESTION, CARD = 60.0, 300.0
# Blocks as long as this are panels; shorter ones are commands, and the cards here are nobody's.
LONG_BLOCK = 512


class Person(Protocol):
    """Who stands at the printer."""

    async def tell(self, text: str) -> None:
        """Show something."""
        ...

    async def ready(self, text: str) -> bool:
        """Ask for something to be done first; False = it cannot be done here."""
        ...

    async def confirm(self, question: str) -> bool:
        """Ask a question of yes or no."""
        ...

    async def count(self, question: str) -> int:
        """Ask for a number."""
        ...

    async def word(self, question: str) -> str:
        """Ask for something to be read and typed, empty = there is nothing."""
        ...


class Station:
    """Runs conversations with one printer; `begin` starts a new transcript, `kept` returns it without the card."""

    def __init__(
        self, driver: Driver, link_to: Callable[[], Link], clock: Clock, capabilities: Capabilities,
        *, patience: float = CARD,
    ) -> None:
        self._driver, self._link_to, self._clock = driver, link_to, clock
        self.capabilities = capabilities
        self._patience = patience
        self._transcripts: list[Transcript] = []
        self._secrets: list[Secret] = []
        self._words: list[Secret] = []
        self._start = clock.seconds()

    def begin(self) -> None:
        """Forget what was said so far."""
        self._transcripts, self._secrets, self._words = [], [], []
        self._start = self._clock.seconds()

    def kept(self, facts: dict[str, str]) -> Transcript:
        """Return what was said since `begin`, one conversation after another, without the card."""
        joined = Transcript(facts=facts)
        for transcript in self._transcripts:
            joined.lines += without(transcript, self._secrets, self._words, keep_long=True).lines
        return joined

    @property
    def kind(self) -> str:
        """Return the kind of link."""
        return self._link_to().info.kind

    async def identify(self) -> Identity:
        """Ask the printer who it is; raises PrintServerError."""
        return await self._converse(self._driver.identify)

    async def status(self) -> PrinterStatus:
        """Ask the printer how it is; raises PrintServerError."""
        return await self._converse(self._driver.status)

    async def print_card(self, card: PrintableCard) -> Trial:
        """Print a card, and return what became of it as far as the driver knows."""
        blocks = list(self._driver.encode(card))
        self._secrets += [Secret(block.name, block.data) for block in blocks if len(block.data) >= LONG_BLOCK]
        self._words += [Secret("track", track.encode()) for track in card.tracks]
        return await _Attempt(self, blocks).run()

    async def settled(self, trial: Trial) -> Trial:
        """Ask the printer what became of a committed card that ended in doubt, and how far its counter moved."""
        asked = trial
        if trial.committed and (trial.outcome is None or isinstance(trial.outcome, Unknown)):
            asked = replace(trial, reconciled=await self._reconciled(trial.evidence))
        try:
            return replace(asked, counted=counted(trial, await self.status()))
        except PrintServerError:
            return asked

    async def recover(self) -> None:
        """Bring the printer back from errors that stand after a card, as the server does when a person has cleared it.

        Raises PrintServerError.
        """
        for alert in (await self.status()).alerts:
            if alert.severity is Severity.ERROR:
                await self._converse(partial(self._recovery, alert))

    def _recovery(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        return self._driver.recover(alert, link)

    async def _reconciled(self, evidence: Evidence) -> Outcome | None:
        try:
            return await self._converse(lambda link: self._driver.reconcile(evidence, link))
        except PrintServerError:
            return None

    async def _converse(self, verb: Callable[[LinkInfo], Dialogue[Result]]) -> Result:
        return await self.run(verb, _refuse_commit, lambda report: None, QUESTION)

    async def run(
        self, verb: Callable[[LinkInfo], Dialogue[Result]], on_mark: Callable[[Mark], Awaitable[None]],
        on_report: Callable[[Report], None], seconds: float,
    ) -> Result:
        """Run one conversation on a link of its own, at most so long; raises PrintServerError."""
        link = RecordingLink(self._link_to(), self._clock, self._start)
        self._transcripts.append(link.transcript)
        runner = DialogueRunner(clock=self._clock, link=link, on_mark=on_mark, on_report=on_report)
        going: Deferred[Result] = Deferred.fromCoroutine(runner.run(verb(link.info)))
        wish = self._clock.callLater(seconds, runner.cancel)
        end = self._clock.callLater(2 * seconds, going.cancel)
        try:
            return await going
        except PrintServerError:
            raise
        except Exception as error:  # a driver is foreign code: whatever it raises is its fault
            raise PluginBroken(f"{type(error).__name__}: {error}") from error
        finally:
            for alarm in (wish, end):
                if alarm.active():
                    alarm.cancel()
            await link.close()

    def print_verb(self, blocks: Sequence[Block]) -> Callable[[LinkInfo], Dialogue[Outcome]]:
        """Return the verb that prints blocks."""
        return lambda link: self._driver.print_card(None, blocks, link)

    @property
    def patience(self) -> float:
        """Return for how long a card may take, in seconds."""
        return self._patience


class _Attempt:
    """One card on its way."""

    def __init__(self, station: Station, blocks: Sequence[Block]) -> None:
        self._station, self._blocks = station, blocks
        self._marks: list[job.Mark] = []
        self._alerts: list[Alert] = []

    async def run(self) -> Trial:
        outcome: Outcome | None = None
        fault: PrintServerError | None = None
        verb = self._station.print_verb(self._blocks)
        try:
            outcome = await self._station.run(verb, self._mark, self._report, self._station.patience)
        except PrintServerError as error:
            fault = error
        return Trial(
            committed=any(mark.point == Point.COMMITTED for mark in self._marks), outcome=outcome, fault=fault,
            alerts=tuple(dict.fromkeys(self._alerts)), evidence=Evidence(tuple(self._marks)),
        )  # fmt: skip

    async def _mark(self, mark: Mark) -> None:
        self._marks.append(job.Mark(str(mark.point), 0.0, mark.evidence))

    def _report(self, report: Report) -> None:
        if report.status is not None:
            self._alerts += report.status.alerts


async def _refuse_commit(mark: Mark) -> None:
    if mark.point is Point.COMMITTED:
        raise PluginBroken("this conversation may not feed a card")


def counted(trial: Trial, status: PrinterStatus) -> int | None:
    """Return how far the counter that the card was committed with has moved since, None without one."""
    before = trial.evidence.of(str(Point.COMMITTED))
    moved = [status.counters[name] - int(value) for name, value in before.items()
             if value.isdigit() and name in status.counters]  # fmt: skip
    return moved[0] if moved else None
