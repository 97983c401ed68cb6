"""Documents of several pages: looked into at the door by a worker, and a card whose sides are one document."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from printserver.driver import Confirms, Driver
from printserver.errors import (
    BadTicket,
    DocumentLocked,
    DocumentTooLarge,
    PrintServerError,
    UnsupportedByPrinter,
    WorkerFailed,
)
from printserver.model.card import PanelName, Ribbon, Side
from printserver.model.job import CardState, Job, JobState
from printserver.model.printer import Identity
from printserver.model.ticket import Sides, Ticket
from printserver.queue.carding import MAX_CARDS, cards_of
from printserver.queue.views import IncomingDocument, Submission
from printserver.sandbox.orders import BLOCKS, PAGES
from tests.queue.bench_printer import BenchDriver
from tests.queue.queue_kit import ANNA, JPEG, World, world

TWO = IncomingDocument(data=b"%PDF-1.7\ntwo pages", declared="application/pdf")
ONE = IncomingDocument(data=b"%PDF-1.7\none page")
THREE = IncomingDocument(data=b"%PDF-1.7\nthree pages")
FOUR = IncomingDocument(data=b"%PDF-1.7\nfour pages")
PICTURE = IncomingDocument(data=JPEG + b"a")


def two_sided(confirms: Confirms) -> Driver:
    """The bench's driver, of a printer that prints both sides with its ribbon."""
    driver = BenchDriver(confirms)
    ribbon = Ribbon("K", (PanelName.K,), back=(PanelName.K,))
    can = replace(driver.capabilities(Identity(family="bench", model="one")), duplex=True, ribbons=(ribbon,))
    driver.capabilities = lambda identity: can  # type: ignore[method-assign]  # a test's own printer
    return driver


def duplex(folder: Path) -> World:
    return world(folder, driver=two_sided)


def sent(here: World, *documents: IncomingDocument, **keys: object) -> list[tuple[int, int | None]]:
    """Send a held job; return front and back of its cards."""
    ticket = msgspec.convert({"hold": True, **keys}, Ticket)
    job = here.do(here.service.submit(Submission(ticket=ticket, documents=documents)))
    return [(card.front, card.back) for card in job.cards]


def test_two_pages_of_one_document_are_front_and_back_of_each_copy(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    assert sent(here, TWO, copies=2) == [(1, 1), (1, 1)]
    assert sent(here, ONE) == [(1, None)]
    asked = [order for order in here.renderer.orders if order.want == {PAGES}]
    assert [(order.front, order.back) for order in asked] == [(TWO.data, None), (ONE.data, None)]


def test_a_picture_is_not_looked_into(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    assert sent(here, PICTURE, PICTURE) == [(1, 2)]
    assert here.renderer.orders == []
    with pytest.raises(BadTicket):
        sent(here, PICTURE, pages=["2-2"])


def test_the_worker_is_given_the_document_once_with_the_ticket_s_ranges(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(pages=("3-4",)), documents=(TWO,))))
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    looked, printed = here.renderer.orders[:2]
    assert looked.want == {PAGES}
    assert looked.ticket.pages == ("3-4",)
    assert BLOCKS in printed.want
    assert (printed.front, printed.back, printed.ticket.pages) == (TWO.data, None, ("3-4",))


def test_the_back_of_a_card_that_is_one_document_has_a_preview(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    here.renderer.composites = {Side.FRONT: b"a front", Side.BACK: b"a back"}
    job = here.do(here.service.submit(Submission(ticket=Ticket(hold=True), documents=(TWO,))))
    assert here.do(here.service.preview(job.id, 1, Side.BACK)) == b"a back"


def test_ranges_among_documents_are_not_asked_of_the_chosen_one_again(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    assert sent(here, PICTURE, ONE, pages=["2-2"]) == [(2, None)]
    [order] = here.renderer.orders
    assert (order.front, order.back, order.ticket.pages) == (ONE.data, None, ())


def test_two_pages_are_refused_at_the_door_where_one_side_is_printed(tmp_path: Path) -> None:
    here = world(tmp_path)
    with pytest.raises(UnsupportedByPrinter) as refused:
        sent(here, TWO)
    assert refused.value.where == "sides"
    assert here.jobs() == ()


@pytest.mark.parametrize("error", [DocumentLocked(), DocumentTooLarge("the document has 3 pages"), WorkerFailed()])
def test_what_the_worker_says_is_the_answer_and_leaves_nothing(tmp_path: Path, error: PrintServerError) -> None:
    here = duplex(tmp_path)
    here.renderer.faults.append(error)
    with pytest.raises(type(error)):
        sent(here, TWO)
    assert here.jobs() == ()
    assert not any(path.is_file() for path in (tmp_path / "spool").rglob("*"))


@pytest.mark.parametrize("together", [True, False])
def test_a_document_that_is_sent_to_an_open_job_is_looked_into_when_it_is_closed(
    tmp_path: Path, together: bool
) -> None:
    here = duplex(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(hold=True), documents=(), incoming=True)))
    job = here.do(here.service.add_document(job.id, TWO, last=together))
    if not together:
        assert here.renderer.orders == []
        job = here.do(here.service.add_document(job.id, None, last=True))
    assert [(card.front, card.back) for card in job.cards] == [(1, 1)]


