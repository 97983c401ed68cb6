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
from printserver.model.job import CardState, JobState
from printserver.model.printer import Identity
from printserver.model.ticket import Sides, Ticket
from printserver.queue.carding import card_of
from printserver.queue.views import IncomingDocument, Submission
from printserver.sandbox.orders import BLOCKS, SIDES
from tests.queue.bench_printer import BenchDriver
from tests.queue.queue_kit import ANNA, JPEG, World, world

TWO = IncomingDocument(data=b"%PDF-1.7\ntwo pages", declared="application/pdf")
ONE = IncomingDocument(data=b"%PDF-1.7\none page")
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
    asked = [order for order in here.renderer.orders if order.want == {SIDES}]
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
    assert looked.want == {SIDES}
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


def test_one_side_of_two_documents_leaves_the_second_out() -> None:
    assert card_of(Ticket(sides=Sides.ONE), 2).back is None
    assert (card_of(Ticket(), 2).front, card_of(Ticket(), 2).back) == (1, 2)
