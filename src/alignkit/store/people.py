"""What a store tells of what people do: keys, decisions that wait, entries of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alignkit.schema import Cell, Result, Review

Scope = Literal["decide", "read", "review", "admin"]
"""What a key allows: to ask for decisions; to read what is kept; to give verdicts; all of these
and to see the audit log."""
Action = Literal["decide", "write", "review", "review again", "erase", "key", "revoke", "sign in"]
"""What the audit log tells of."""


@dataclass(frozen=True)
class Key:
    """A key as the store knows it; the secret itself is nowhere."""

    id: str
    """Its public part, by which lists and the log name it."""
    name: str
    """Who or what uses it."""
    scopes: tuple[Scope, ...]
    rate: int | None
    """Requests a minute; None for no limit."""
    created: datetime
    created_by: str
    revoked: datetime | None = None

    def allows(self, scope: Scope) -> bool:
        """Whether it may be used for `scope`."""
        return self.revoked is None and (scope in self.scopes or "admin" in self.scopes)


@dataclass(frozen=True)
class Reviewed:
    """A decision that waits for a person, or on which one has decided."""

    number: int
    """Its place among all: later ones have larger numbers."""
    since: datetime
    """When it was left to people."""
    cell: Cell
    result: Result
    review: Review | None
    """What the person decided; None while it waits."""


@dataclass(frozen=True)
class Entry:
    """An entry of the audit log: who did what when. It holds no text and no key."""

    number: int
    at: datetime
    who: str
    action: Action
    what: str
    """Id of the decision, the text or the key."""


@dataclass(frozen=True)
class Logged:
    """Whether the audit log and the verdicts it tells of are still what was stored."""

    entries: int
    head: str
    """Its last hash: who keeps it elsewhere sees a rewritten log, too."""
    problems: tuple[str, ...]
