"""Who is signed in at a browser. Kept in memory: a server that starts anew signs everybody out."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

COOKIE = "align_session"
HOURS = 12
"""After so long one has to sign in again."""
_MOST = 10_000
"""Sessions at a time; the oldest goes when another comes."""


@dataclass(frozen=True)
class Session:
    """One browser that is signed in."""

    key: str
    """Id of the key it signed in with."""
    csrf: str
    """What a form or a script of ours has to send along, and a foreign page cannot know."""
    until: float

    def knows(self, csrf: str) -> bool:
        """Whether `csrf` is the session's."""
        return hmac.compare_digest(csrf.encode(), self.csrf.encode())


class Sessions:
    """All sessions, by a hash of their cookie."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Tell the time with `clock`, in seconds."""
        self._clock = clock
        self._found: dict[bytes, Session] = {}

    def begin(self, key: str) -> str:
        """A session for whoever signed in with the key of this id; gives the cookie."""
        while len(self._found) >= _MOST:
            del self._found[next(iter(self._found))]
        cookie = secrets.token_urlsafe(32)
        until = self._clock() + HOURS * 3600
        self._found[_hash(cookie)] = Session(key, secrets.token_urlsafe(32), until)
        return cookie

    def find(self, cookie: str | None) -> Session | None:
        """The session with this cookie, unless it has ended."""
        if not cookie:
            return None
        found = self._found.get(_hash(cookie))
        if found is not None and found.until < self._clock():
            del self._found[_hash(cookie)]
            return None
        return found

    def end(self, cookie: str | None) -> None:
        """End the session with this cookie."""
        if cookie:
            self._found.pop(_hash(cookie), None)


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()
