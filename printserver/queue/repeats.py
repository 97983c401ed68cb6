"""By what a job is known when a client sends it again.

Laws kept here:

1. Two jobs are alike when all their documents and all their options are, byte for byte; a default said aloud is
   the same as a default left out, so that a newer version's further options make no job another one.
2. A wish to print a job again is known by the wish: it stays the same when the old job has changed, or its documents
   are thrown away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from printserver.errors import BadRequest
from printserver.model.printer import QueueConfig
from printserver.model.ticket import Ticket
from printserver.queue.views import Submission
from printserver.store.contract import Sent

LONGEST_KEY = 255


def sent(submission: Submission, digests: Sequence[str], queue: QueueConfig) -> Sent:
    """Return what a submission is known by; `digests` are its documents' SHA-256. Raises BadRequest for its key."""
    key = submission.key
    if len(key) > LONGEST_KEY or not key.isprintable():
        allowed = f"1 to {LONGEST_KEY} printable characters"
        raise BadRequest("is no idempotency key", where="idempotency-key", allowed=allowed)
    told = submission.content or content(submission.ticket, digests)
    return Sent(content=told, key=key, client=submission.client, duplicates=queue.duplicates)


def content(ticket: Ticket, digests: Sequence[str]) -> str:
    """Return what tells one job's options and documents from another's: 64 hexadecimal digits."""
    usual = Ticket()
    said = {name: value for name, value in msgspec.structs.asdict(ticket).items() if value != getattr(usual, name)}
    said.pop("queue", None)  # the queue is compared by itself, also where the ticket leaves it to the default
    told = msgspec.json.encode([said, list(digests)], order="deterministic")
    return hashlib.sha256(told).hexdigest()


def content_of_reprint(job: int, copies: int | None, changes: Mapping[str, object]) -> str:
    """Return what tells one wish to print a job again from another; whose it is tells the key's owner already."""
    said = {name: value for name, value in changes.items() if name not in ("queue", "user")}
    told = msgspec.json.encode(["reprint", job, {"copies": copies, **said}], order="deterministic")
    return hashlib.sha256(told).hexdigest()
