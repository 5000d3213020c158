"""Texts that models wrote in conversations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "writings",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("id", _NAME, nullable=False, unique=True),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("erased", sa.BigInteger),
    )
