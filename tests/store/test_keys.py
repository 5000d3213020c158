"""Keys are shown once, kept as hashes, and open nothing once they are revoked."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignkit.errors import UnknownName
from alignkit.store import Store


def test_a_key_is_found_by_its_text_alone(store: Store) -> None:
    key, text = store.keys.create("ann", ["read", "review"], 60, "ida")
    assert store.keys.find(text) == store.keys.named(key.id) == key
    assert store.keys.all() == [key]
    assert (key.name, key.scopes, key.rate, key.created_by) == (
        "ann",
        ("read", "review"),
        60,
        "ida",
    )
    changed = text[:-1] + ("0" if text[-1] != "0" else "1")
    for wrong in (changed, text[:-2], text + "00", key.id, "", "align_x_y", f"align_{key.id}_zz"):
        assert store.keys.find(wrong) is None


def test_scopes_allow_what_they_say_and_admin_everything(store: Store) -> None:
    ann, _ = store.keys.create("ann", ["read"], None, "ida")
    ida, _ = store.keys.create("ida", ["admin"], None, "ida")
    assert ann.allows("read")
    assert not ann.allows("review")
    assert ida.allows("review")
    assert ida.allows("decide")


def test_a_revoked_key_opens_nothing(store: Store) -> None:
    key, text = store.keys.create("ann", ["read"], None, "ida")
    other, other_text = store.keys.create("bo", ["read"], None, "ida")
    [gone] = store.keys.revoke("ann", "ida")
    assert gone.id == key.id
    assert gone.revoked is not None
    assert not gone.allows("read")
    assert store.keys.find(text) is store.keys.named(key.id) is None
    assert store.keys.find(other_text) == other
    with pytest.raises(UnknownName, match="ann"):
        store.keys.revoke("ann", "ida")
    log = [(one.action, one.what) for one in reversed(store.log.entries())]
    assert log == [("key", key.id), ("key", other.id), ("revoke", key.id)]


def test_no_file_of_the_store_holds_the_key(store: Store, file: Path, url: str) -> None:
    _, text = store.keys.create("ann", ["read"], None, "ida")
    secret = text.rpartition("_")[2]
    if url.startswith("postgresql"):
        with store._reading() as connection:
            rows = connection.exec_driver_sql("SELECT keys::text FROM keys").scalars().all()
        assert rows
        assert not any(secret in row for row in rows)
        return
    store.close()
    for path in file.parent.glob("align.db*"):
        held = path.read_bytes()
        assert secret.encode() not in held
        assert bytes.fromhex(secret) not in held


def test_equal_secrets_would_have_other_hashes(store: Store) -> None:
    for name in ("ann", "bo"):
        store.keys.create(name, ["read"], None, "ida")
    with store._reading() as connection:
        salts = connection.exec_driver_sql("SELECT salt FROM keys").scalars().all()
    assert len({bytes(salt) for salt in salts}) == 2
