"""Changes of an accepted job: steps and marks of its cards, wishes, documents and cards that come later.

Laws kept here:

1. `lifecycle.advance` says where a step leads; nothing here decides a state.
2. A card's version is compared before anything is written for it, and grows with each step and each mark.
3. An attempt is opened by START alone and never stays open where no device has the card and nobody doubts.
4. The value that is returned is the one that was written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from msgspec.structs import replace
from sqlalchemy import bindparam, insert, select, update

from printserver.errors import NotPossibleNow, StoreConflict, UnknownCard
from printserver.lifecycle import CardEvent, advance
from printserver.model.holding import HeldFor
from printserver.model.job import Attempt, Card, CardState, Job, Mark, Reason
from printserver.store.accepting import held_by_quota, insert_cards, insert_documents, marked
from printserver.store.contract import AddCards, AddDocument, Begin, CardMark, CardStep, Change, JobWish, Sent
from printserver.store.keeping import job_key
from printserver.store.leasing import check_lease
from printserver.store.loading import load_job
from printserver.store.repeats import is_known, like, remember
from printserver.store.rolling import amend
from printserver.store.sealing import pseudonyms
from printserver.store.supplies import feed, give_back
from printserver.store.tables import attempts, cards, job_printers, marks
from printserver.store.tallies import beyond, count, order
from printserver.store.ticketing import with_ticket
from printserver.store.turns import check_turn
from printserver.store.upkeep import one_less, one_more
from printserver.store.wishing import wish
from printserver.store.work import Data, Work

COMMITTED = "COMMITTED"
_HAD = select(job_printers.c.job).where(
    job_printers.c.printer == bindparam("its_printer"), job_printers.c.job == bindparam("its_job")
)
_CARD = update(cards).where(cards.c.id == bindparam("card"), cards.c.version == bindparam("read"))


def apply(work: Work, job: int, changes: Sequence[Change]) -> Job:
    """Make all changes in order; raises UnknownJob, UnknownCard, StoreConflict, NotPossibleNow, BadRequest."""
    before = load_job(work, job, lock=True)
    after = before
    for change in changes:
        after = _changed(work, before, after, change)
    return amend(work, before, after)


def _changed(work: Work, before: Job, job: Job, change: Change) -> Job:
    match change:
        case CardStep():
            count(work, before, change.event)
            return _with_card(job, _step(work, job, _card(job, change), change))
        case CardMark():
            return _with_card(job, _mark(work, _card(job, change), change.mark, change.lease))
        case JobWish():
            return wish(work, before, job, change)
        case AddDocument():
            return _add_document(work, job, change)
        case AddCards():
            return _add_cards(work, job, change)


def _card(job: Job, change: CardStep | CardMark) -> Card:
    found = next((card for card in job.cards if card.number == change.number), None)
    if found is None:
        raise UnknownCard(f"job {job.id} has no card {change.number}")
    if found.version != change.version:
        raise StoreConflict(f"card {job.id}/{found.number} is at version {found.version}, not {change.version}")
    return found


def _with_card(job: Job, card: Card) -> Job:
    its_cards = tuple(card if each.number == card.number else each for each in job.cards)
    return replace(job, cards=its_cards)


# a step


def _step(work: Work, job: Job, card: Card, step: CardStep) -> Card:
    if step.begin is not None:
        check_lease(work, step.begin.printer, step.begin.lease)
        if step.begin.in_turn:
            check_turn(work, job, card)
    state = advance(card.state, step.event, committed=card.committed, accepts_unconfirmed=step.accepts_unconfirmed)
    _check_begin(step)
    stepped = replace(
        card, state=state, version=card.version + 1, changed=work.now, reason=_reason(card, state, step),
        printer=_printer(card, state, step), attempts=_attempts(work, card, state, step),
        unconfirmed=_unconfirmed(card, state, step),
        simulated=card.simulated if step.simulated is None else step.simulated,
    )  # fmt: skip
    _write_card(work, card, stepped)
    work.tell_card(stepped, step.event.value, _told(stepped, step))
    return _unfed(work, stepped) if step.event is CardEvent.SETTLE_QUEUED else stepped


def _unfed(work: Work, card: Card) -> Card:
    """Return a card that was never printed after all: its blank is counted back."""
    if not card.attempts or not card.attempts[-1].committed:
        return card
    give_back(work, card, card.attempts[-1])
    one_less(work, card.attempts[-1].printer, card.attempts[-1].started)
    return replace(card, attempts=(*card.attempts[:-1], replace(card.attempts[-1], never_fed=True)))


def _check_begin(step: CardStep) -> None:
    if (step.begin is not None) != (step.event is CardEvent.START):
        raise NotPossibleNow("an attempt begins with the start of a card, and only then", allowed="start with begin")


def _reason(card: Card, state: CardState, step: CardStep) -> Reason | None:
    """A card that fails keeps the cause it was given before, unless it is given another."""
    return step.reason or (card.reason if state is CardState.FAILED else None)


def _printer(card: Card, state: CardState, step: CardStep) -> str | None:
    if step.begin is not None:
        return step.begin.printer
    return None if state is CardState.QUEUED else step.printer or card.printer


def _unconfirmed(card: Card, state: CardState, step: CardStep) -> bool:
    return state is CardState.DONE and (step.unconfirmed or step.event is CardEvent.DONE_UNCONFIRMED)


def _attempts(work: Work, card: Card, state: CardState, step: CardStep) -> tuple[Attempt, ...]:
    if step.begin is not None:
        return (*card.attempts, _open(work, card, step.begin))
    current = card.attempts[-1] if card.attempts else None
    if current is None or current.ended is not None:
        return card.attempts
    if step.outcome is None and (state.in_device or state is CardState.UNCERTAIN):
        return card.attempts
    return (*card.attempts[:-1], _close(work, card, current, step))


def _open(work: Work, card: Card, begin: Begin) -> Attempt:
    if not work.connection.execute(_HAD, {"its_printer": begin.printer, "its_job": card.job}).first():
        work.connection.execute(insert(job_printers).values(printer=begin.printer, job=card.job))
    opened = Attempt(number=len(card.attempts) + 1, printer=begin.printer, serial=begin.serial, started=work.now)
    work.connection.execute(insert(attempts).values(
        card=card.id, number=opened.number, printer=opened.printer, serial=opened.serial, started=opened.started
    ))  # fmt: skip
    return opened


def _close(work: Work, card: Card, attempt: Attempt, step: CardStep) -> Attempt:
    closed = replace(attempt, ended=work.now, outcome=step.outcome or step.event.value, reason=step.reason)
    work.connection.execute(
        update(attempts)
        .where(attempts.c.card == card.id, attempts.c.number == attempt.number)
        .values(ended=closed.ended, outcome=closed.outcome, **_reason_columns(closed.reason))
    )
    return closed


def _write_card(work: Work, before: Card, after: Card) -> None:
    row = {
        "state": after.state, "version": after.version, "changed": after.changed, "printer": after.printer,
        "unconfirmed": after.unconfirmed, "simulated": after.simulated, **_reason_columns(after.reason),
    }  # fmt: skip
    if work.connection.execute(_CARD, {"card": before.id, "read": before.version, **row}).rowcount != 1:
        raise StoreConflict(f"card {before.job}/{before.number} was changed meanwhile")


def _reason_columns(reason: Reason | None) -> dict[str, str | None]:
    return {
        "reason_code": reason.code if reason else None,
        "reason_detail": reason.detail if reason else "",
    }


def _told(card: Card, step: CardStep) -> Data:
    attempt = card.attempts[-1].number if card.attempts else None
    return {
        "state": card.state.value, "reason": card.reason.code if card.reason else None, "printer": card.printer,
        "attempt": attempt, "outcome": step.outcome, "by": step.by, "note": step.note,
    }  # fmt: skip


# a mark


def _mark(work: Work, card: Card, mark: Mark, lease: int | None) -> Card:
    current = card.attempts[-1] if card.attempts else None
    if current is None or current.ended is not None:
        raise NotPossibleNow(f"card {card.job}/{card.number} has no open attempt to mark")
    check_lease(work, current.printer, lease)
    if mark.point == COMMITTED and not current.committed:
        feed(work, current.printer)
        one_more(work, current.printer)
    its_attempt = select(attempts.c.id).where(attempts.c.card == card.id, attempts.c.number == current.number)
    work.connection.execute(insert(marks).values(
        attempt=its_attempt.scalar_subquery(), point=mark.point, at=mark.at, evidence=json.dumps(mark.evidence)
    ))  # fmt: skip
    passed = replace(current, marks=(*current.marks, mark))
    marked = replace(card, version=card.version + 1, changed=work.now, attempts=(*card.attempts[:-1], passed))
    _write_card(work, card, marked)
    evidence: Data = {f"evidence.{name}": value for name, value in mark.evidence.items()}
    work.tell_card(card, mark.point, {"attempt": current.number, "at": mark.at, **evidence}, kind="mark")
    return marked


# what comes later


def _add_document(work: Work, job: Job, change: AddDocument) -> Job:
    if job.cancel or not job.incoming:
        raise NotPossibleNow(f"job {job.id} waits for no further document")
    if change.number not in (None, len(job.documents) + 1):
        raise StoreConflict(f"another document of job {job.id} came meanwhile")
    insert_documents(work, job.id, [change.document], len(job.documents))
    grown = load_job(work, job.id).documents
    newest = grown[-1]
    # by a bare digest, who has the document would find in the journal for ever that it was printed
    personal: Data = {**pseudonyms(job_key(work, job.id), {"sha256": newest.sha256})}
    told: Data = {"number": newest.number, "format": newest.format, "size": newest.size}
    work.tell("job", job.id, "document-added", told | personal)
    return replace(job, documents=grown)


def _add_cards(work: Work, job: Job, change: AddCards) -> Job:
    if job.cancel or job.purged or not job.incoming:
        raise NotPossibleNow(f"job {job.id} takes no further cards")
    if change.documents not in (None, len(job.documents)):
        raise StoreConflict(f"another document of job {job.id} came meanwhile")
    why = beyond(work, len(change.cards), change.limits)
    order(work, job.id, job.ticket, len(change.cards))
    insert_cards(work, job.id, change.cards, len(job.cards), len(job.documents))
    grown = load_job(work, job.id).cards
    work.tell("job", job.id, "cards-added", {"cards": len(change.cards), "ticket": change.ticket is not None})
    job = replace(job, cards=grown)
    if why:
        job = replace(job, hold=True, held_for=job.held_for or HeldFor.QUOTA)
        work.tell("job", job.id, "held", held_by_quota(why))
    return _known_by(work, job if change.ticket is None else with_ticket(work, job, change.ticket), change.sent)


def _known_by(work: Work, job: Job, sent: Sent | None) -> Job:
    """Keep what a job whose documents have all come is known by; mark it when it is like an earlier one."""
    if sent is None or is_known(work, job.id):
        return job
    remember(work, job.id, job.queue, job.ticket.user, sent)
    duplicate = like(work, job.queue, sent, job.id)
    if duplicate is not None:
        work.tell("job", job.id, "possible-duplicate", {"duplicate-of": duplicate})
    return marked(job, duplicate, sent)