def test_a_last_document_that_the_worker_refuses_cancels_its_job(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(), documents=(), incoming=True)))
    here.renderer.faults.append(DocumentLocked())
    with pytest.raises(DocumentLocked):
        here.do(here.service.add_document(job.id, TWO, last=True))
    assert (here.job(job).state, here.job(job).cards) == (JobState.CANCELED, ())


def test_a_reprint_has_both_sides_again(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(), documents=(TWO,))))
    here.run_until(here.in_state(job, CardState.DONE))
    again = here.do(here.service.reprint(job.id, ANNA))
    assert [(card.front, card.back) for card in again.cards] == [(1, 1)]


def four(**keys: object) -> Submission:
    """A held job of one document of four pages."""
    return Submission(ticket=msgspec.convert({"hold": True, **keys}, Ticket), documents=(FOUR,))


def sides_of(job: Job) -> list[tuple[tuple[int, int], tuple[int, int] | None]]:
    """Return document and page of the front and back of each card."""
    return [
        ((card.front, card.front_page), None if card.back is None else (card.back, card.back_page))
        for card in job.cards
    ]


def test_each_two_pages_of_a_document_are_a_card(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    job = here.do(here.service.submit(four()))
    assert sides_of(job) == [((1, 1), (1, 2)), ((1, 3), (1, 4))]
    here.do(here.service.release(job.id, ANNA))
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    printed = [order for order in here.renderer.orders if BLOCKS in order.want]
    assert [(order.pages, order.front, order.back) for order in printed] == [
        ((1, 2), FOUR.data, None), ((3, 4), FOUR.data, None)
    ]  # fmt: skip


def test_of_an_odd_number_of_pages_the_last_card_has_no_back(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(), documents=(THREE,))))
    assert sides_of(job) == [((1, 1), (1, 2)), ((1, 3), None)]
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    assert [order.pages for order in here.renderer.orders if BLOCKS in order.want] == [(1, 2), (3,)]


def test_one_sided_each_page_is_a_card_also_where_a_printer_has_one_side(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.do(here.service.submit(four(sides="one-sided")))
    assert sides_of(job) == [((1, 1), None), ((1, 2), None), ((1, 3), None), ((1, 4), None)]
    job = here.do(here.service.submit(Submission(ticket=Ticket(sides=Sides.ONE), documents=(PICTURE, PICTURE))))
    assert sides_of(job) == [((1, 1), None), ((2, 1), None)]


def test_documents_follow_one_another_page_by_page(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(), documents=(PICTURE, TWO, ONE, PICTURE, PICTURE))))
    assert sides_of(job) == [((1, 1), (2, 1)), ((2, 2), (3, 1)), ((4, 1), (5, 1))]
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    printed = [order for order in here.renderer.orders if BLOCKS in order.want]
    assert [(order.front, order.back, order.pages) for order in printed] == [
        (PICTURE.data, TWO.data, (1, 1)), (TWO.data, ONE.data, (2, 1)), (PICTURE.data, PICTURE.data, (1, 1)),
    ]  # fmt: skip


def test_ranges_choose_among_the_pages_of_all_documents(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    ticket = Ticket(pages=("2-3", "5-9"))
    job = here.do(here.service.submit(Submission(ticket=ticket, documents=(PICTURE, FOUR, PICTURE))))
    assert sides_of(job) == [((2, 1), (2, 2)), ((2, 4), (3, 1))]


def test_copies_are_made_of_the_whole_set(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    job = here.do(here.service.submit(four(copies=2)))
    assert [each[0][1] for each in sides_of(job)] == [1, 3, 1, 3]
    job = here.do(here.service.submit(four(copies=5, proof=1)))
    assert len(job.cards) == 2


def test_more_cards_than_a_job_may_have_are_refused(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    with pytest.raises(BadTicket) as refused:
        here.do(here.service.submit(four(copies=MAX_CARDS)))
    assert (refused.value.where, refused.value.allowed) == ("copies", "1 to 5000")
    with pytest.raises(DocumentTooLarge, match="1001 pages"):
        cards_of(Ticket(), [(1, page) for page in range(1001)])
    assert here.jobs() == ()


def test_more_documents_than_a_job_may_have_are_refused(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    with pytest.raises(BadTicket, match="201 documents"):
        here.do(here.service.submit(Submission(ticket=Ticket(), documents=(PICTURE,) * 201)))


def test_documents_that_come_one_by_one_are_cards_when_the_last_has_come(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    job = here.do(here.service.submit(Submission(ticket=Ticket(hold=True), documents=(), incoming=True)))
    for document in (PICTURE, PICTURE, TWO):
        job = here.do(here.service.add_document(job.id, document, last=document is TWO))
    assert sides_of(job) == [((1, 1), (2, 1)), ((3, 1), (3, 2))]


def test_what_a_card_of_many_shows_are_its_own_pages(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    here.renderer.composites = {Side.FRONT: b"a front", Side.BACK: b"a back"}
    job = here.do(here.service.submit(four()))
    here.do(here.service.preview(job.id, 2, Side.BACK))
    assert here.renderer.orders[-1].pages == (3, 4)


def test_a_look_into_a_document_waits_behind_every_card(tmp_path: Path) -> None:
    here = world(tmp_path)
    submission = Submission(ticket=Ticket(priority=100, hold=True, sides=Sides.ONE), documents=(TWO,))
    here.do(here.service.submit(submission))
    assert here.renderer.priorities == [0]
