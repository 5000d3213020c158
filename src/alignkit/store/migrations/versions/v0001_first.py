"""The first tables: runs, cells, results, records, parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("id", _NAME, nullable=False, unique=True),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("length", sa.BigInteger, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "results",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("decision", _NAME, nullable=False, unique=True),
        sa.Column("usable", sa.SmallInteger, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("erased", sa.BigInteger),
        sa.Column("body", sa.Text),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("record_digest", sa.LargeBinary),
    )
    for name, usable in (("results_usable", True), ("results_unusable", False)):
        where = sa.text(f"usable = {int(usable)}")
        op.create_index(
            name, "results", ["key"], unique=usable, sqlite_where=where, postgresql_where=where
        )
    op.create_table(
        "records",
        sa.Column(
            "result",
            _NUMBER,
            sa.ForeignKey("results.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("parts", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "parts",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("sha256", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "cells",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("run", _NUMBER, sa.ForeignKey("runs.number"), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("result", _NUMBER, sa.ForeignKey("results.number"), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("run", "position"),
    )
    op.create_index("ix_cells_result", "cells", ["result"])
