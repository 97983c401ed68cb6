"""A card job at the job service: its own ticket, one card, and what cannot be printed refused before it is a job."""

from pathlib import Path

import pytest

from printserver.errors import BadCardjob, BadTicket, PrintServerError, UnsupportedByPrinter
from printserver.model.cardjob import CardjobFacts, CardjobMember, read_manifest
from printserver.model.job import Job, JobState
from printserver.model.ticket import KMode, Sides, Ticket
from printserver.queue.views import IncomingDocument, Submission
from printserver.sandbox.orders import BLOCKS, PAGES
from printserver.store.contract import JobQuery
from tests.queue.queue_kit import ANNA, JPEG, World, world
from tests.queue.test_queue_pages import duplex

CARDJOB = IncomingDocument(data=b"PK\x03\x04 a card job", declared="application/vnd.printserver.cardjob+zip")
PICTURE = IncomingDocument(data=JPEG + b"a")
MANIFEST = b"[ticket]\nname = 'Badge'\nk-mode = 'text'\ncopies = 2\nhold = true\npriority = 70\n"


def told(here: World, manifest: bytes = MANIFEST, sides: int = 1, names: tuple[str, ...] = ()) -> None:
    """Have the worker say this of a card job."""
    found, said = read_manifest(manifest)
    members = tuple(CardjobMember(name=name, size=1) for name in names)
    here.renderer.facts = CardjobFacts(manifest=found, said=said, sides=sides, members=members)


def sent(here: World, *documents: IncomingDocument, said: tuple[str, ...] = (), **keys: object) -> Job:
    ticket = Ticket(**keys)  # type: ignore[arg-type]  # a ticket's keys
    return here.do(here.service.submit(Submission(ticket=ticket, documents=documents, said=said)))


def test_a_card_job_is_printed_by_its_own_ticket(tmp_path: Path) -> None:
    here = duplex(tmp_path)
    told(here, sides=2)
    job = sent(here, CARDJOB, user="sari")
    ticket = job.ticket
    assert (ticket.name, ticket.k_mode, ticket.copies, ticket.priority, ticket.user) == (
        "Badge", KMode.TEXT, 2, 70, "sari"
    )  # fmt: skip
    assert [(card.front, card.back, card.front_page, card.back_page) for card in job.cards] == [(1, 1, 1, 2)] * 2
    assert job.state is JobState.HELD
    assert [order.want for order in here.renderer.orders] == [{PAGES}]
    here.do(here.service.release(job.id, ANNA))
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    printed = [order for order in here.renderer.orders if BLOCKS in order.want]
    assert [(order.front, order.back, order.ticket.k_mode) for order in printed] == [
        (CARDJOB.data, None, KMode.TEXT)
    ] * 2  # fmt: skip


def test_what_the_client_said_itself_counts(tmp_path: Path) -> None:
    here = world(tmp_path)
    told(here)
    job = sent(here, CARDJOB, said=("copies", "hold"))
    assert (len(job.cards), job.hold, job.ticket.k_mode) == (1, False, KMode.TEXT)


def test_a_reprint_is_as_it_was_asked_for_and_not_as_the_file_says(tmp_path: Path) -> None:
    here = world(tmp_path)
    told(here)
    job = sent(here, CARDJOB, said=("hold",))
    here.run_until(lambda: here.job(job).state is JobState.COMPLETED)
    again = here.do(here.service.reprint(job.id, ANNA, copies=1))
    assert (len(again.cards), again.ticket.k_mode, again.hold) == (1, KMode.TEXT, False)


def opened(here: World, **keys: object) -> Job:
    ticket = Ticket(**keys)  # type: ignore[arg-type]  # a ticket's keys
    return here.do(here.service.submit(Submission(ticket=ticket, incoming=True, said=tuple(keys))))


