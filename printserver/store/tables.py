"""The store's tables, as SQLAlchemy Core metadata: one description for every database.

Laws kept here:

1. Times are seconds since the epoch (UTC), as double; states and words are the model's own words.
2. What a client said of a person (job name, user, tracks, its own address) stands only in `jobs.ticket`, sealed
   under the job's key.
3. A row of `job_keys` never changes its size: purging overwrites the wrapped key where it lies.
4. Each question the queue asks often has its index; none of them scans the history.

    jobs        one row a job; `ticket` is sealed with its origin; after the purge, its harmless rest in clear JSON
    job_keys    the job's key, wrapped by the master key
    sendings    by what a job is known when it is sent again: only keyed hashes, see repeats.py
    job_words   by which words a job is found again: only keyed hashes, deleted by the purge, see words.py
    job_printers  which printers had a card of a job
    documents   what was sent; `blob` names the sealed bytes in the spool
    cards       one row a card; the state that `lifecycle.py` gives
    attempts    one row a try on a device;  marks: the points it passed, with their evidence
    artifacts   what is kept of a prepared card; `blob` as above
    printers    configuration as JSON;      queues: the same, with the columns that statements ask for
    journal     the chained rows;           heads: number and hash of the newest row of each node's chain
    stream      where several nodes write: the order in which all their rows became visible
    blobs       where several nodes write: the sealed documents, which a store of one node keeps in its spool
    leases      where several nodes write: which life of which node has a printer, until when, and how the printer is
    supply_counts  blanks and ribbon of each printer, as the server counts them down: see supplies.py
    upkeep      maintenance of each printer that is under way, and cards since it was cleaned: see upkeep.py
    tallies     how many cards each user and department had, by half hours; who it is, as a keyed hash alone
    cursors     how far each observer has come
    accounts    people, with the hash of their password;  tokens: programs, with the hash of their token
    facts       what the store knows of itself: the proof that the master key is the right one
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_uq",
        "ix": "%(table_name)s_%(column_0_N_name)s_ix",
    }
)


class Words(TypeDecorator[str]):
    """Text that may come from a device: PostgreSQL keeps no character 0, so its picture stands there."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        if value is None or dialect.name != "postgresql":
            return value
        return value.replace("\x00", "\N{SYMBOL FOR NULL}")


# SQLite counts by itself only in a column that is called INTEGER.
_Count = BigInteger().with_variant(Integer, "sqlite")
# Ranges of subjects are asked for byte by byte, not in a language's order.
_Subject = Text().with_variant(Text(collation="C"), "postgresql")


