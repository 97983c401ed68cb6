"""Which pages of its documents a card's sides are."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("front_page", "back_page"):
        op.add_column("cards", sa.Column(name, sa.Integer(), nullable=False, server_default="1"))
    # so far a document that was both sides of a card was so with the first two pages that were chosen
    op.execute("UPDATE cards SET back_page = 2 WHERE back = front")
