"""How many hours a queue's finished cards are looked at before anything of them may be thrown away."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("checking", sa.Integer(), nullable=False, server_default="0"))
