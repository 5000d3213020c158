"""Lets a text through piece by piece, but never a part that may become a forbidden word."""

from __future__ import annotations

from alignkit.words.forbidden import ForbiddenWords, Hit, Reading


class Holding:
    """Holds back the end of a text that comes in pieces, for as long as a word may begin in it.

    What was passed on never holds a forbidden word, nor the beginning of one that is said later.
    """

    def __init__(self, words: ForbiddenWords) -> None:
        """Look for `words`."""
        self._reading = Reading(words)
        self._held = ""
        self._passed = 0
        self.hit: Hit | None = None
        """The word that was said; nothing passes any more."""

    def pass_on(self, piece: str) -> str:
        """What may be shown when `piece` has come: the beginning of what was held and of it."""
        for place, character in enumerate(piece, start=self._passed + len(self._held)):
            if self.hit is None:
                self.hit = self._reading.take(character, place)
        self._held += piece
        return self._released(self._reading.open_from)

    def rest(self) -> str:
        """What may be shown when nothing comes any more."""
        self.hit = self.hit or self._reading.end()
        return self._released(None)

    def _released(self, until: int | None) -> str:
        """What is held before the index `until`, or all of it; nothing once a word was said."""
        if self.hit is not None:
            self._held = ""
            return ""
        count = len(self._held) if until is None else until - self._passed
        found, self._held = self._held[:count], self._held[count:]
        self._passed += count
        return found
