"""Finds words that must not be said, in a text that is read sign by sign.

A word is found in two ways. As it is written: its signs one after another, anywhere, so that "kill"
is in "skilled"; a run of blanks counts as one. And taken apart: its letters in order with anything
but letters between them, from the beginning of a word to the end of one, so that "k.i.l.l" and
"ki ll" are found, while "the llama" does not say "hell". Digits must stand together: 10.0 is not
100. Both ways go by what a reader sees (`signs`).

All words are followed at once, like by a machine with many states: what is needed to find a word
that comes in pieces, and to know which part of a text can no longer be the beginning of one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from alignkit.schema import Boundary
from alignkit.words.signs import Kind, Sign, is_letter, marks_count_after, signs_of


@dataclass(frozen=True)
class Hit:
    """Where a forbidden word is said."""

    boundary: str
    """Id of the boundary that forbids it."""
    start: int
    """Index of its first character."""
    end: int
    """Index behind its last character."""


@dataclass(frozen=True, eq=False)
class _Track:
    """One way to say one word."""

    boundary: str
    signs: tuple[Sign, ...]
    apart: bool
    """Whether other things may stand between its letters."""
    has_letter: bool
    """Whether something that is a letter must be there: 101 is not "lol"."""


class _State(NamedTuple):
    """How much of a track was seen."""

    track: _Track
    place: int
    """Signs of the track that were seen."""
    start: int
    end: int
    gap: bool
    """Whether anything stood behind the last of them."""
    letter: bool
    """Whether one of them was a letter."""


class ForbiddenWords:
    """The words that boundaries forbid."""

    def __init__(self, boundaries: Iterable[Boundary]) -> None:
        """Know the words of `boundaries`; of those that are said at once the first is named."""
        self._tracks = tuple(
            track
            for boundary in boundaries
            for word in boundary.never_say
            for track in _tracks(boundary.id, word)
        )
        self._first: dict[str, list[_Track]] = defaultdict(list)
        for track in self._tracks:
            for look in _taken_for(track.signs[0]):
                self._first[look].append(track)

    def __bool__(self) -> bool:
        return bool(self._tracks)

    def find(self, text: str) -> Hit | None:
        """The first word that `text` says; None where it says none."""
        reading = Reading(self)
        for index, character in enumerate(text):
            hit = reading.take(character, index)
            if hit:
                return hit
        return reading.end()

    def beginning_with(self, sign: Sign) -> set[_Track]:
        """The tracks whose first sign `sign` may be."""
        return {track for look in sign.looks for track in self._first.get(look, ())}


class Reading:
    """A text that is read character by character, and the words that it may be saying."""

    def __init__(self, words: ForbiddenWords) -> None:
        """Look for `words`."""
        self._words = words
        self._states: list[_State] = []
        self._before: Sign | None = None
        self._letter: Sign | None = None

    @property
    def open_from(self) -> int | None:
        """Index of the first character that may be the beginning of a word; None where none may."""
        return min((state.start for state in self._states), default=None)

    def take(self, character: str, index: int) -> Hit | None:
        """Read `character`, which has this `index`; the word that was said before it, if one was.

        A word is known to have been said by the sign behind it, or by the text's end.
        """
        for sign in signs_of(character):
            hit = self._read(sign, index)
            if hit:
                return hit
        return None

    def end(self) -> Hit | None:
        """The word that was said when the text is over."""
        return _first_hit(state for state in self._states if _complete(state))

    def _read(self, sign: Sign, index: int) -> Hit | None:
        sign = sign.after(self._letter)
        if sign.kind is Kind.MARK and not marks_count_after(self._before):
            return None
        if sign.kind is Kind.BLANK and self._before and self._before.kind is Kind.BLANK:
            return None
        hit = _first_hit(state for state in self._states if _ends(state, sign))
        if hit:
            return hit
        going_on = (_after(state, sign, index) for state in self._states)
        self._states = [state for state in going_on if state is not None]
        starts_word = self._before is None or not self._before.in_word
        for track in self._words.beginning_with(sign):
            if starts_word or not track.apart:
                letter = sign.kind is Kind.LETTER
                self._states.append(_State(track, 1, index, index + 1, gap=False, letter=letter))
        self._before = sign
        self._letter = sign if is_letter(sign) else self._letter
        return None


def _tracks(boundary: str, word: str) -> Iterable[_Track]:
    signs = _seen(word)
    letters = tuple(sign for sign in signs if sign.in_word)
    has_letter = any(sign.kind is Kind.LETTER for sign in signs)
    if signs:
        yield _Track(boundary, signs, apart=False, has_letter=has_letter)
    if len(letters) > 1:
        yield _Track(boundary, letters, apart=True, has_letter=has_letter)


def _seen(word: str) -> tuple[Sign, ...]:
    """The signs of a word, runs of blanks as one, none at its ends."""
    found: list[Sign] = []
    letter: Sign | None = None
    for character in word:
        for one in signs_of(character):
            before, sign = found[-1] if found else None, one.after(letter)
            letter = sign if is_letter(sign) else letter
            if sign.kind is Kind.MARK and not marks_count_after(before):
                continue
            if sign.kind is Kind.BLANK and (before is None or before.kind is Kind.BLANK):
                continue
            found.append(sign)
    if found and found[-1].kind is Kind.BLANK:
        found.pop()
    return tuple(found)


def _taken_for(wanted: Sign) -> frozenset[str]:
    """What is wanted at a sign of a word; of ASCII only itself, or "0" would be in "hello".

    Nor is a letter wanted where punctuation stands that looks like it.
    """
    if wanted.plain.isascii():
        return frozenset(wanted.plain)
    if is_letter(wanted):
        return frozenset(look for look in wanted.looks if look == wanted.plain or look.isalpha())
    return wanted.looks


def _is(wanted: Sign, sign: Sign) -> bool:
    if wanted.kind is Kind.BLANK:
        return sign.kind is Kind.BLANK
    return not sign.looks.isdisjoint(_taken_for(wanted))


def _complete(state: _State) -> bool:
    return state.place == len(state.track.signs) and (state.letter or not state.track.has_letter)


def _ends(state: _State, sign: Sign) -> bool:
    """Whether `sign` shows that the word of `state` was said."""
    goes_on = sign.in_word if state.track.apart else sign.kind is Kind.MARK
    return _complete(state) and not goes_on


def _after(state: _State, sign: Sign, index: int) -> _State | None:
    """`state` when `sign` was read; None where the word is not said after all."""
    track, place = state.track, state.place
    if place == len(track.signs):
        return None
    if track.apart and not sign.in_word:
        return state._replace(gap=True)
    wanted = track.signs[place]
    parted = state.gap and wanted.kind is track.signs[place - 1].kind is Kind.DIGIT
    if parted or not _is(wanted, sign):
        return None
    letter = state.letter or sign.kind is Kind.LETTER
    return state._replace(place=place + 1, end=index + 1, gap=False, letter=letter)


def _first_hit(states: Iterable[_State]) -> Hit | None:
    found = min(states, key=lambda state: (state.start, state.end), default=None)
    return Hit(found.track.boundary, found.start, found.end) if found else None
