"""Keys: who may ask for what. A key is shown once; a store holds a hash of it, never the key.

A key is `align_ID_SECRET`. The secret has 256 random bits, so it cannot be guessed from its hash,
however fast the hash is. It is hashed with BLAKE2b, keyed with a salt of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from alignkit.errors import UnknownName
from alignkit.store.audit import Deed, log
from alignkit.store.moments import now, when
from alignkit.store.people import Key, Scope
from alignkit.store.tables import keys

Open = Callable[[], AbstractContextManager[Connection]]
_PREFIX = "align"
_PARTS = 3
_ID, _SECRET, _SALT = 4, 32, 32
"""Bytes."""


class Keys:
    """The keys of a store."""

    def __init__(self, reading: Open, writing: Open) -> None:
        """Use `Store.keys`."""
        self._reading = reading
        self._writing = writing

    def create(
        self, name: str, scopes: Sequence[Scope], rate: int | None, by: str
    ) -> tuple[Key, str]:
        """A new key and its text, which nobody can learn again."""
        secret, salt = secrets.token_bytes(_SECRET), secrets.token_bytes(_SALT)
        created = now()
        key = Key(secrets.token_hex(_ID), name, tuple(scopes), rate, when(created), by)
        row = {
            "id": key.id,
            "name": name,
            "salt": salt,
            "hash": _hash(secret, salt),
            "scopes": json.dumps(list(scopes)),
            "rate": rate,
            "created": created,
            "created_by": by,
        }
        with self._writing() as connection:
            connection.execute(insert(keys), row)
            log(connection, [Deed(by, "key", key.id)])
        return key, f"{_PREFIX}_{key.id}_{secret.hex()}"

    def all(self) -> list[Key]:
        """All keys, the oldest first, with those that were revoked."""
        with self._reading() as connection:
            return [_key(row) for row in connection.execute(select(keys).order_by(keys.c.number))]

    def find(self, text: str) -> Key | None:
        """The key whose text this is; None where there is none, or it was revoked."""
        parts = text.strip().split("_")
        if len(parts) != _PARTS or parts[0] != _PREFIX:
            return None
        try:
            secret = bytes.fromhex(parts[2])
        except ValueError:
            return None
        with self._reading() as connection:
            row = connection.execute(select(keys).where(keys.c.id == parts[1])).one_or_none()
        if row is None or not hmac.compare_digest(_hash(secret, row.salt), row.hash):
            return None
        return None if row.revoked is not None else _key(row)

    def named(self, key_id: str) -> Key | None:
        """The key with this id, unless it was revoked."""
        query = select(keys).where(keys.c.id == key_id, keys.c.revoked.is_(None))
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _key(row)

    def revoke(self, name: str, by: str) -> list[Key]:
        """Let the key with this id, or all that are called so, open nothing any more.

        Raises:
            UnknownName: there is none, or it was revoked before.
        """
        with self._writing() as connection:
            gone = connection.execute(
                update(keys)
                .where(or_(keys.c.id == name, keys.c.name == name), keys.c.revoked.is_(None))
                .values(revoked=now())
                .returning(keys)
            ).all()
            log(connection, [Deed(by, "revoke", row.id) for row in gone])
            if gone:
                return [_key(row) for row in gone]
            left = connection.execute(select(keys).where(keys.c.revoked.is_(None))).all()
        known = [word for row in left for word in (row.id, row.name)]
        raise UnknownName("key", name, known, "`align keys list` shows them.")


def _hash(secret: bytes, salt: bytes) -> bytes:
    return hashlib.blake2b(secret, digest_size=32, key=salt, person=b"align key").digest()


def _key(row: Any) -> Key:  # noqa: ANN401  a row
    return Key(
        row.id,
        row.name,
        tuple(json.loads(row.scopes)),
        row.rate,
        when(row.created),
        row.created_by,
        None if row.revoked is None else when(row.revoked),
    )
