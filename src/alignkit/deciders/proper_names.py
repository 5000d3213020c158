"""Names of people, told by their capitals: "Anna" and "Ben", "Dr. Lee" and "Dr. Brown".

A capital alone may mark a place, a brand or a month. So a name needs company that shows what it
is: the same title, the same place in another choice ("Treat Anna first", "Treat Ben first"), or a
place in one list ("Anna and Ben"). Texts in which all nouns have capitals (German) have titles to
go by, no more; nor has a text in which "he" and "she" would stay behind when the names go.

The lists of words are English with a few others; elsewhere fewer names are found, or none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from alignkit.deciders.labelled_names import begins_sentence

_TITLES = frozenset(
    word
    for line in (
        "Dr Mr Mrs Ms Miss Prof Professor Doctor Captain Colonel Corporal Lieutenant Major Private",
        "Sergeant Nurse Judge Herr Frau Monsieur Madame Señor Señora Signor Signora",
    )
    for word in line.split()
)
_NO_NAMES = frozenset(
    word
    for line in (
        "January February March April May June July August September October November December",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Christmas Easter Ramadan",
        "Africa America Asia Australia Europe Argentina Austria Bangladesh Belgium Brazil Britain",
        "Canada China Egypt England Ethiopia Finland France Germany Greece India Indonesia Iran",
        "Iraq Ireland Israel Italy Japan Kenya Mexico Netherlands Nigeria Norway Pakistan Poland",
        "Portugal Russia Scotland Spain Sweden Switzerland Syria Turkey Ukraine Wales",
        "African American Asian British Chinese English European French German Russian Spanish",
        "Bible Buddhist Catholic Christian Christians God Hindu Hindus Jew Jewish Jews Koran",
        "Muslim Muslims Protestant",
        "Congress Democrat Democrats Internet Parliament Republican Republicans Senate",
    )
    for word in line.split()
)
_BEFORE_OTHERS = frozenset(
    word
    for line in (
        # articles and the like
        "the a an this that each every no your our their my his her its",
        "der die das den dem des ein eine einen einem einer le la les un une du",
        "el los las il lo gli uma um os as",
        # what follows may be a place
        "in at from near inside outside across around through via into aus bei nach à en chez",
    )
    for word in line.split()
)
_HE = frozenset({"he", "him", "his"})
_SHE = frozenset({"she", "her", "hers"})
_GERMAN = frozenset({"und", "das", "nicht", "ist", "eine", "dem", "für"})
_NOUNS_HAVE_CAPITALS = frozenset({"de", "lb", "nds", "gsw", "bar"})

_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]{2,})*")
_AND = re.compile(r"(?:\s*,)?\s+(?:and|or|nor|und|oder|et|ou|y|o|e|en|och|og|eller)\s+|\s*&\s*")
_COMMA = re.compile(r"\s*,\s*")
_MOST_WORDS = 2
"""A name of more words is a name of something else."""


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int
    begins: bool
    """Whether it stands where any word has a capital."""

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() and not self.text.isupper()


@dataclass(frozen=True)
class _Mention:
    """A run of words that have capitals of their own."""

    name: str
    words: tuple[str, ...]
    part: int
    start: int
    end: int
    before: str
    """The word before it in small letters; empty where there is none."""
    after: str

    @property
    def title(self) -> str:
        return self.words[0] if self.words[0] in _TITLES else ""


def proper_kinds(
    body: str, choices: Sequence[str], language: str | None
) -> Iterator[tuple[str, ...]]:
    """Groups of two or more names of one kind, each in the order of the first mentions.

    Args:
        body: context and question.
        choices: the texts of the choices.
        language: BCP 47 tag of the texts, if known.
    """
    parts = [_words(part) for part in (body, *choices)]
    words = [word for part in parts for word in part]
    mentions = list(_mentions((body, *choices), parts, _proper(words)))
    names = _names(mentions, Counter(word.text for word in words))
    for title in dict.fromkeys(said[0].title for said in names.values()):
        if title:
            titled = tuple(name for name, said in names.items() if said[0].title == title)
            yield from [titled] if len(titled) > 1 else []
    small = {word.text.lower() for word in words}
    if _nouns_have_capitals(small, language) or (small & _HE and small & _SHE):
        return
    bare = {name: said for name, said in names.items() if not said[0].title}
    pairs = [*_same_place(bare), *_same_list((body, *choices), mentions)]
    yield from _connected(bare, pairs)


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        titled = found and found[-1].text in _TITLES and text[found[-1].end : start].strip() == "."
        found.append(_Word(match[0], start, end, not titled and begins_sentence(text, start)))
    return found


def _proper(words: Sequence[_Word]) -> frozenset[str]:
    """Words that have a capital also within a sentence, and are never without."""
    small = {word.text for word in words if word.text.islower()}
    return _TITLES | {
        word.text
        for word in words
        if word.capital and not word.begins and word.text.lower() not in small
    }


def _mentions(
    texts: Sequence[str], parts: Sequence[Sequence[_Word]], proper: frozenset[str]
) -> Iterator[_Mention]:
    for number, (text, words) in enumerate(zip(texts, parts, strict=True)):
        for first, last in _runs(text, words, proper):
            start, end = words[first].start, words[last].end
            yield _Mention(
                name=" ".join(text[start:end].split()),
                words=tuple(word.text for word in words[first : last + 1]),
                part=number,
                start=start,
                end=end,
                before=words[first - 1].text.lower() if first else "",
                after=words[last + 1].text.lower() if last + 1 < len(words) else "",
            )


def _runs(text: str, words: Sequence[_Word], proper: frozenset[str]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of `proper` words with nothing but space between them."""
    first = 0
    for at, word in enumerate(words):
        if word.text not in proper:
            first = at + 1
            continue
        follower = words[at + 1] if at + 1 < len(words) else None
        dot = r"\.?" if word.text in _TITLES else ""
        if (
            follower is None
            or follower.text not in proper
            or not re.fullmatch(rf"{dot}\s+", text[word.end : follower.start])
        ):
            yield first, at
            first = at + 1


