"""What people do: reviews of decisions, keys, and the log of who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ESCALATED = '{"outcome":"escalated"'
"""How the text of an escalated result begins."""


def upgrade() -> None:
    """Make the tables, and let the escalated decisions that are there wait for a person."""
    op.create_table(
        "reviews",
        sa.Column(
            "result",
            _NUMBER,
            sa.ForeignKey("results.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("decided", sa.BigInteger),
        sa.Column("body", sa.Text),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("erased", sa.BigInteger),
    )
    where = sa.text("decided IS NULL")
    op.create_index(
        "reviews_waiting", "reviews", ["result"], sqlite_where=where, postgresql_where=where
    )
    op.create_table(
        "keys",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("id", _NAME, nullable=False, unique=True),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("rate", sa.Integer),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("revoked", sa.BigInteger),
    )
    op.create_table(
        "audit",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("what", _NAME, nullable=False),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    _queue()


def _queue() -> None:
    results = sa.table(
        "results", sa.column("number"), sa.column("made"), sa.column("body", sa.Text)
    )
    reviews = sa.table("reviews", sa.column("result"), sa.column("since"))
    escalated = sa.select(results.c.number, results.c.made).where(
        results.c.body.startswith(_ESCALATED)
    )
    op.execute(sa.insert(reviews).from_select(["result", "since"], escalated))
