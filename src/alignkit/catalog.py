"""Names that stand for objects, loaded when asked for.

A table of names says what exists without importing it, so that `align --help` stays light and an
optional library is only needed by those who use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoints, entry_points
from typing import Generic, TypeVar, cast
from urllib.parse import unquote, urlsplit

from alignkit.errors import InvalidSetting, UnknownName

T = TypeVar("T")

_HIDDEN = "***"
_USER_INFO = re.compile(r"(?<=://)[^/?#\s]*@")
_KEY = re.compile(r"(^|_)(key|token|secret|password)$", re.IGNORECASE)
"""Settings that nothing here has, and that somebody may give all the same."""


class Catalog(Generic[T]):
    """A read-only table from name to "module:object", plus what other packages add to it."""

    def __init__(self, kind: str, table: Mapping[str, str], hint: str = "") -> None:
        """Hold the names of one `kind` ("decider"); `hint` tells where a user finds them listed.

        Other packages add names through entry points of the group `alignkit.KINDs`; a name that is
        ours is never replaced by theirs.
        """
        self.kind = kind
        self._table = dict(table)
        self._hint = hint

    def names(self) -> list[str]:
        """All names, ours first in the table's order, then those of other packages."""
        added = sorted(point.name for point in self._entry_points())
        return [*self._table, *(name for name in added if name not in self._table)]

    def load(self, name: str) -> T:
        """The object behind `name`.

        Raises:
            UnknownName: nothing answers to `name`; the message names what comes near.
        """
        if name in self._table:
            module, _, attribute = self._table[name].partition(":")
            return cast("T", getattr(import_module(module), attribute))
        for point in self._entry_points():
            if point.name == name:
                return cast("T", point.load())
        raise UnknownName(self.kind, name, self.names(), self._hint)

    def _entry_points(self) -> EntryPoints:
        return entry_points(group=f"alignkit.{self.kind}s")


def parse_spec(text: str) -> tuple[str, dict[str, str]]:
    """Name and settings of `NAME?key=value&key=value`, the way deciders and models are named.

    In a value, `%26` stands for `&` and `%25` for `%`, as in a URL. A list is written `a,b`; a part
    that holds a comma and is a spec itself has `%2C` for it, so `%252C` in the whole.

    Raises:
        InvalidSetting: a part behind the question mark is not `key=value`.
    """
    name, mark, rest = text.partition("?")
    settings: dict[str, str] = {}
    for part in rest.split("&") if mark else ():
        key, sign, value = part.partition("=")
        if not sign or not key:
            raise InvalidSetting(
                f"{shown_spec(text)!r}: {_shown_value('', part)!r} is not a setting.",
                "Write NAME?key=value&key=value.",
            )
        settings[key.replace("-", "_")] = unquote(value)
    return name, settings


def shown(url: str) -> str:
    """`url` without user-info and query, where keys can be."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it is no address
        return _HIDDEN
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl().rstrip("/")


def shown_spec(text: str) -> str:
    """`text`, the name of a model with its settings, as it may be shown and kept.

    Addresses in it are without user-info and query; all else stays as it is written.
    """
    name, mark, rest = text.partition("?")
    return _USER_INFO.sub("", name) + mark + "&".join(map(_shown_setting, rest.split("&")))


def shown_specs(names: Iterable[str]) -> dict[str, str]:
    """By what may be shown of each of the `names` of models: the name as it is given.

    Raises:
        InvalidSetting: two of them could not be told apart.
    """
    found: dict[str, str] = {}
    for name in names:
        told = shown_spec(name)
        if found.setdefault(told, name) != name:
            raise InvalidSetting(
                f"Two models would both be called {told!r}: user, password and query of an address "
                "are not shown.",
                "Keep one of them, or give one another address.",
            )
    return found


def _shown_setting(part: str) -> str:
    key, sign, value = part.partition("=")
    return key + sign + _shown_value(key, value) if sign else _shown_value("", part)


def _shown_value(key: str, written: str) -> str:
    """What may be shown of a value as it is `written` behind a question mark."""
    if _KEY.search(key.replace("-", "_")):
        return _HIDDEN
    value = unquote(written)
    if "://" not in value or (told := shown(value)) == value.rstrip("/"):
        return written
    return _plain(told)


def format_spec(name: str, settings: Mapping[str, object]) -> str:
    """The text that `parse_spec` reads back as `name` and `settings`."""
    if not settings:
        return name
    return f"{name}?" + "&".join(f"{key}={_plain(value)}" for key, value in settings.items())


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):  # a comma in one of them, as in a member's own list
        return ",".join(
            _plain(one.replace(",", "%2C") if isinstance(one, str) else one) for one in value
        )
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value).replace("%", "%25").replace("&", "%26")
