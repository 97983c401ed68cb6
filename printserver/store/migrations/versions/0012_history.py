"""By what jobs are found again: keyed hashes of their words, their printers, and when they came."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_words",
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.Column("job", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("job_words_job_fk")),
        sa.PrimaryKeyConstraint("word", "job", name=op.f("job_words_pk")),
    )
    op.create_index("job_words_job_ix", "job_words", ["job"])
    op.create_table(
        "job_printers",
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("job", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("job_printers_job_fk")),
        sa.PrimaryKeyConstraint("printer", "job", name=op.f("job_printers_pk")),
    )
    op.execute(sa.text(
        "INSERT INTO job_printers (printer, job) SELECT DISTINCT printer, job FROM cards WHERE printer IS NOT NULL"
    ))  # fmt: skip
    op.create_index("jobs_created_ix", "jobs", ["created", "id"])
