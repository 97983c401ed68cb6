"""What a person can do, as data: the words of each deed, and when it is offered.

Laws kept here:

1. A deed where a card is at stake is asked for a second time (`asks`), with what it does in plain words.
2. A deed that makes no sense now is not offered; the service still decides whether it may be done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from printserver.listeners.access.table import allowed, asking
from printserver.listeners.access.withholding import owns
from printserver.model.job import Card, CardState, Job
from printserver.model.printer import PrinterState
from printserver.queue.cleaning import OVERDUE
from printserver.queue.views import PrinterView

from .words import N_

# What was sent gives no card, now or later.
UNPRINTABLE = frozenset({
    "document-format-error", "unsupported-document-format", "document-unprintable-error", "document-empty",
    "unsupported-attributes-or-values",
})  # fmt: skip
STOPPABLE = frozenset({CardState.QUEUED, CardState.RENDERING, CardState.READY})


class Deed(NamedTuple):
    """One thing to do; `button` on the row, `question` and `explains` on the page that asks, `done` afterwards.

    `tone` is how the button that does it looks: `good`, `bad` or `plain`.
    """

    name: str
    button: str
    question: str
    explains: str
    confirm: str
    done: str
    asks: bool = True
    tone: str = "plain"


HOLD = Deed(
    "hold", N_("Hold"), N_("Hold this job?"),
    N_("Cards that wait stay where they are until somebody releases the job. A card in a printer is finished."),
    N_("Hold the job"), N_("The job is on hold."), asks=False,
)  # fmt: skip
RELEASE = Deed(
    "release", N_("Release"), N_("Release this job?"), N_("The job is printed when its turn comes."),
    N_("Release the job"), N_("The job is released."), asks=False,
)  # fmt: skip
CANCEL = Deed(
    "cancel", N_("Cancel"), N_("Cancel this job?"),
    N_("Cards that wait are not printed. A card that has been taken into a printer is finished: it cannot be stopped "
       "without spoiling it."),
    N_("Cancel the job"), N_("The job is being cancelled."), tone="bad",
)  # fmt: skip
REPRINT = Deed(
    "reprint", N_("Print again"), N_("Print this job again?"),
    N_("A new job is made of the same pictures, and it uses new blanks. Every card of it is a further valid card: "
       "make sure that the first ones are where they belong."),
    N_("Print again"), N_("A new job was made."), tone="good",
)  # fmt: skip
REJECT = Deed(
    "reject", N_("Reject a card"), N_("Reject a printed card?"),
    N_("For a card that is printed but not good. It counts as spoiled, and the same card is printed again on a new "
       "blank. Destroy the bad one."),
    N_("Reject it and print again"), N_("The card is rejected and is printed again."), tone="bad",
)  # fmt: skip
SETTLE = Deed(
    "settle", N_("Say what happened"), N_("What became of the card?"),
    N_("Look in the printer, its output and its reject box for a card that looks like this."),
    N_("That is what happened"), N_("Thank you. It is written down."), tone="good",
)  # fmt: skip
PAUSE = Deed(
    "pause", N_("Pause the queue"), N_("Pause this queue?"),
    N_("It goes on taking jobs, but prints nothing more until somebody resumes it, also after a restart. A card in a "
       "printer is finished."),
    N_("Pause the queue"), N_("The queue is paused."), asks=False,
)  # fmt: skip
RESUME = Deed(
    "resume", N_("Resume the queue"), N_("Resume this queue?"), N_("It prints again."),
    N_("Resume the queue"), N_("The queue prints again."), asks=False,
)  # fmt: skip
CLEAR = Deed(
    "clear", N_("The cause is removed"), N_("Is the printer ready to go on?"),
    N_("Say this only after you have looked: the cause is removed, the cover is closed, and no card is left in the "
       "printer's path. A card that is left there may be printed over or counted wrongly."),
    N_("The path is empty, go on"), N_("The printer is told to go on."), tone="good",
)  # fmt: skip

PURGE = Deed(
    "purge", N_("Throw documents away"), N_("Throw this job's documents away?"),
    N_("Documents, pictures, names and track data of this job are gone for good, and it cannot be printed again. When "
       "it was printed, and what became of each card, stays in the journal; your reason does too, so name nobody in "
       "it."),
    N_("Throw them away"), N_("The documents are thrown away."), tone="bad",
)  # fmt: skip

PURGE_JOBS = Deed(
    "purge-jobs", N_("Throw documents away"), N_("Whose documents are to be thrown away?"),
    N_("Documents, pictures, names and track data of these jobs are gone for good, and they cannot be printed again. "
       "When they were printed, and what became of each card, stays in the journal; your reason does too, so name "
       "nobody in it."),
    N_("Throw them away"), N_("The documents are thrown away."), tone="bad",
)  # fmt: skip

CONFIRM = Deed(
    "confirm", N_("Confirm"), N_("Confirm what was asked for?"), N_("Confirm only what you have looked at yourself."),
    N_("Confirm"), N_("It is confirmed and done."), tone="good",
)  # fmt: skip
WITHDRAW = Deed(
    "withdraw", N_("Withdraw"), N_("Withdraw this wish?"), N_("Nothing of it is done."),
    N_("Withdraw"), N_("The wish is withdrawn."),
)  # fmt: skip

JOB_DEEDS = (SETTLE, RELEASE, HOLD, CANCEL, REPRINT, REJECT, PURGE)
SECOND_DEEDS = (CONFIRM, WITHDRAW)
QUEUE_DEEDS = (PAUSE, RESUME)
PRINTER_DEEDS = (CLEAR,)


def cards_in(job: Job, state: CardState) -> tuple[Card, ...]:
    """Return the cards of a job that are in a state."""
    return tuple(card for card in job.cards if card.state is state)


def unprintable(card: Card) -> bool:
    """Tell whether a card failed for what was sent: there is no picture, and no use in trying again."""
    return card.state is CardState.FAILED and card.reason is not None and card.reason.code in UNPRINTABLE


def _may_reprint(job: Job) -> bool:
    return job.state.final and bool(job.documents) and not job.purged and not all(map(unprintable, job.cards))


def _may_stop(job: Job) -> bool:
    return not job.state.final and not job.cancel


def _may_hold(job: Job) -> bool:
    waiting = not job.cards or any(card.state in STOPPABLE for card in job.cards)
    return _may_stop(job) and not job.hold and waiting


_OFFERED: dict[str, Callable[[Job], bool]] = {
    "settle": lambda job: bool(cards_in(job, CardState.UNCERTAIN)),
    "release": lambda job: _may_stop(job) and job.hold,
    "hold": _may_hold,
    "cancel": _may_stop,
    "reprint": _may_reprint,
    "reject": lambda job: bool(cards_in(job, CardState.DONE)) and not (job.purged or job.cancel),
    "purge": lambda job: job.state.final and not job.purged,
}
# What an operation is called in the table of roles, where that is not the deed's own name.
_OPERATIONS = {"purge": "purge_job"}


def offered(job: Job) -> tuple[Deed, ...]:
    """Return what makes sense to be done with a job now, and who looks may do, the most urgent first."""
    if job.withheld:
        return ()
    identity = asking()
    own = owns(identity, job)
    return tuple(
        deed for deed in JOB_DEEDS
        if _OFFERED[deed.name](job) and (identity is None or allowed(identity, _operation(deed), own=own))
    )


def _operation(deed: Deed) -> str:
    return _OPERATIONS.get(deed.name, deed.name)


def may_clear(printer: PrinterView) -> bool:
    """Tell whether it helps a printer to be told that the cause is removed."""
    working = printer.work is not None and bool(printer.work.since)
    overdue = printer.reason is not None and printer.reason.code == OVERDUE
    return printer.state is PrinterState.BLOCKED and printer.card is None and not (working or overdue)


def may(operation: str) -> bool:
    """Tell whether who looks may do something to queues and printers."""
    identity = asking()
    return identity is None or allowed(identity, operation)