def _text(name: str, default: str | None = "") -> Column[str]:
    return Column(name, Words, nullable=default is None, server_default=default)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _when(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("queue", Text, ForeignKey("queues.name"), nullable=False),
    Column("state", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("ticket", LargeBinary, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("not_before", Double),
    Column("retention", Integer),
    _flag("hold"),
    Column("held_for", Text),
    _flag("cancel"),
    _flag("incoming"),
    _flag("purged"),
    _flag("claimable"),
    _flag("finished"),
    Column("duplicate_of", Integer),
    _when("created"),
    _when("changed"),
    Column("completed", Double),
    Column("version", Integer, nullable=False),
    sqlite_autoincrement=True,
)
Index("jobs_claim_ix", jobs.c.claimable, jobs.c.priority.desc(), jobs.c.id, jobs.c.queue, jobs.c.not_before)
Index("jobs_finished_ix", jobs.c.finished, jobs.c.id)
Index("jobs_state_ix", jobs.c.state, jobs.c.id)
Index("jobs_queue_ix", jobs.c.queue, jobs.c.state, jobs.c.id)
Index("jobs_created_ix", jobs.c.created, jobs.c.id)
Index("jobs_purge_ix", jobs.c.purged, jobs.c.completed)

job_keys = Table(
    "job_keys",
    metadata,
    Column("job", Integer, ForeignKey("jobs.id"), primary_key=True, autoincrement=False),
    Column("key_id", LargeBinary, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

sendings = Table(
    "sendings",
    metadata,
    Column("job", Integer, ForeignKey("jobs.id"), primary_key=True, autoincrement=False),
    Column("keyed", LargeBinary, unique=True),
    Column("content", LargeBinary, nullable=False),
    Column("likeness", LargeBinary),
    _when("at"),
)
Index("sendings_likeness_ix", sendings.c.likeness, sendings.c.at)

job_words = Table(
    "job_words",
    metadata,
    Column("word", LargeBinary, primary_key=True),
    Column("job", Integer, ForeignKey("jobs.id"), primary_key=True, autoincrement=False),
)
Index("job_words_job_ix", job_words.c.job)

job_printers = Table(
    "job_printers",
    metadata,
    Column("printer", Text, primary_key=True),
    Column("job", Integer, ForeignKey("jobs.id"), primary_key=True, autoincrement=False),
)

documents = Table(
    "documents",
    metadata,
    Column("job", Integer, ForeignKey("jobs.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("format", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("blob", Text),
)

cards = Table(
    "cards",
    metadata,
    Column("id", _Count, primary_key=True),
    Column("job", Integer, ForeignKey("jobs.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _when("changed"),
    _text("reason_code", None),
    _text("reason_detail"),
    _text("printer", None),
    _flag("unconfirmed"),
    _flag("simulated"),
    Column("front", Integer, nullable=False),
    Column("back", Integer),
    Column("front_page", Integer, nullable=False, server_default="1"),
    Column("back_page", Integer, nullable=False, server_default="1"),
    UniqueConstraint("job", "number"),
    sqlite_autoincrement=True,
)
Index("cards_state_ix", cards.c.job, cards.c.state, cards.c.number)

attempts = Table(
    "attempts",
    metadata,
    Column("id", _Count, primary_key=True),
    Column("card", _Count, ForeignKey("cards.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("printer", Text, nullable=False),
    Column("serial", Words, nullable=False),
    _when("started"),
    Column("ended", Double),
    _text("outcome", None),
    _text("reason_code", None),
    _text("reason_detail"),
    Column("never_fed", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("card", "number"),
)
Index("attempts_printer_ix", attempts.c.printer, attempts.c.started)

marks = Table(
    "marks",
    metadata,
    Column("id", _Count, primary_key=True),
    Column("attempt", _Count, ForeignKey("attempts.id"), nullable=False),
    Column("point", Text, nullable=False),
    _when("at"),
    Column("evidence", Text, nullable=False),
)
Index("marks_attempt_ix", marks.c.attempt, marks.c.id)

artifacts = Table(
    "artifacts",
    metadata,
    Column("card", _Count, ForeignKey("cards.id"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("blob", Text, nullable=False),
    _text("made_for"),
)

printers = Table(
    "printers",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("config", Text, nullable=False),
)

queues = Table(
    "queues",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("config", Text, nullable=False),
    _flag("paused"),
    Column("retention", Integer, nullable=False),
    Column("checking", Integer, nullable=False, server_default="0"),
)

journal = Table(
    "journal",
    metadata,
    Column("node", Text, primary_key=True),
    Column("id", _Count, primary_key=True, autoincrement=False),
    _when("at"),
    Column("kind", Text, nullable=False),
    Column("subject", _Subject, nullable=False),
    Column("what", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("journal_subject_ix", journal.c.subject)

heads = Table(
    "heads",
    metadata,
    Column("node", Text, primary_key=True),
    Column("id", _Count, nullable=False),
    Column("hash", Text, nullable=False),
)

stream = Table(
    "stream",
    metadata,
    Column("position", _Count, primary_key=True, autoincrement=False),
    Column("node", Text, nullable=False),
    Column("id", _Count, nullable=False),
    UniqueConstraint("node", "id"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    _when("written"),
)

leases = Table(
    "leases",
    metadata,
    Column("printer", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("life", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    _when("until"),
    Column("told", Words, nullable=False),
)

supply_counts = Table(
    "supply_counts",
    metadata,
    Column("printer", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("remaining", Integer),
    Column("loaded", Integer),
    Column("other", Integer, nullable=False),
    _when("since"),
    Column("name", Words, nullable=False),
    Column("roll", Words, nullable=False),
)

upkeep = Table(
    "upkeep",
    metadata,
    Column("printer", Text, primary_key=True),
    _flag("counted"),
    Column("used", Integer, nullable=False),
    _when("since"),
    Column("postponed", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("by", Words, nullable=False),
    Column("note", Words, nullable=False),
    _when("began"),
    Column("serial", Words, nullable=False),
    Column("counters", Text, nullable=False),
)

tallies = Table(
    "tallies",
    metadata,
    Column("who", LargeBinary, primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("holder", Text, nullable=False),
    Column("ordered", Integer, nullable=False),
    Column("good", Integer, nullable=False),
    Column("spoiled", Integer, nullable=False),
    Column("job", Integer, nullable=False),
)
Index("tallies_slot_ix", tallies.c.holder, tallies.c.slot)

cursors = Table(
    "cursors",
    metadata,
    Column("node", Text, primary_key=True),
    Column("observer", Text, primary_key=True),
    Column("event", _Count, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("secret", Text, nullable=False),
    _when("created"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    _when("created"),
)

facts = Table(
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
