"""When people are written to.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("addresses", sa.Column("contacted_at", UtcDateTime))
    op.create_table(
        "rhythms",
        sa.Column("person_id", sa.Text, sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("days", sa.Text, nullable=False),
        sa.Column("next_at", UtcDateTime),
        sa.Column("paused_until", UtcDateTime),
        sa.Column("unanswered", sa.Integer, nullable=False),
        sa.Column("contacted_at", UtcDateTime),
        sa.Column("text", sa.Integer, nullable=False),
        sa.Column("claimed_until", UtcDateTime),
        sa.Index("ix_rhythms_next", "next_at"),
        sqlite_with_rowid=False,
    )
