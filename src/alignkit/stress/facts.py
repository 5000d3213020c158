"""Whether a rewrite says the same as the original, as far as that can be told without a model.

Numbers and names are the facts that a rewriter loses or invents most easily and that can be
compared; all else is for the eye of a reader.
"""

from __future__ import annotations

import re

from alignkit.deciders.entities import found_entities
from alignkit.schema import Scenario

_SHORTEST, _LONGEST = 0.5, 2.0
"""Times the length of the original that a rewrite's context may have."""
_SMALL = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
    "sixteen seventeen eighteen nineteen",
)
_ROUND = ("twenty thirty forty fifty", "sixty seventy eighty ninety")
_UNITS = {word: number for number, word in enumerate(" ".join(_SMALL).split(), start=2)}
"""Not "one", which stands for other things more often than for a number."""
_TENS = {word: 10 * number for number, word in enumerate(" ".join(_ROUND).split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_WORD = rf"(?:one|{'|'.join((*_UNITS, *_TENS, *_SCALES))})"
_NUMBER = re.compile(
    rf"(?<!\w)(?:\d+(?:[.,]\d+)*|{_WORD}(?:(?:\s+and\s+|[\s-]+){_WORD})*)(?!\w)", re.IGNORECASE
)
_WITHIN = re.compile(r"(?<=[\w,;] )[^\W\d_][\w-]+")
"""A word that does not begin a sentence."""
_NOUNS_HAVE_CAPITALS = ("de", "lb", "nds", "gsw", "bar")


def lost(original: Scenario, rewrite: Scenario) -> str:
    """What is wrong with `rewrite`, in words; empty where nothing is.

    Every number and name of context and question has to be there, no other number may be, the
    context must not be shorter than half or longer than twice the original, and both must differ.
    """
    before, after = _said(original), _said(rewrite)
    if _plain(before) == _plain(after):
        return "it is the original"
    ratio = len(rewrite.context) / len(original.context)
    if not _SHORTEST <= ratio <= _LONGEST:
        return f"it has {ratio:.0%} of the length"
    numbers, found = numbers_in(before), numbers_in(after)
    if missing := numbers - found:
        return f"the number {_shown(missing)} is missing"
    if added := found - numbers:
        return f"the number {_shown(added)} is new"
    for name in names_in(original):
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", after, re.IGNORECASE) is None:
            return f"the name {name!r} is missing"
    return ""


def numbers_in(text: str) -> frozenset[float]:
    """The numbers of `text`, in figures or in English words; "one" is none."""
    found = (_value(match[0].lower()) for match in _NUMBER.finditer(text))
    return frozenset(value for value in found if value is not None)


def names_in(scenario: Scenario) -> tuple[str, ...]:
    """Its exchangeable names, and words with a capital that stand within a sentence.

    Of languages in which every noun has a capital, the former only.
    """
    names = dict.fromkeys(name for name in found_entities(scenario) if name in _said(scenario))
    language = (scenario.language or "").lower().split("-")[0]
    if language not in _NOUNS_HAVE_CAPITALS:
        names |= dict.fromkeys(w for w in _WITHIN.findall(_said(scenario)) if w[0].isupper())
    return tuple(names)


def _said(scenario: Scenario) -> str:
    return f"{scenario.context}\n{scenario.question}"


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _value(said: str) -> float | None:
    """The value of a number in figures or words ("two hundred and five"); None for "one"."""
    if said[0].isdigit():
        return _figures(said)
    words = [word for word in re.split(r"[\s-]+", said) if word != "and"]
    total = group = 0
    for word in words:
        if word not in _SCALES:
            group += _UNITS.get(word) or _TENS.get(word) or 1
        elif word == "hundred":
            group = max(group, 1) * 100
        else:
            total, group = total + max(group, 1) * _SCALES[word], 0
    return float(total + group) if words != ["one"] else None


def _figures(said: str) -> float:
    """The value of "70", "200,000" or "3.5"; a comma before three digits parts thousands."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", said):
        return float(said.replace(",", ""))
    whole, *rest = re.split(r"[.,]", said)
    return float(f"{whole}.{''.join(rest)}" if rest else whole)


def _shown(numbers: frozenset[float]) -> str:
    return f"{min(numbers):g}"
