"""What waits for a person now: cards in doubt or spoiled too often, jobs to release, printers and queues that stand.

Laws kept here:

1. A printer that stands because of a card in doubt is not counted beside that card.
2. What is counted here is what the tab's title says and what is read out; nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from printserver.model.holding import HeldFor
from printserver.model.job import Card, CardState, Job, Reason
from printserver.queue.conditions import NO_ROOM
from printserver.queue.views import PrinterView, QueueView

from .deeds import cards_in, may, may_clear, offered
from .reasons import of_code
from .words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that waits: `words` say what and what to do, `verbatim` are the device's own words.

    Either `job` and `cards` (in doubt, spoiled too often, or to be released) or `printer` or `queue` are given; `job`
    stands beside a printer that has its card. `may_release` = the job is held by the server, and who looks may let it
    go on.
    """

    key: str
    words: Words
    verbatim: str = ""
    since: float | None = None
    job: Job | None = None
    cards: tuple[Card, ...] = ()
    printer: PrinterView | None = None
    queue: QueueView | None = None
    may_clear: bool = False
    may_release: bool = False
    server: str = ""

    @property
    def name(self) -> str:
        """Return the name of what it is about, as somebody gave it."""
        if self.printer is not None:
            return self.printer.config.name
        if self.queue is not None:
            return self.queue.config.name
        if self.server:
            return self.server
        return self.job.name if self.job is not None else ""


def needs(
    troubled: Sequence[Job], printers: Sequence[PrinterView], queues: Sequence[QueueView],
    in_printer: Mapping[str, Job], conditions: Sequence[Reason] = (), server: str = "",
) -> tuple[Need, ...]:  # fmt: skip
    """Return everything that waits: jobs (in doubt, spoiled too often, or to be released), then printers, then queues.

    `in_printer` maps a printer's name to the job whose card is in it; `conditions` hold for the whole `server`: before
    all others comes what keeps it from taking jobs.
    """
    of_server = (_of_server(each, server) for each in conditions if each.code == NO_ROOM)
    of_printers = (_of_printer(printer, in_printer.get(printer.config.name)) for printer in printers)
    of_queues = (_of_queue(queue) for queue in queues)
    found = (*of_server, *(_of_job(job) for job in troubled), *of_printers, *of_queues)
    return tuple(need for need in found if need is not None)


def _of_server(reason: Reason, server: str) -> Need:
    return Need(key=f"server-{reason.code}", words=of_code(reason.code), verbatim=reason.detail, server=server)


def _of_job(job: Job) -> Need:
    if job.held_for is not None:
        return _of_held(job, job.held_for)
    cards = cards_in(job, CardState.UNCERTAIN)
    first = cards[0] if cards else None
    reason = first.reason if first and first.reason else Reason("card-uncertain")
    words = of_code(reason.code)
    return Need(
        key=f"job-{job.id}", words=words, verbatim=reason.detail, job=job, cards=cards,
        since=min((card.changed for card in cards), default=job.changed),
    )  # fmt: skip


def _of_held(job: Job, why: HeldFor) -> Need:
    queued = cards_in(job, CardState.QUEUED)
    cards = tuple(card for card in queued if card.reason is not None) or queued
    return Need(
        key=f"job-{job.id}", words=of_code(why), verbatim=detail_of(job), job=job, cards=cards,
        since=min((card.changed for card in cards), default=job.changed),
        may_release=any(deed.name == "release" for deed in offered(job)),
    )


def detail_of(job: Job) -> str:
    """Return the printer's own words about the cards of a job that were spoiled too often."""
    told = (card.reason.detail for card in cards_in(job, CardState.QUEUED) if card.reason is not None)
    return next((words for words in told if words), "")


def _of_printer(printer: PrinterView, job: Job | None) -> Need | None:
    reason = blocked_by(printer, job)
    if reason is None or reason.code == "card-uncertain":
        return None
    return Need(
        key=f"printer-{printer.config.name}", words=of_code(reason.code), verbatim=reason.detail, printer=printer,
        job=job, since=printer.since, may_clear=may_clear(printer) and may("clear_printer"),
    )  # fmt: skip


def _of_queue(queue: QueueView) -> Need | None:
    if queue.reason is None or not queue.config.paused:
        return None
    return Need(
        key=f"queue-{queue.config.name}", words=of_code(queue.reason.code), verbatim=queue.reason.detail, queue=queue
    )


def blocked_by(printer: PrinterView, job: Job | None) -> Reason | None:
    """Return why a printer waits for a person, None when it does not; `job` is the one whose card is in it."""
    if printer.needs_person:
        return printer.reason or Reason("not-ready")
    if job is None or printer.card is None:
        return None
    number = printer.card.partition("/")[2]
    card = next((card for card in job.cards if str(card.number) == number), None)
    if card is None or card.state is not CardState.BLOCKED:
        return None
    return card.reason or Reason("device-waits")
