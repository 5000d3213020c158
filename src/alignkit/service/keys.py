"""Keys of a server: made, listed, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from alignkit.errors import InvalidSetting
from alignkit.store import Key, Scope, Store

SCOPES: tuple[Scope, ...] = get_args(Scope)
"""All that a key can be made for."""
_LONGEST = 100


@dataclass(frozen=True)
class NewKey:
    """A key that was just made, with its text, which nobody can learn again."""

    key: Key
    text: str


def create_key(store: Store, name: str, scopes: Sequence[str], rate: int | None, by: str) -> NewKey:
    """A new key, kept as a hash.

    Args:
        store: where it is kept; the server must use the same.
        name: who or what it is for.
        scopes: what it allows: decide, read, review, admin.
        rate: requests a minute; None for no limit.
        by: who makes it.

    Raises:
        InvalidSetting: the name is empty, too long or taken, or there is no such scope.
    """
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise InvalidSetting(f"name: must be 1 to {_LONGEST} printable characters.")
    if any(key.name == name and key.revoked is None for key in store.keys.all()):
        raise InvalidSetting(
            f"name: there is a key for {name!r} already.", f"Run: align keys revoke {name!r}"
        )
    if rate is not None and rate < 1:
        raise InvalidSetting("rate: at least 1 request a minute, or none for no limit.")
    key, text = store.keys.create(name, _scopes(scopes), rate, by)
    return NewKey(key, text)


def _scopes(given: Sequence[str]) -> list[Scope]:
    """The scopes `given`, in the order of `SCOPES`."""
    unknown = [one for one in given if one not in SCOPES]
    if unknown or not given:
        said = f"there is no {unknown[0]!r}" if unknown else "none is given"
        raise InvalidSetting(f"scopes: {said}.", f"There are: {', '.join(SCOPES)}.")
    return [scope for scope in SCOPES if scope in given]
