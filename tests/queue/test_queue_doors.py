"""What comes in at the door: taken whole or refused whole, with a reason, and nothing left behind."""

from pathlib import Path

import msgspec
import pytest

from printserver.errors import (
    BadTicket,
    DocumentEmpty,
    DocumentFormatUnsupported,
    DocumentPurged,
    NotAllowed,
    NotPossibleNow,
    StoreFull,
    UnknownCard,
    UnknownQueue,
    UnsupportedByPrinter,
)
from printserver.model.card import Side
from printserver.model.job import CardState, JobState
from printserver.model.ticket import Overlay, Sides, Ticket
from printserver.queue.backlog import INCOMING_SECONDS
from printserver.queue.retention import Retention
from printserver.queue.views import IncomingDocument, Submission
from tests.queue.queue_kit import ANNA, JPEG, World, config, world

PICTURE = IncomingDocument(data=JPEG + b"a")


def blobs(here: World) -> int:
    """Count the files that lie in the spool."""
    return sum(path.is_file() for path in (here.folder / "spool").rglob("*"))


REFUSED = [
    (Ticket(), (IncomingDocument(data=b""),), DocumentEmpty, ""),
    (Ticket(), (), DocumentEmpty, ""),
    (Ticket(), (IncomingDocument(data=b"hello"),), DocumentFormatUnsupported, ""),
    (Ticket(), (IncomingDocument(data=JPEG, declared="image/png"),), DocumentFormatUnsupported, ""),
    (Ticket(), (PICTURE,) * 201, BadTicket, "documents"),
    (Ticket(queue="other"), (PICTURE,), UnknownQueue, "queue"),
    (Ticket(ribbon="GOLD"), (PICTURE,), BadTicket, "ribbon"),
    (Ticket(ribbon="KO"), (PICTURE,), UnsupportedByPrinter, "ribbon"),
    (Ticket(tracks=("123",)), (PICTURE,), UnsupportedByPrinter, "tracks"),
    (Ticket(stock="wood"), (PICTURE,), UnsupportedByPrinter, "stock"),
    (Ticket(), (PICTURE, PICTURE), UnsupportedByPrinter, "sides"),
    (Ticket(photo_areas=("all of it",)), (PICTURE,), BadTicket, "photo-areas"),
    (Ticket(overlay=Overlay.AREAS), (PICTURE,), BadTicket, "overlay-areas"),
    (Ticket(colour_keys=("S=#C0C0C0",)), (PICTURE,), UnsupportedByPrinter, "colour-keys"),
]


@pytest.mark.parametrize(("ticket", "documents", "error", "where"), REFUSED)
def test_what_is_refused_leaves_nothing(
    tmp_path: Path, ticket: Ticket, documents: tuple[IncomingDocument, ...], error: type[Exception], where: str
) -> None:
    here = world(tmp_path)
    with pytest.raises(error) as refusal:
        here.do(here.service.submit(Submission(ticket=ticket, documents=documents)))
    assert getattr(refusal.value, "where", "") == where
    assert here.jobs() == ()
    assert blobs(here) == 0


def test_a_second_document_is_a_second_card_where_one_side_is_wanted(tmp_path: Path) -> None:
    here = world(tmp_path)
    submission = Submission(ticket=Ticket(sides=Sides.ONE, hold=True), documents=(PICTURE, PICTURE))
    cards = here.do(here.service.submit(submission)).cards
    assert [(card.front, card.back) for card in cards] == [(1, None), (2, None)]


def test_a_store_that_is_full_leaves_no_document_behind(tmp_path: Path) -> None:
    here = world(tmp_path)

    def before(name: str) -> None:
        if name == "add_job":
            raise StoreFull

    here.life.keeper.before = before
    with pytest.raises(StoreFull):
        here.submit()
    assert blobs(here) == 0


