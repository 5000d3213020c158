"""Names made of a noun and a letter or number: "Patient A", "casualty 2", "patients A and B"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_LABEL = r"(?:[^\W\d_a-z]|\d{1,3})"
_ALONE = rf"(?<!\w){_LABEL}(?!\w)"
_END = r"(?![\w%°]|[.,:]\d)"
_AND = r"(?:and|or|nor|und|oder|et|ou|y|o|e|en|och|og|eller)"
_AGAINST = rf"(?:{_AND}|to|over|than|before|versus|vs\.?|but|not)"
_RANGE = rf"\s*(?:[-\u2013\u2014]|to|through|bis)\s*{_ALONE}"
_PLURAL = "(?:s|es|e|en|n)"
_BEFORE_CAPITALS = '.!?:;([*-"\u00ab\u00bb\u2013\u2014\u201c\u201d\u201e\u2022\u2026'

_NO_NOUNS = frozenset(
    word
    for line in (
        # the letter or number behind these says how much, when, or of which sort
        "act age aged article chapter class category covid day degree diabetes figure grade",
        "hepatitis hour influenza item level line minute month number page part phase point",
        "priority rank round score second section stage step table tag tier title top type",
        "version vitamin volume war week windows year",
        # no nouns
        "about all and are around but else for from has have last least most next nor not only",
        "oder over past than that the then this und was were with",
    )
    for word in line.split()
)


def split_label(name: str) -> tuple[str, str] | None:
    """Noun and label of a name such as "Patient A" or "casualty 12"; None for other names."""
    found = re.fullmatch(rf"(\w.*\w)\s+({_LABEL})", name)
    if found is None or not _is_label(found[2]):
        return None
    return found[1], found[2]


@lru_cache(maxsize=256)
def label_pattern(noun: str) -> re.Pattern[str]:
    """What finds `noun` with labels: "Patient A", "patients A, B and C", "patient A's or B's".

    The labels stand in the group `many` behind a plural, else in `one`. A range ("patients A to
    C") is not found. Numbers are a list only behind a plural ("patient 1, 2 minutes later").
    """
    said = r"\s+".join(map(re.escape, noun.split()))
    plurals = [f"{said}{_PLURAL}", *([f"{said[:-1]}ies"] if said.endswith("y") else ())]
    letter, label = r"[^\W\d_a-z](?:['\u2019]s)?(?!\w)", rf"{_LABEL}(?:['\u2019]s)?{_END}"
    one = rf"{letter}(?:(?:\s*[,/&]\s*(?:{_AGAINST}\s+)?|\s+{_AGAINST}\s+){letter})*|{label}"
    many = rf"(?>{label}(?:(?:\s*[,/&]\s*(?:{_AND}\s+)?|\s+{_AND}\s+){label})*)(?!{_RANGE})"
    return re.compile(
        rf"(?<!\w)(?:(?i:{'|'.join(plurals)})\s+(?P<many>{many})|(?i:{said})\s+(?P<one>{one}))"
    )


def relabelled(found: re.Match[str], labels: dict[str, str]) -> str:
    """The text that a `label_pattern` found, with each label replaced as `labels` says."""
    group = "one" if found["many"] is None else "many"
    said = re.sub(_ALONE, lambda label: labels.get(label[0], label[0]), found[group])
    return found.string[found.start() : found.start(group)] + said


def labelled_kinds(text: str) -> Iterator[tuple[str, ...]]:
    """Groups of two or more names with the same noun, each in the order of the first mentions.

    Left out is what may be no name: nouns behind which a label says how much or which sort ("day
    2", "type B"), letters that also stand alone, and numbers behind words that are never a plural
    nor capitalised ("wait 2 minutes").
    """
    for noun in _nouns(text):
        lists = [match["many"] or match["one"] for match in label_pattern(noun).finditer(text)]
        labels = dict.fromkeys(label for said in lists for label in re.findall(_ALONE, said))
        for kind in (filter(str.isupper, labels), filter(str.isdecimal, labels)):
            members = list(kind)
            if len(members) > 1 and _sure(text, noun, members):
                yield tuple(f"{noun} {label}" for label in members)


def _is_label(text: str) -> bool:
    return text.isupper() or text.isdecimal()


def _nouns(text: str) -> Iterator[str]:
    """Words with a letter or number behind them, each in its first spelling."""
    found: dict[str, str] = {}
    for noun, label in re.findall(rf"(?<!\w)([^\W\d_]{{3,}})\s+({_LABEL}){_END}", text):
        if _is_label(label) and noun.casefold() not in _NO_NOUNS:
            found.setdefault(noun.casefold(), noun)
    for key, noun in found.items():
        if not (key.endswith("s") and key[:-1] in found):  # "patients" are patients too
            yield noun


def _sure(text: str, noun: str, labels: Sequence[str]) -> bool:
    rest = label_pattern(noun).sub("", text)
    if labels[0].isupper():
        alone = re.finditer(rf"(?<!\w)(?:{'|'.join(labels)})(?!\w)", rest)
        return all(match[0] in "AI" and begins_sentence(rest, match.start()) for match in alone)
    if re.search(rf"(?<!\w)(?i:{noun}{_PLURAL}?)\s+\d", rest):
        return False  # a range, or a larger number
    if re.search(rf"(?<!\w)(?i:{noun}{_PLURAL})(?!\w)", text):
        return True
    capital = re.finditer(rf"(?<!\w){noun.capitalize()}\s+\d", text)
    return any(not begins_sentence(text, match.start()) for match in capital)


def begins_sentence(text: str, at: int) -> bool:
    """Whether a word at the index `at` of `text` stands where any word has a capital."""
    before = at
    while before and text[before - 1].isspace():  # no slice: the text may be very long
        before -= 1
    return "\n" in text[before:at] or text[max(before - 1, 0) : before] in _BEFORE_CAPITALS
