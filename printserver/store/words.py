"""By which words jobs are found again: keyed hashes alone, gone with the job's key.

Laws kept here:

1. A word of a name, a user or a department is kept as an HMAC under a key of the master key's; nobody without it learns
   a word, and the purge of a job deletes its words.
2. Words are compared without case, accents and signs; a person or department is one word, blanks and all.
"""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import delete, insert

from printserver.model.ticket import Ticket
from printserver.store.prepared import Prepared
from printserver.store.tables import job_words
from printserver.store.work import Work

MOST_WORDS = 24
_SIGNS = re.compile(r"[\W_]+")
_WORD = Prepared(insert(job_words), "word", "job")


def words_in(text: str) -> list[str]:
    """Return the words of a text, each once, as they are compared."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return list(dict.fromkeys(word for word in _SIGNS.split(bare) if word))[:MOST_WORDS]


def hashes(work: Work, *, name: str = "", user: str = "", department: str = "") -> list[bytes]:
    """Return what stands for the words of a name, a user and a department; empty ones have none."""
    told = [("name", word) for word in words_in(name)]
    told += [(field, " ".join(words_in(text))) for field, text in (("user", user), ("department", department)) if text]
    return [work.seals.word(field, word) for field, word in told]


def keep_words(work: Work, job: int, ticket: Ticket) -> None:
    """Keep by which words a job is found."""
    found = hashes(work, name=ticket.name, user=ticket.user, department=ticket.department or "")
    for word in found:
        _WORD.run(work.connection, {"word": word, "job": job})


def forget_words(work: Work, job: int) -> None:
    """Let a job be found by no word any more."""
    work.connection.execute(delete(job_words).where(job_words.c.job == job))