def test_validation_keeps_nothing_and_asks_the_gate(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.do(here.service.validate(Submission(ticket=Ticket(), documents=(PICTURE,))))
    assert here.jobs() == ()

    def closed(submission: Submission) -> bool:
        raise NotAllowed("not today")

    here.gate = closed
    with pytest.raises(NotAllowed, match="not today"):
        here.do(here.service.validate(Submission(ticket=Ticket())))
    with pytest.raises(NotAllowed, match="not today"):
        here.submit()
    assert here.jobs() == ()


def test_a_gate_may_hold(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.gate = lambda submission: True
    assert here.submit().state is JobState.HELD


# documents that come one by one


def test_a_job_waits_for_its_last_document(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(), incoming=True)))
    job = here.do(here.service.add_document(job.id, PICTURE, last=False))
    here.run(20)
    assert here.job(job).state is JobState.HELD
    here.do(here.service.add_document(job.id, None, last=True))
    here.run_until(here.in_state(job, CardState.DONE))
    with pytest.raises(NotPossibleNow):
        here.do(here.service.add_document(job.id, PICTURE, last=True))


def test_a_job_whose_documents_never_come_is_given_up(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(), incoming=True)))
    here.run(INCOMING_SECONDS - 10)
    assert here.life.backlog.overdue(here.wall()) == []
    here.run(20)
    here.do(here.service.give_up_overdue(here.life.backlog.overdue(here.wall())))
    assert here.job(job).state is JobState.CANCELED
    assert here.life.backlog.overdue(here.wall()) == []


def test_a_further_document_that_the_store_refuses_leaves_nothing(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(), incoming=True)))

    def before(name: str) -> None:
        if name == "apply":
            raise StoreFull

    here.life.keeper.before = before
    with pytest.raises(StoreFull):
        here.do(here.service.add_document(job.id, PICTURE, last=True))
    assert blobs(here) == 0
    assert here.job(job).incoming


# once more, and no more


def test_a_reprint_is_a_new_job_that_names_the_old_one(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(copies=2)
    here.run_until(lambda: here.job(job).state.final)
    again = here.do(here.service.reprint(job.id, ANNA, copies=1))
    assert again.ticket.reprint_of == job.id
    here.run_until(lambda: here.job(again).state.final)
    assert here.out() == 3


def test_what_was_purged_is_printed_no_more(tmp_path: Path) -> None:
    here = world(tmp_path, retention=0)
    job = here.submit()
    here.run_until(lambda: here.job(job).state.final)
    here.run(60)
    here.do(Retention(here.life.keeper).purge())
    assert here.job(job).purged
    assert blobs(here) == 0
    for work in (here.service.reprint(job.id, ANNA), here.service.reject(job.id, 1, ANNA),
                 here.service.preview(job.id, 1, Side.FRONT)):  # fmt: skip
        with pytest.raises(DocumentPurged):
            here.do(work)


def test_a_side_that_is_not_printed_has_no_picture(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.submit(hold=True)
    with pytest.raises(UnknownCard):
        here.do(here.service.preview(job.id, 1, Side.BACK))
    with pytest.raises(UnknownCard):
        here.do(here.service.preview(job.id, 7, Side.FRONT))


# how many wait


def test_a_queue_counts_its_jobs_that_are_not_final(tmp_path: Path) -> None:
    here = world(tmp_path)
    held, job = here.submit("a", hold=True), here.submit("b")
    assert here.service.queue("card").waiting == 2
    here.run_until(lambda: here.job(job).state.final)
    assert here.service.queue("card").waiting == 1
    here.kill()
    assert here.service.queue("card").waiting == 1
    here.do(here.service.reject(job.id, 1, ANNA))
    assert here.service.queue("card").waiting == 2
    here.do(here.service.cancel(held.id, ANNA))
    here.run(30)
    assert here.service.queue("card").waiting == 0


def test_a_ticket_keeps_every_word(tmp_path: Path) -> None:
    here = world(tmp_path, config(ribbon="KO"))
    ticket = Ticket(name="badge", user="anna", priority=7, ribbon="ko", hold=True)
    job = here.do(here.service.submit(Submission(ticket=ticket, documents=(PICTURE,), origin="test")))
    assert msgspec.structs.replace(job.ticket) == ticket
    assert job.origin == "test"
