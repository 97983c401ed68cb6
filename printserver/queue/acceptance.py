"""How a job is accepted: what a door brought is checked, kept on disk, and then becomes a row with its cards.

Laws kept here:

1. A job is accepted when its documents and its row are on disk, not before.
2. What a door brought and the store did not take leaves nothing behind in the spool.
3. The same job under the same key, also at the same moment, is accepted once.
4. Nobody is told that the store was busy, and nothing is thrown away, while the job may have been accepted all the
   same: then the store is asked until it answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from printserver.documents.format import Format
from printserver.errors import (
    DocumentEmpty,
    NotAccepting,
    PrintServerError,
    StoreBusy,
)
from printserver.model.cardjob import joined
from printserver.model.holding import HeldFor
from printserver.model.job import Document, Job
from printserver.model.printer import QueueConfig
from printserver.queue import repeats
from printserver.queue.admission import (
    check_alone,
    check_count,
    check_kept,
    check_ticket,
    early_sides,
    format_of,
    formats_of,
    name_of,
)
from printserver.queue.allotment import Allotment
from printserver.queue.board import Board
from printserver.queue.carding import Carding
from printserver.queue.preparation import Preparation
from printserver.queue.storekeeper import Storekeeper
from printserver.queue.views import IncomingDocument, Submission
from printserver.store.blob_spool import BlobSpool
from printserver.store.contract import (
    AddCards,
    AddDocument,
    AlreadyAccepted,
    Change,
    JobWish,
    NewCard,
    NewDocument,
    NewJob,
)


class Acceptance:
    """Takes submissions, and further documents of jobs whose documents come one by one."""

    def __init__(self, *, keeper: Storekeeper, board: Board, preparation: Preparation, new_key: Callable[[], bytes],
                 gate: Callable[[Submission], bool], formats: tuple[Format, ...],
                 apply: Callable[[int, Sequence[Change]], Awaitable[Job]], allotment: Allotment) -> None:
        """Take the parts it works on; `apply` changes a job that is in the store and wakes who prints it."""
        self._allotment = allotment
        self._keeper, self._board, self._preparation = keeper, board, preparation
        self._carding = Carding(board, preparation, formats)
        self._new_key, self._gate, self._formats, self._apply = new_key, gate, formats, apply

    async def submit(self, submission: Submission) -> Job:
        """Accept a job, or return the one that its owner has sent to this queue under the same key."""
        if (former := await self.sent_before(submission)) is not None:
            return former
        with self._allotment.place(submission.client) as keep:
            job = await self._accepted(submission)
            keep(job.id)
            return job

    async def _accepted(self, submission: Submission) -> Job:
        queue, formats = self._check(submission)
        if not submission.documents and not submission.incoming:
            raise DocumentEmpty("the job has no document")
        given = submission  # by what it is known when it comes again, before anything is joined to it
        submission, cards = await self._carded(submission, queue, formats)
        submission = replace(submission, ticket=self._board.quotas.placed(submission.ticket, queue))
        key, documents = self._new_key(), list[NewDocument]()
        try:
            for document, kind in zip(submission.documents, formats, strict=True):
                documents.append(await self._keep(key, document, kind))
            new = NewJob(
                queue=queue.name, ticket=submission.ticket, key=key, origin=submission.origin,
                documents=tuple(documents), cards=cards, incoming=submission.incoming,
                sent=repeats.sent(given, [each.sha256 for each in documents], queue),
                hold=queue.hold_new or queue.attended, held_for=HeldFor.RELEASE if queue.attended else None,
                said=submission.said, by=submission.by.name, note=submission.by.reason,
                limits=self._board.limits(submission.ticket),
            )
            return await self._added(new)
        except AlreadyAccepted as before:  # the same job came twice at the same time
            await self._drop(documents)
            return await self._job(before.job)
        except PrintServerError:
            await self._drop(documents)
            raise

    async def _added(self, new: NewJob) -> Job:
        try:
            return await self._keeper.write(self._keeper.store.add_job, new)
        except StoreBusy as error:
            number = await self._taken_all_the_same(error, new.documents)
            if number is None:
                raise
        return await self._keeper.insist(self._keeper.store.job, number)

    async def _taken_all_the_same(self, error: PrintServerError, documents: Sequence[NewDocument]) -> int | None:
        """Return the job that has these documents, None where the store has refused them for certain.

        Without documents nothing can be asked about, and nothing printed.
        """
        if not (isinstance(error, StoreBusy) and error.unsure and documents):
            return None
        return await self._keeper.insist_on_disk(self._keeper.spool.job_of, documents[-1].blob)

    async def sent_before(self, submission: Submission) -> Job | None:
        """Return the job that its owner has sent to this queue under the same key; raises KeyReused, BadRequest."""
        if not submission.key:
            return None
        queue = self._board.queue_config(submission.ticket.queue)
        data = [document.data for document in submission.documents]
        digests = await self._keeper.on_disk(lambda: [digest(each) for each in data])
        sent = repeats.sent(submission, digests, queue)
        number = await self._keeper.read(self._keeper.store.sent_before, queue.name, submission.ticket.user, sent)
        return None if number is None else await self._job(number)

    async def _drop(self, documents: Sequence[NewDocument]) -> None:
        """Take documents of a job that was not accepted out of the spool; what stays is swept at the next start."""
        with suppress(PrintServerError):
            await self._keeper.on_disk(self._keeper.spool.remove, [document.blob for document in documents])

    async def _carded(
        self, submission: Submission, queue: QueueConfig, kinds: Sequence[str]
    ) -> tuple[Submission, tuple[NewCard, ...]]:
        """Return a submission with the ticket that it is printed by, which the gate is asked about, and its cards."""

        async def fetch(number: int) -> bytes:
            return submission.documents[number - 1].data

        if submission.incoming:
            return self._gated(submission), ()
        facts = await self._carding.facts(submission.ticket, kinds, fetch)
        if facts is not None:
            submission = replace(submission, ticket=joined(submission.ticket, submission.said, facts))
        submission = self._gated(submission)
        return submission, await self._carding.cards(queue, submission.ticket, kinds, fetch, facts)

    def _gated(self, submission: Submission) -> Submission:
        held, ticket = self._gate(submission), submission.ticket
        queue = self._board.queue_config(ticket.queue)
        if held or (ticket.hold_until and (queue.hold_new or queue.attended)):
            return replace(submission, ticket=replace(ticket, hold=True, hold_until=None))
        return replace(submission, ticket=replace(ticket, hold=True)) if ticket.hold_until else submission

    def validate(self, submission: Submission) -> None:
        """Check a job without keeping anything of it."""
        self._check(submission)
        self._gate(submission)

    def _check(self, submission: Submission) -> tuple[QueueConfig, list[str]]:
        queue = self._board.queue_config(submission.ticket.queue)
        if not queue.accepting:
            raise NotAccepting(f"queue {queue.name} takes no new jobs")
        formats = formats_of(submission.documents, self._formats)
        sides = early_sides(submission.ticket, len(formats))
        check_ticket(submission.ticket, sides, self._board.candidates(queue))
        check_kept(submission.ticket, queue)
        return queue, formats

    async def _keep(self, key: bytes, document: IncomingDocument, kind: str) -> NewDocument:
        blob, sha256 = await self._keeper.on_disk(keep_document, self._keeper.spool, key, document.data)
        return NewDocument(format=kind, size=len(document.data), sha256=sha256, blob=blob)

    async def add_document(
        self, known: Job, document: IncomingDocument | None, *, last: bool, client: str = ""
    ) -> Job:
        """Take a further document of an incoming job; with `last` its cards are made and it may be printed."""
        further = [] if document is None else [await self._further(known, document)]
        changes: list[Change] = [AddDocument(each, len(known.documents) + 1) for each in further]
        try:
            if last:
                data = None if document is None else document.data
                changes += await self._close_job(known, [*known.documents, *further], data, client)
            return await self._apply(known.id, changes) if changes else known
        except PrintServerError as error:
            if (taken := await self._added_all_the_same(error, known, further)) is not None:
                return taken
            await self._drop(further)
            raise

    async def _added_all_the_same(
        self, error: PrintServerError, known: Job, further: Sequence[NewDocument]
    ) -> Job | None:
        """Return the job that was changed although the answer was lost, None where it was not for certain.

        Changing nothing waits for the job's row: after that no change of it is on its way any more.
        """
        if not (isinstance(error, StoreBusy) and error.unsure):
            return None
        job = await self._keeper.until_answered(partial(self._apply, known.id, []))
        if further:
            return None if await self._taken_all_the_same(error, further) is None else job
        return None if job.incoming else job

    async def _further(self, job: Job, document: IncomingDocument) -> NewDocument:
        count = len(job.documents) + 1
        check_count(count)
        kind = format_of(document, self._formats, name_of(count) if count > 1 else "")
        check_alone([*(each.format for each in job.documents), kind])
        queue = self._board.queue_config(job.queue)
        check_ticket(job.ticket, early_sides(job.ticket, count), self._board.candidates(queue))
        key = await self._keeper.read(self._keeper.store.job_key, job.id)
        return await self._keep(key, document, kind)

    async def _close_job(
        self, job: Job, documents: Sequence[Document | NewDocument], last: bytes | None, client: str
    ) -> list[Change]:
        """`last` is the document that has just come, where one has."""
        if not documents:
            raise DocumentEmpty("the job has no document")
        kinds, digests = [each.format for each in documents], [each.sha256 for each in documents]
        submission = Submission(ticket=job.ticket, client=client)
        queue = self._board.queue_config(job.queue)
        sent = repeats.sent(submission, digests, queue)

        async def fetch(number: int) -> bytes:
            return await self._preparation.document(job.id, number) if last is None or number < len(kinds) else last

        facts = await self._carding.facts(job.ticket, kinds, fetch)
        ticket = None
        if facts is not None:
            ticket = self._gated(replace(submission, ticket=joined(job.ticket, job.said, facts))).ticket
        used = ticket or job.ticket
        cards = await self._carding.cards(queue, used, kinds, fetch, facts)
        added = AddCards(cards, sent, ticket, documents=len(kinds), limits=self._board.limits(used))
        return [added, JobWish(incoming=False)]

    async def _job(self, number: int) -> Job:
        return await self._keeper.read(self._keeper.store.job, number)


def digest(data: bytes) -> str:
    """Return a document's SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def keep_document(spool: BlobSpool, key: bytes, data: bytes) -> tuple[str, str]:
    """Keep a document; return its name in the spool and its digest. Both take their time: not for the reactor."""
    return spool.write(key, data, document=True), digest(data)
