"""What the server counts of each printer's blanks and ribbon; the attempts of a printer are found by their time."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supply_counts",
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("loaded", sa.Integer(), nullable=True),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roll", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("printer", "kind", name=op.f("supply_counts_pk")),
    )
    op.add_column("attempts", sa.Column("never_fed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("attempts_printer_ix", "attempts", ["printer", "started"])
