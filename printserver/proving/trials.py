"""One card at a printer that is being proven, and whether what was said of it is what a person saw.

Laws kept here:

1. What the driver said is held against the card in the person's hand, never the other way round.
2. These are the laws of every card: not committed = nothing moved; `done` by the device's word = one card is out;
   `spoiled` = none is; never two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from printserver.driver import Done, Evidence, Outcome, Spoiled
from printserver.errors import PrintServerError
from printserver.model.alert import Alert

NO_EVIDENCE = Evidence(())


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt at one card.

    `reconciled` is what the device said when it was asked afterwards, `counted` how far its counter moved.
    """

    committed: bool
    outcome: Outcome | None
    fault: PrintServerError | None
    evidence: Evidence = NO_EVIDENCE
    alerts: tuple[Alert, ...] = ()
    reconciled: Outcome | None = None
    counted: int | None = None

    @property
    def verdict(self) -> Outcome | None:
        """Return the last word on the card."""
        return self.reconciled or self.outcome

    @property
    def ended_well(self) -> bool:
        """Tell whether the driver says that the card is out."""
        return isinstance(self.outcome, Done)


def judge(trial: Trial, cards: int) -> tuple[str, ...]:
    """Return what is wrong when a person saw so many cards come out; nothing = the driver told the truth."""
    return tuple(_complaints(trial, cards))


def _complaints(trial: Trial, cards: int) -> Sequence[str]:
    found = []
    if cards > 1:
        found.append(f"{cards} cards came out of one attempt")
    if cards and not trial.committed:
        found.append("a card came out before it was committed")
    if isinstance(trial.verdict, Done) and trial.verdict.sure and cards != 1:
        found.append(f"the driver is sure that the card is out, and {cards} came out")
    if isinstance(trial.verdict, Spoiled) and cards:
        found.append("the driver says that the card is ruined, and it came out")
    if trial.counted is not None and trial.counted != cards:
        found.append(f"the printer's counter moved by {trial.counted}, and {cards} came out")
    return found


def told(trial: Trial) -> str:
    """Return a trial in words, for the person and the proof."""
    parts = [f"outcome: {_named(trial.outcome)}" if trial.outcome else f"fault: {trial.fault}"]
    if trial.reconciled:
        parts.append(f"afterwards: {_named(trial.reconciled)}")
    if trial.counted is not None:
        parts.append(f"counter moved by {trial.counted}")
    parts += [f"alert: {alert.kind} {alert.verbatim}".rstrip() for alert in trial.alerts]
    return "; ".join(parts)


def _named(outcome: Outcome) -> str:
    match outcome:
        case Done(sure=True):
            return "done"
        case Done():
            return "done, not sure"
        case Spoiled(reason):
            return f"spoiled ({reason})"
        case _:
            return f"unknown ({outcome.reason})"
