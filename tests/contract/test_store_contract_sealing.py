"""What every store promises of sealed things: who can read them, and that nobody can after the purge."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from printserver.errors import BadRequest, DocumentPurged, NotPossibleNow, StoreDamaged, UnknownCard, UnknownJob
from printserver.lifecycle import CardEvent
from printserver.model.job import JobState, Reason
from printserver.model.printer import QueueConfig
from printserver.model.ticket import Ticket
from printserver.store import Spool
from printserver.store.contract import (
    AddCards,
    AddDocument,
    Artifact,
    ArtifactKind,
    CardStep,
    JobQuery,
    JobStore,
    JobWish,
    NewCard,
    NewDocument,
    NewJob,
)
from tests.contract.store_kit import PRINTED, PRINTER, Shelf, a_document, a_job, broken_link, led

KEY_OF_EVE = bytes(range(100, 132))
PLANTED = (b"Eve Example", b"eve-at-desk", b"B4929000000006", b"10.9.8.7", b"a photo of Eve")
DAY = 86_400


@dataclass
class Planted:
    """A finished job full of what must not be found, and its document in a spool."""

    job: int
    spool: Spool
    blob: str


@pytest.fixture
def planted(store: JobStore, tmp_path: Path) -> Planted:
    spool = Spool(tmp_path / "spool")
    blob = spool.write(KEY_OF_EVE, b"a photo of Eve" * 1000)
    ticket = Ticket(name="Eve Example", user="eve-at-desk", tracks=("B4929000000006",), ribbon="YMCKO", copies=1)
    document = NewDocument(format="image/png", size=14000, sha256="0f" * 32, blob=blob)
    new = NewJob(
        queue="card", ticket=ticket, key=KEY_OF_EVE, origin="ipp 10.9.8.7", documents=(document,), cards=(NewCard(),)
    )
    job = led(store, store.add_job(new), *PRINTED)
    return Planted(job.id, spool, blob)


def test_the_key_and_the_name_give_the_document(store: JobStore, planted: Planted) -> None:
    key, blob = store.job_key(planted.job), store.document_blob(planted.job, 1)
    assert planted.spool.read(key, blob) == b"a photo of Eve" * 1000
    with pytest.raises(BadRequest):
        store.document_blob(planted.job, 2)


def test_what_is_personal_stands_nowhere_in_the_clear(
    store: JobStore, planted: Planted, shelf: Shelf, tmp_path: Path
) -> None:
    everything = shelf.files() + b"".join(path.read_bytes() for path in (tmp_path / "spool").iterdir())
    assert [text for text in PLANTED if text in everything] == []
    assert KEY_OF_EVE not in everything
    told = repr(store.events(0, 1000)).encode()
    assert [text for text in PLANTED if text in told] == []


def test_the_same_name_is_known_again_only_under_the_same_key(store: JobStore) -> None:
    def told(key: bytes, ticket: Ticket) -> tuple[object, object]:
        row = store.job_events(store.add_job(a_job(ticket, key=key)).id)[0]
        return row.data["name"], row.data["user"]

    eve = told(KEY_OF_EVE, Ticket(name="eve", user="eve"))
    assert eve == told(KEY_OF_EVE, Ticket(name="eve", user="eve"))
    assert eve[0] != eve[1]
    assert set(eve).isdisjoint(told(bytes(32), Ticket(name="eve", user="eve")))


def test_the_purge_leaves_nothing_that_could_be_opened(store: JobStore, planted: Planted, shelf: Shelf) -> None:
    wrapped = wrapped_key(shelf, planted.job)
    assert wrapped in shelf.files()
    assert store.purge(planted.job) == [planted.blob]
    planted.spool.remove([planted.blob])
    left = shelf.files()
    assert wrapped not in left
    assert [text for text in PLANTED if text in left] == []
    picture = Artifact(kind=ArtifactKind.FRONT, blob="0" * 32)
    for lost in (
        lambda: store.job_key(planted.job),
        lambda: store.document_blob(planted.job, 1),
        lambda: store.put_artifact(planted.job, 1, picture),
    ):
        with pytest.raises(DocumentPurged):
            lost()


def wrapped_key(shelf: Shelf, job: int) -> bytes:
    """Find a job's wrapped key behind the store's back: the bytes that must go."""
    [[wrapped]] = shelf.rows(f"SELECT wrapped FROM job_keys WHERE job = {job}")
    assert isinstance(wrapped, bytes)
    assert len(wrapped) == 60
    return wrapped


def test_a_purged_job_stays_in_the_history_without_persons(store: JobStore, planted: Planted, shelf: Shelf) -> None:
    store.purge(planted.job)
    job = store.job(planted.job)
    assert (job.purged, job.state, job.name, job.ticket.user, job.ticket.tracks, job.origin) == (
        True, JobState.COMPLETED, "", "", (), "",
    )  # fmt: skip
    assert (job.ticket.ribbon, len(job.cards), len(job.documents)) == ("YMCKO", 1, 1)
    assert store.jobs(JobQuery()).jobs == (job,)
    assert store.job_events(job.id)[-1].what == "purged"
    assert store.purge(job.id) == []
    assert broken_link(store) is None
    store.close()
    again = shelf.open()
    assert again.job(job.id) == job
    again.close()


def test_nothing_is_purged_before_it_is_over(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), CardEvent.RENDER)
    with pytest.raises(NotPossibleNow):
        store.purge(job.id)
    assert store.job_key(job.id)


def test_a_job_may_be_purged_when_its_retention_has_passed(store: JobStore, shelf: Shelf) -> None:
    store.put_queue(QueueConfig(name="badge", printers=(PRINTER,), retention=1), "anna")
    for ticket, queue in ((Ticket(), "card"), (Ticket(), "badge"), (Ticket(retention=0), "card")):
        led(store, store.add_job(a_job(ticket, queue=queue)), *PRINTED)
    store.add_job(a_job(Ticket(retention=0)))
    assert store.purgeable(10) == [3]
    shelf.clock.now += DAY
    assert store.purgeable(10) == [2, 3]
    shelf.clock.now += 6 * DAY
    assert (store.purgeable(10), store.purgeable(2)) == ([1, 2, 3], [1, 2])
    store.purge(2)
    assert store.purgeable(10) == [1, 3]


def test_no_ticket_keeps_documents_longer_than_the_queue_in_which_its_job_is_now(store: JobStore, shelf: Shelf) -> None:
    job = led(store, store.add_job(a_job(Ticket(retention=5))), *PRINTED)
    store.put_queue(QueueConfig(name="card", printers=(PRINTER,), retention=2), "anna")
    shelf.clock.now += 2 * DAY - 1
    assert store.purgeable(10) == []
    shelf.clock.now += 1
    assert store.purgeable(10) == [job.id]


def test_nothing_is_purged_within_the_checking_time_and_a_rejected_card_begins_it_anew(
    store: JobStore, shelf: Shelf
) -> None:
    store.put_queue(QueueConfig(name="badge", printers=(PRINTER,), retention=0, checking_hours=24), "anna")
    job = led(store, store.add_job(a_job(queue="badge")), *PRINTED)
    shelf.clock.now += DAY - 1
    for refused in (store.purge, partial(store.purge, try_only=True)):
        with pytest.raises(NotPossibleNow, match="within their checking time until 1"):
            refused(job.id)
    assert store.purgeable(10) == []
    job = led(store, store.job(job.id), CardEvent.REJECT, CardEvent.RETRY, *PRINTED)
    shelf.clock.now += 1
    assert store.purgeable(10) == []
    shelf.clock.now += DAY - 1
    assert store.purgeable(10) == store.purgeable(10, job.id) == [job.id]
    assert store.purgeable(10, job.id + 1) == []
    assert store.purge(job.id, try_only=True) == []
    assert store.purgeable(10) == [job.id]
    assert store.purge(job.id)


def test_who_wanted_a_purge_and_why_is_in_the_journal(store: JobStore, planted: Planted) -> None:
    store.purge(planted.job, "office", "asked for")
    row = store.job_events(planted.job)[-1]
    assert (row.what, row.data) == ("purged", {"by": "office", "note": "asked for"})


def test_what_tells_a_document_again_goes_with_it(store: JobStore) -> None:
    whole = a_document()
    job = store.add_job(NewJob(queue="card", ticket=Ticket(), key=KEY_OF_EVE, incoming=True))
    store.apply(job.id, [AddDocument(whole)])
    failed = store.apply(job.id, [AddCards((NewCard(),)), JobWish(incoming=False)])
    failed = led(store, failed, CardEvent.RENDER)
    step = CardStep(number=1, version=failed.cards[0].version, event=CardEvent.FAIL,
                    reason=Reason("document-format-error", "what it says in it"))  # fmt: skip
    store.apply(job.id, [step])
    assert store.job(job.id).documents[0].sha256 == whole.sha256
    store.purge(job.id)
    left = store.job(job.id)
    assert (left.documents[0].sha256, left.cards[0].reason) == ("", Reason("document-format-error"))
    told = repr([(event.what, event.data) for event in store.job_events(job.id)])
    assert "document-added" in told
    assert whole.sha256 not in told
    assert "what it says" not in told


def test_pieces_of_a_prepared_card_are_kept_replaced_and_dropped(store: JobStore) -> None:
    job = store.add_job(a_job(copies=2))
    front = Artifact(kind=ArtifactKind.FRONT, blob="a" * 32, made_for="evolis:primacy:YMCKO")
    newer = Artifact(kind=ArtifactKind.FRONT, blob="b" * 32)
    assert store.artifact(job.id, 1, ArtifactKind.FRONT) is None
    assert store.put_artifact(job.id, 1, front) is None
    assert store.artifact(job.id, 1, ArtifactKind.FRONT) == front
    assert store.artifact(job.id, 2, ArtifactKind.FRONT) is None
    assert store.put_artifact(job.id, 1, newer) == "a" * 32
    store.put_artifact(job.id, 1, Artifact(kind=ArtifactKind.BLOCKS, blob="c" * 32))
    assert {"b" * 32, "c" * 32} < store.blobs()
    assert "a" * 32 not in store.blobs()
    assert store.drop_artifacts(job.id, 1, [ArtifactKind.FRONT, ArtifactKind.BACK]) == ["b" * 32]
    assert store.artifact(job.id, 1, ArtifactKind.FRONT) is None
    with pytest.raises(UnknownCard):
        store.put_artifact(job.id, 3, front)
    with pytest.raises(UnknownJob):
        store.artifact(99, 1, ArtifactKind.FRONT)


def test_the_purge_frees_documents_and_artefacts(store: JobStore) -> None:
    job = led(store, store.add_job(a_job()), *PRINTED)
    other = store.add_job(a_job())
    store.put_artifact(job.id, 1, Artifact(kind=ArtifactKind.FRONT, blob="a" * 32))
    document = store.document_blob(job.id, 1)
    assert store.blobs() == {document, "a" * 32, store.document_blob(other.id, 1)}
    assert sorted(store.purge(job.id)) == sorted([document, "a" * 32])
    assert store.blobs() == {store.document_blob(other.id, 1)}


@pytest.mark.parametrize("tampering", [
    "UPDATE jobs SET ticket = (SELECT ticket FROM jobs WHERE id = 2) WHERE id = 1",
    "UPDATE job_keys SET wrapped = (SELECT wrapped FROM job_keys WHERE job = 2) WHERE job = 1",
    "UPDATE jobs SET ticket = zeroblob(5) WHERE id = 1",
    "UPDATE jobs SET state = 'invented' WHERE id = 1",
    "UPDATE jobs SET reasons = 'none' WHERE id = 1",
    "UPDATE cards SET state = 'invented' WHERE job = 1",
])  # fmt: skip
def test_what_was_put_in_anothers_place_is_damage(store: JobStore, shelf: Shelf, tampering: str) -> None:
    store.add_job(a_job())
    store.add_job(a_job())
    assert shelf.change(tampering) == 1
    with pytest.raises(StoreDamaged):
        store.job(1)
    assert store.job(2).id == 2
