"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("core",)
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SUBJECT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _places()
    _jobs()
    _cards()
    _journal()


def _places() -> None:
    op.create_table(
        "printers",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("printers_pk")),
        sa.UniqueConstraint("name", name=op.f("printers_name_uq")),
    )
    op.create_table(
        "queues",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("retention", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("queues_pk")),
        sa.UniqueConstraint("name", name=op.f("queues_name_uq")),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=True),
        sa.Column("retention", sa.Integer(), nullable=True),
        sa.Column("hold", sa.Boolean(), nullable=False),
        sa.Column("cancel", sa.Boolean(), nullable=False),
        sa.Column("incoming", sa.Boolean(), nullable=False),
        sa.Column("purged", sa.Boolean(), nullable=False),
        sa.Column("claimable", sa.Boolean(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.Column("completed", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["queue"], ["queues.name"], name=op.f("jobs_queue_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("jobs_pk")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "jobs_claim_ix",
        "jobs",
        ["claimable", sa.literal_column("priority DESC"), "id", "queue", "not_before"],
        unique=False,
    )
    op.create_index("jobs_finished_ix", "jobs", ["finished", "id"], unique=False)
    op.create_index("jobs_purge_ix", "jobs", ["purged", "completed"], unique=False)
    op.create_index("jobs_queue_ix", "jobs", ["queue", "state", "id"], unique=False)
    op.create_index("jobs_state_ix", "jobs", ["state", "id"], unique=False)
    op.create_table(
        "job_keys",
        sa.Column("job", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("job_keys_job_fk")),
        sa.PrimaryKeyConstraint("job", name=op.f("job_keys_pk")),
    )
    op.create_table(
        "documents",
        sa.Column("job", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("documents_job_fk")),
        sa.PrimaryKeyConstraint("job", "number", name=op.f("documents_pk")),
    )


def _cards() -> None:
    op.create_table(
        "cards",
        sa.Column("id", COUNT, nullable=False),
        sa.Column("job", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_detail", sa.Text(), server_default="", nullable=False),
        sa.Column("printer", sa.Text(), nullable=True),
        sa.Column("unconfirmed", sa.Boolean(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("front", sa.Integer(), nullable=False),
        sa.Column("back", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("cards_job_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("cards_pk")),
        sa.UniqueConstraint("job", "number", name=op.f("cards_job_number_uq")),
        sqlite_autoincrement=True,
    )
    op.create_index("cards_state_ix", "cards", ["job", "state", "number"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", COUNT, nullable=False),
        sa.Column("card", COUNT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["card"], ["cards.id"], name=op.f("attempts_card_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("attempts_pk")),
        sa.UniqueConstraint("card", "number", name=op.f("attempts_card_number_uq")),
    )
    op.create_table(
        "marks",
        sa.Column("id", COUNT, nullable=False),
        sa.Column("attempt", COUNT, nullable=False),
        sa.Column("point", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.id"], name=op.f("marks_attempt_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("marks_pk")),
    )
    op.create_index("marks_attempt_ix", "marks", ["attempt", "id"], unique=False)
    op.create_table(
        "artifacts",
        sa.Column("card", COUNT, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("made_for", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["card"], ["cards.id"], name=op.f("artifacts_card_fk")),
        sa.PrimaryKeyConstraint("card", "kind", name=op.f("artifacts_pk")),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("id", COUNT, autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", SUBJECT, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("node", "id", name=op.f("journal_pk")),
    )
    op.create_index("journal_subject_ix", "journal", ["subject"], unique=False)
    op.create_table(
        "heads",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("id", COUNT, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("heads_pk")),
    )
    op.create_table(
        "cursors",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("observer", sa.Text(), nullable=False),
        sa.Column("event", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("node", "observer", name=op.f("cursors_pk")),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("facts_pk")),
    )