@pytest.mark.parametrize("together", [True, False])
def test_a_card_job_that_comes_into_an_open_job_gives_it_its_ticket(tmp_path: Path, together: bool) -> None:
    here = world(tmp_path)
    told(here)
    job = opened(here, copies=1)
    job = here.do(here.service.add_document(job.id, CARDJOB, last=together))
    if not together:
        job = here.do(here.service.add_document(job.id, None, last=True))
    assert (job.ticket.name, job.ticket.copies, job.ticket.priority, len(job.cards)) == ("Badge", 1, 70, 1)
    assert (job.state, job.hold) == (JobState.HELD, True)
    assert here.job(job) == job
    listed = here.life.keeper.store.jobs(JobQuery()).jobs
    assert [each.ticket for each in listed] == [job.ticket]


def test_plugins_are_asked_about_the_ticket_that_is_printed(tmp_path: Path) -> None:
    for incoming in (False, True):
        here = world(tmp_path / str(incoming))
        told(here)
        asked: list[Ticket] = []

        def gate(submission: Submission, asked: list[Ticket] = asked) -> bool:
            asked.append(submission.ticket)
            return True

        here.service._acceptance._gate = gate
        if incoming:
            job = here.do(here.service.add_document(opened(here).id, CARDJOB, last=True))
        else:
            job = sent(here, CARDJOB, said=("hold",))
        assert asked[-1].name == "Badge"
        assert job.hold


REFUSED: list[tuple[bytes, int, dict[str, object], type[PrintServerError], str]] = [
    (MANIFEST, 2, {}, UnsupportedByPrinter, "sides"),
    (b"tracks = ['A']", 1, {}, UnsupportedByPrinter, "tracks"),
    (b"[ticket]\nribbon = 'GOLD'", 1, {}, BadTicket, "ribbon"),
    (b"", 2, {"sides": Sides.ONE}, BadTicket, "sides"),
    (b"", 1, {"pages": ("1-1",)}, BadTicket, "pages"),
]


@pytest.mark.parametrize(("manifest", "sides", "keys", "kind", "where"), REFUSED)
def test_what_the_printer_cannot_do_is_refused_before_it_is_a_job(
    tmp_path: Path, manifest: bytes, sides: int, keys: dict[str, object], kind: type[PrintServerError], where: str
) -> None:
    here = world(tmp_path)
    told(here, manifest, sides)
    with pytest.raises(kind) as refused:
        sent(here, CARDJOB, said=tuple(keys), **keys)
    assert refused.value.where == where
    assert here.jobs() == ()
    assert not any(path.is_file() for path in (tmp_path / "spool").rglob("*"))


@pytest.mark.parametrize(("names", "where"), [
    (("front.png", "front.s.png"), "front.s"), (("front.png", "front.o.png"), "front.o"),
    (("front.png", "front.k.png"), "front.*"),
])  # fmt: skip
def test_own_panels_that_no_ribbon_has_are_refused_before_they_are_a_job(
    tmp_path: Path, names: tuple[str, ...], where: str
) -> None:
    here = world(tmp_path)
    told(here, b"", names=names)
    with pytest.raises(UnsupportedByPrinter) as refused:
        sent(here, CARDJOB)
    assert refused.value.where == where
    assert here.jobs() == ()
    told(here, b"", names=("front.k.png",))
    assert len(sent(here, CARDJOB).cards) == 1


@pytest.mark.parametrize("documents", [(CARDJOB, PICTURE), (PICTURE, CARDJOB), (CARDJOB, CARDJOB)])
def test_a_card_job_goes_alone(tmp_path: Path, documents: tuple[IncomingDocument, ...]) -> None:
    here = duplex(tmp_path)
    told(here)
    with pytest.raises(BadCardjob, match="a whole job"):
        sent(here, *documents)
    job = opened(here)
    here.do(here.service.add_document(job.id, documents[0], last=False))
    with pytest.raises(BadCardjob, match="a whole job"):
        here.do(here.service.add_document(job.id, documents[1], last=True))


def test_a_worker_that_says_nothing_of_a_card_job_has_failed(tmp_path: Path) -> None:
    here = world(tmp_path)
    with pytest.raises(PrintServerError) as refused:
        sent(here, CARDJOB)
    assert refused.value.code == "worker-failed"
