"""The tables of a store. What a migration makes and what is written here must agree; a test checks.

Texts are JSON in ASCII, so that any text fits into any database. Hashes are 32 bytes of SHA-256.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""Only an INTEGER is a row number in SQLite."""
_NAME = Text().with_variant(Text(collation="C"), "postgresql")
"""Names that are looked up by how they begin: compared byte by byte."""

_USABLE, _UNUSABLE = text("usable = 1"), text("usable = 0")
_WAITING = text("decided IS NULL")

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("id", _NAME, nullable=False, unique=True),
    Column("name", _NAME, nullable=False),
    Column("body", Text, nullable=False),  # Run
    Column("length", BigInteger, nullable=False),  # entries of its chain
    Column("head", LargeBinary, nullable=False),  # hash of the last one
)

results = Table(
    "results",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("key", _NAME, nullable=False),  # of the cell
    Column("decision", _NAME, nullable=False, unique=True),
    Column("usable", SmallInteger, nullable=False),  # 0: failed or erased
    Column("made", BigInteger, nullable=False),  # microseconds since 1970, UTC
    Column("erased", BigInteger),  # likewise
    Column("body", Text),  # Result without key and decision; gone when erased
    Column("digest", LargeBinary, nullable=False),  # of key, decision, made and body
    Column("record_digest", LargeBinary),  # of the record, where there is or was one
    Index("results_usable", "key", unique=True, sqlite_where=_USABLE, postgresql_where=_USABLE),
    Index("results_unusable", "key", sqlite_where=_UNUSABLE, postgresql_where=_UNUSABLE),
)

records = Table(
    "records",
    metadata,
    Column("result", _NUMBER, ForeignKey("results.number"), primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),  # Record without its parts, compressed JSON
    Column("parts", LargeBinary, nullable=False),  # numbers of its parts, 4 bytes each
)

parts = Table(
    "parts",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("sha256", LargeBinary, nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),  # compressed JSON
)

cells = Table(
    "cells",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("run", _NUMBER, ForeignKey("runs.number"), nullable=False),
    Column("position", BigInteger, nullable=False),  # in the run's chain, from 0
    Column("result", _NUMBER, ForeignKey("results.number"), nullable=False, index=True),
    Column("body", Text, nullable=False),  # Cell without key
    Column("digest", LargeBinary, nullable=False),  # of key and body
    Column("hash", LargeBinary, nullable=False),  # of the entry before, and of all digests
    UniqueConstraint("run", "position"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("result", _NUMBER, ForeignKey("results.number"), primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),  # when it began to wait
    Column("decided", BigInteger),  # by a person; without it the decision waits
    Column("body", Text),  # Review with a salt; gone when erased
    Column("digest", LargeBinary),  # of the body; it stands in the audit log, too
    Column("erased", BigInteger),
    Index("reviews_waiting", "result", sqlite_where=_WAITING, postgresql_where=_WAITING),
)

keys = Table(
    "keys",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("id", _NAME, nullable=False, unique=True),  # stands in the key itself
    Column("name", _NAME, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),  # of the secret, keyed with the salt
    Column("scopes", Text, nullable=False),  # JSON
    Column("rate", Integer),  # requests a minute; none for no limit
    Column("created", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("revoked", BigInteger),
)

audit = Table(
    "audit",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("what", _NAME, nullable=False),  # id of a decision or of a key
    Column("digest", LargeBinary),  # of a review
    Column("hash", LargeBinary, nullable=False),  # of the entry before, and of all this
)

writings = Table(
    "writings",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("id", _NAME, nullable=False, unique=True),
    Column("made", BigInteger, nullable=False),
    Column("body", LargeBinary),  # Writing, compressed JSON; gone when erased, or not kept
    Column("erased", BigInteger),
)
