"""A job that a client sends again: given back under its key, marked without one, and never spooled twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.errors import BadRequest, KeyReused
from printserver.model.ticket import Ticket
from printserver.queue import repeats
from printserver.queue.views import IncomingDocument, Submission
from tests.queue.queue_kit import ANNA, JPEG, world
from tests.queue.test_queue_doors import blobs

PICTURE = IncomingDocument(data=JPEG + b"a")
OTHER = IncomingDocument(data=JPEG + b"b")


def submission(document: IncomingDocument = PICTURE, key: str = "", **ticket: object) -> Submission:
    return Submission(ticket=Ticket(**ticket), documents=(document,), origin="test", client="192.0.2.7", key=key)  # type: ignore[arg-type]


def test_the_same_key_gives_the_same_job_back_and_spools_nothing(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.do(here.service.submit(submission(key="k1")))
    kept = blobs(here)
    assert here.do(here.service.submit(submission(key="k1"))).id == job.id
    assert blobs(here) == kept
    assert here.do(here.service.submit(submission(key="k2"))).id != job.id


def test_a_key_gives_its_job_back_as_it_is_now(tmp_path: Path) -> None:
    here = world(tmp_path)
    job = here.do(here.service.submit(submission(key="k1")))
    here.do(here.service.hold(job.id, ANNA))
    assert here.do(here.service.submit(submission(key="k1"))).hold


@pytest.mark.parametrize("other", [submission(OTHER, "k1"), submission(key="k1", copies=2)])
def test_another_job_under_a_key_is_refused_and_leaves_nothing(tmp_path: Path, other: Submission) -> None:
    here = world(tmp_path)
    here.do(here.service.submit(submission(key="k1")))
    kept = blobs(here)
    with pytest.raises(KeyReused):
        here.do(here.service.submit(other))
    assert blobs(here) == kept


@pytest.mark.parametrize("key", ["x" * 256, "two\nlines"])
def test_what_is_no_key_is_refused(tmp_path: Path, key: str) -> None:
    here = world(tmp_path)
    with pytest.raises(BadRequest, match="idempotency-key"):
        here.do(here.service.submit(submission(key=key)))


def test_a_job_and_its_like_through_one_door_and_another(tmp_path: Path) -> None:
    here = world(tmp_path)
    first = here.do(here.service.submit(submission()))
    incoming = Submission(ticket=Ticket(), origin="ipp", client="192.0.2.7", incoming=True)
    second = here.do(here.service.submit(incoming))
    closed = here.do(here.service.add_document(second.id, PICTURE, last=True, client="192.0.2.7"))
    assert closed.duplicate_of == first.id


def test_a_reprint_is_wanted_and_no_duplicate(tmp_path: Path) -> None:
    here = world(tmp_path)
    first = here.do(here.service.submit(submission()))
    assert here.do(here.service.reprint(first.id, ANNA)).duplicate_of is None


def test_a_default_said_aloud_is_the_same_as_one_left_out() -> None:
    assert repeats.content(Ticket(copies=1), ["a"]) == repeats.content(Ticket(queue="card"), ["a"])
    assert repeats.content(Ticket(copies=2), ["a"]) != repeats.content(Ticket(), ["a"])


digest_lists = st.lists(st.sampled_from(["a", "b", "ab", ""]), max_size=3)
tickets = st.builds(
    Ticket, copies=st.integers(1, 3), user=st.sampled_from(["eve", "anna"]), hold=st.booleans(),
    tracks=st.sampled_from([(), ("1",), ("", "1")]),
)  # fmt: skip


@given(tickets, digest_lists, tickets, digest_lists)
def test_contents_are_alike_where_ticket_and_documents_are(
    ticket: Ticket, digests: list[str], other: Ticket, others: list[str]
) -> None:
    same = (ticket, digests) == (other, others)
    assert (repeats.content(ticket, digests) == repeats.content(other, others)) is same
