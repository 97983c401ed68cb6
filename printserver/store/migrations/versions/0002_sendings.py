"""What a job is known by when it is sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("duplicate_of", sa.Integer(), nullable=True))
    op.create_table(
        "sendings",
        sa.Column("job", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("keyed", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("likeness", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("sendings_job_fk")),
        sa.PrimaryKeyConstraint("job", name=op.f("sendings_pk")),
        sa.UniqueConstraint("keyed", name=op.f("sendings_keyed_uq")),
    )
    op.create_index("sendings_likeness_ix", "sendings", ["likeness", "at"])
