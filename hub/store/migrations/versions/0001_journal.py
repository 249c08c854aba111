"""The journals of the stores as the hub keeps them: events, cursors, quarantine, presence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.Text()


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "events",
        sa.Column("store", _WORDS, primary_key=True),
        sa.Column("epoch", _NUMBER, primary_key=True),
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("kind", _WORDS, nullable=False),
        sa.Column("at_ms", _NUMBER),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "cursors",
        sa.Column("store", _WORDS, primary_key=True),
        sa.Column("epoch", _NUMBER, primary_key=True),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("received_ms", _NUMBER, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "quarantine",
        sa.Column("store", _WORDS, primary_key=True),
        sa.Column("epoch", _NUMBER, primary_key=True),
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("code", _WORDS, nullable=False),
        sa.Column("detail", _WORDS, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "presence",
        sa.Column("store", _WORDS, primary_key=True),
        sa.Column("last_seen_ms", _NUMBER, nullable=False),
        sqlite_strict=True,
    )
