"""Sealed things and their end: document and artefact names, job keys, the purge.

Laws kept here:

1. A spool name is forgotten here before its file is deleted; what is lost between the two is swept, never read.
2. Purging overwrites the wrapped key in its place; nothing of the job can be opened again, in no copy that has no key.
3. Nothing is purged while a card is not final, or within the time in which its queue's cards are looked at.
4. What a document's decoding said of it goes with the document; what devices and people said stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, case, delete, insert, select, union_all, update

from printserver.errors import BadRequest, DocumentPurged, NotPossibleNow, UnknownCard, UnknownJob
from printserver.model.job import Job
from printserver.store.contract import Artifact, ArtifactKind
from printserver.store.loading import load_job
from printserver.store.sealing import WRAPPED_BYTES, WrappedKey, harmless
from printserver.store.tables import artifacts, attempts, cards, documents, job_keys, jobs, queues
from printserver.store.words import forget_words
from printserver.store.work import Work

DAY_SECONDS, HOUR_SECONDS = 86_400, 3600


def job_key(work: Work, job: int) -> bytes:
    """Return a job's key; raises UnknownJob or DocumentPurged."""
    wanted = select(jobs.c.purged, job_keys.c.key_id, job_keys.c.wrapped).join_from(jobs, job_keys)
    row = work.connection.execute(wanted.where(jobs.c.id == job)).one_or_none()
    if row is None:
        raise UnknownJob(f"there is no job {job}")
    if row.purged:
        raise DocumentPurged()
    return work.seals.unwrap(WrappedKey(row.key_id, row.wrapped))


def document_blob(work: Work, job: int, number: int) -> str:
    """Return the spool name of a document; raises UnknownJob, BadRequest, DocumentPurged."""
    job_key(work, job)
    wanted = select(documents.c.blob).where(documents.c.job == job, documents.c.number == number)
    blob: str | None = work.connection.execute(wanted).scalar()
    if blob is None:
        raise BadRequest(f"job {job} has no document {number}")
    return blob


def put_artifact(work: Work, job: int, card: int, artifact: Artifact) -> str | None:
    """Keep a piece of a prepared card; returns the name it replaces. Raises DocumentPurged for a purged job."""
    job_key(work, job)
    card_id = _card_id(work, job, card)
    former = _forget(work, card_id, [artifact.kind])
    work.connection.execute(insert(artifacts).values(
        card=card_id, kind=artifact.kind, blob=artifact.blob, made_for=artifact.made_for
    ))  # fmt: skip
    return former[0] if former else None


def artifact(work: Work, job: int, card: int, kind: ArtifactKind) -> Artifact | None:
    """Return a kept piece, None when there is none."""
    its_row = (artifacts.c.card == _card_id(work, job, card), artifacts.c.kind == kind)
    row = work.connection.execute(select(artifacts).where(*its_row)).one_or_none()
    return None if row is None else Artifact(kind=ArtifactKind(row.kind), blob=row.blob, made_for=row.made_for)


def drop_artifacts(work: Work, job: int, card: int, kinds: Sequence[ArtifactKind]) -> list[str]:
    """Forget pieces; returns the names that are free now."""
    return _forget(work, _card_id(work, job, card), kinds)


def _forget(work: Work, card_id: int, kinds: Sequence[ArtifactKind]) -> list[str]:
    its_rows = (artifacts.c.card == card_id, artifacts.c.kind.in_(kinds))
    return list(work.connection.execute(delete(artifacts).where(*its_rows).returning(artifacts.c.blob)).scalars())


def _card_id(work: Work, job: int, number: int) -> int:
    its_row = (cards.c.job == job, cards.c.number == number)
    found: int | None = work.connection.execute(select(cards.c.id).where(*its_row)).scalar()
    if found is None:
        load_job(work, job)
        raise UnknownCard(f"job {job} has no card {number}")
    return found


def purge(work: Work, job: int, by: str = "", note: str = "") -> list[str]:
    """Throw a job's key and sealed ticket away; returns the names that are free now."""
    found = load_job(work, job, lock=True)
    if found.purged:
        return []
    check_over(work, found)
    work.connection.execute(
        update(jobs)
        .where(jobs.c.id == job)
        .values(ticket=harmless(found.ticket), purged=True, version=found.version + 1, changed=work.now)
    )
    work.connection.execute(update(job_keys).where(job_keys.c.job == job).values(wrapped=bytes(WRAPPED_BYTES)))
    work.tell("job", job, "purged", {"by": by, "note": note} if by else {})
    _forget_contents(work, job)
    forget_words(work, job)
    return _free_blobs(work, job)


def check_over(work: Work, job: Job) -> None:
    """Raise NotPossibleNow for a job that is not over, or whose cards are within their checking time."""
    if not job.state.final or job.completed is None:
        raise NotPossibleNow(f"job {job.id} is {job.state}", allowed="jobs that are over")
    hours = work.connection.execute(select(queues.c.checking).where(queues.c.name == job.queue)).scalar_one()
    until = job.completed + hours * HOUR_SECONDS
    if until > work.now:
        moment = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds")
        raise NotPossibleNow(
            f"the cards of job {job.id} are within their checking time until {moment}", allowed="jobs after that time"
        )


def _forget_contents(work: Work, job: int) -> None:
    """Take away what tells a document again, and what was said of cards that came to no device (law 4)."""
    work.connection.execute(update(documents).where(documents.c.job == job).values(sha256=""))
    tried = select(attempts.c.card).where(attempts.c.card == cards.c.id).exists()
    work.connection.execute(update(cards).where(cards.c.job == job, ~tried).values(reason_detail=""))


def _free_blobs(work: Work, job: int) -> list[str]:
    its_documents = (documents.c.job == job, documents.c.blob.is_not(None))
    free = list(work.connection.execute(select(documents.c.blob).where(*its_documents)).scalars())
    work.connection.execute(update(documents).where(*its_documents).values(blob=None))
    its_cards = select(cards.c.id).where(cards.c.job == job)
    gone = delete(artifacts).where(artifacts.c.card.in_(its_cards)).returning(artifacts.c.blob)
    return [*free, *work.connection.execute(gone).scalars()]


def purgeable(work: Work, limit: int, job: int | None = None) -> list[int]:
    """Return final jobs whose retention, the shorter one of ticket and queue, has passed; the longest over first.

    The queue's checking time must have passed too. `job` = this one alone.
    """
    days = case((jobs.c.retention < queues.c.retention, jobs.c.retention), else_=queues.c.retention)
    wanted = (
        select(jobs.c.id)
        .join_from(jobs, queues)
        .where(
            jobs.c.purged.is_(False), jobs.c.completed + days * DAY_SECONDS <= work.now,
            jobs.c.completed + queues.c.checking * HOUR_SECONDS <= work.now,
        )
        .order_by(jobs.c.completed, jobs.c.id)
        .limit(limit)
    )  # fmt: skip
    if job is not None:
        wanted = wanted.where(jobs.c.id == job)
    return list(work.connection.execute(wanted).scalars())


def all_blobs(connection: Connection) -> frozenset[str]:
    """Return every spool name that is still referred to."""
    named = union_all(select(documents.c.blob).where(documents.c.blob.is_not(None)), select(artifacts.c.blob))
    return frozenset(connection.execute(named).scalars())
