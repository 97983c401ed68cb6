"""Which pages of its documents a card is, and a ticket that comes with a document: any store keeps both."""

from printserver.model.job import JobState
from printserver.model.ticket import Ticket
from printserver.store.contract import AddCards, AddDocument, JobStore, JobWish, NewCard, NewJob
from tests.contract.store_kit import KEY, PRINTER, a_document


def test_a_card_names_pages_of_its_documents(store: JobStore) -> None:
    cards = (NewCard(front=1, front_page=3, back=1, back_page=4), NewCard(front=1, front_page=5))
    job = store.add_job(NewJob(queue="card", ticket=Ticket(), key=KEY, documents=(a_document(),), cards=cards))
    assert [(each.front_page, each.back, each.back_page) for each in job.cards] == [(3, 1, 4), (5, None, 1)]
    assert [each.sides for each in job.cards] == [2, 1]
    assert job.impressions == 3
    assert store.job(job.id) == job


def test_an_incoming_job_is_given_the_ticket_that_its_document_brings(store: JobStore) -> None:
    opened = Ticket(user="sari", copies=1)
    new = NewJob(queue="card", ticket=opened, key=KEY, incoming=True, said=("copies",), origin="ipp here")
    job = store.add_job(new)
    assert store.job(job.id).said == ("copies",)
    brought = Ticket(user="sari", name="Badge", priority=70, hold=True, retention=3, not_before=2_000_000.0)
    cards = AddCards((NewCard(),), ticket=brought)
    job = store.apply(job.id, [AddDocument(a_document()), cards, JobWish(incoming=False)])
    assert (job.ticket, job.hold, job.state, job.said) == (brought, True, JobState.HELD, ("copies",))
    assert (job.origin, store.job(job.id)) == ("ipp here", job)
    store.apply(job.id, [JobWish(hold=False)])
    assert store.claim(PRINTER, ("card",)) is None, "not before its time"