def _names(mentions: Sequence[_Mention], times: Counter[str]) -> dict[str, list[_Mention]]:
    """The mentions of each name, without those that may be no name or not the whole of one."""
    found: dict[str, list[_Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.name, []).append(mention)
    return {name: said for name, said in found.items() if _is_name(said, times)}


def _is_name(said: Sequence[_Mention], times: Counter[str]) -> bool:
    words = [word for word in said[0].words if word not in _TITLES]
    return (
        len(said) > 1
        and 0 < len(words) <= _MOST_WORDS
        and _NO_NAMES.isdisjoint(words)
        and _BEFORE_OTHERS.isdisjoint(mention.before for mention in said)
        and all(times[word] == len(said) for word in words)
        and not any(_bends(word, other) for word in words for other in times)
    )


def _bends(name: str, other: str) -> bool:
    """Whether `other` may be another form of `name` ("Annas", "Annie" of "Anna")."""
    stem = name[:-1] if len(name) > len("Theo") else name
    return other != name and other.startswith(stem)


def _nouns_have_capitals(words: set[str], language: str | None) -> bool:
    if language:
        return language.lower().split("-")[0] in _NOUNS_HAVE_CAPITALS
    return len(words & _GERMAN) > 1


def _same_place(names: Mapping[str, Sequence[_Mention]]) -> Iterator[tuple[str, str]]:
    """Pairs of names between the same words of two choices."""
    in_choices = [mention for said in names.values() for mention in said if mention.part]
    for one, other in combinations(in_choices, 2):
        if one.part != other.part and (one.before, one.after) == (other.before, other.after):
            yield one.name, other.name


def _same_list(texts: Sequence[str], mentions: Sequence[_Mention]) -> Iterator[tuple[str, str]]:
    """Neighbours in lists such as "Anna, Ben and Carla"."""
    waiting: list[tuple[str, str]] = []
    for one, other in pairwise(mentions):
        between = texts[one.part][one.end : other.start] if one.part == other.part else ""
        if _COMMA.fullmatch(between):
            waiting.append((one.name, other.name))
            continue
        if _AND.fullmatch(between):
            yield from (*waiting, (one.name, other.name))
        waiting = []


def _connected(
    names: Mapping[str, Sequence[_Mention]], pairs: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, ...]]:
    """Groups of names of equally many words that `pairs` connect."""
    group = {name: {name} for name in names}
    for one, other in pairs:
        if one in names and other in names and one.count(" ") == other.count(" "):
            merged = group[one] | group[other]
            group.update(dict.fromkeys(merged, merged))
    for name, members in group.items():
        kind = tuple(known for known in names if known in members)
        if len(kind) > 1 and kind[0] == name:
            yield kind
