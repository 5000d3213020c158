"""Names of people and things: which of a scenario can be exchanged, and its twins with them so.

A model may like a name ("Patient B") as it may like a place in a list. In a twin the names are
exchanged *everywhere*: situation, question and choices. The descriptions stay where they are and
the names wander over them: "Treat Patient A" becomes "Treat Patient B", and means the same person
as before, who is called Patient B now. So a choice keeps its id, its values and its place, and an
unbiased decider gives the same choice id for a scenario and all its twins.

(The mirrored twins of some data sets are the other thing: there the descriptions wander, the names
stay, and the values go with the descriptions.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from alignkit.deciders.labelled_names import (
    label_pattern,
    labelled_kinds,
    relabelled,
    split_label,
)
from alignkit.deciders.ordering import canonical
from alignkit.deciders.proper_names import proper_kinds
from alignkit.errors import BadScenario
from alignkit.schema import Scenario

_NOBODY = "Nobody Else"
_REMEMBERED = 256
"""Of so many scenarios the names are kept."""
_MARKS = r"\u0300-\u036f"
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Signs of scripts that put no space between words, where a name has no edge to look for."""


def found_entities(scenario: Scenario) -> tuple[str, ...]:
    """The names that can be exchanged for each other, in the order of their first mention.

    Those that the scenario gives, in its order: its author says they are of one kind. Else those
    found in its text, and of several kinds the one of which the choices name most; too few rather
    than too many, so it may be empty. See `labelled_kinds` and `proper_kinds` for what is found.
    """
    if scenario.entities:
        return tuple(dict.fromkeys(scenario.entities))
    # Not in the order given, which would decide which names are found, and in which turn.
    choices = tuple(one.text for one in canonical(scenario.choices))
    return _found(f"{scenario.context}\n{scenario.question}", choices, scenario.language)


@lru_cache(maxsize=_REMEMBERED)  # asked for each choice, whose whole text it goes through
def _found(body: str, choices: tuple[str, ...], language: str | None) -> tuple[str, ...]:
    whole = "\n".join((body, *choices))
    kinds = [*labelled_kinds(whole), *proper_kinds(body, choices, language)]
    chosen = "\n".join(choices).casefold()

    def rank(kind: tuple[str, ...]) -> tuple[int, int]:
        return sum(name.casefold() in chosen for name in kind), len(kind)

    return max(kinds, key=rank, default=())


def exchanged(scenario: Scenario, mapping: Mapping[str, str]) -> Scenario:
    """`scenario` with every name in `mapping` replaced, all at once and as whole words.

    "Patient A" is also found in "patients A and B" and "Patient A's", not in "Patient AB"; a name
    in small letters also at the start of a sentence. Ids, values, pinned flags and title stay.

    Args:
        scenario: any.
        mapping: old name -> new name, no two of them to the same.

    Raises:
        BadScenario: two choices say the same then, or a new name cannot stand in a text.
        ValueError: two names would become one, or a name is empty.
    """
    if len(set(mapping.values())) < len(mapping) or not all(
        map(str.strip, (*mapping, *mapping.values()))
    ):
        raise ValueError(f"the names {mapping} cannot be exchanged: each needs one of its own")
    replaced = _replacing(mapping)
    entities = tuple(mapping.get(name, name) for name in scenario.entities)
    same = set(entities) == set(scenario.entities)
    fields = dict(scenario) | {
        "context": replaced(scenario.context),
        "question": replaced(scenario.question),
        "choices": [dict(one) | {"text": replaced(one.text)} for one in scenario.choices],
        "entities": scenario.entities if same else entities,
    }
    try:
        return Scenario.model_validate(fields)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise BadScenario(f"{scenario.id}: with the names exchanged: {reason}.") from error


def mentions(text: str, name: str) -> bool:
    """Whether `text` names `name`, as `exchanged` would find it."""
    parts = split_label(name)
    # Labels are also found in lists ("patients A and B"), if their noun stays.
    other = f"{parts[0]} {'Y' if parts[1] == 'X' else 'X'}" if parts else _NOBODY
    return _replacing({name: other})(text) != text


def twins(scenario: Scenario, limit: int) -> tuple[Scenario, ...]:
    """`scenario` and its twins with the names turned, so that each stands in each role once.

    Left out are twins in which nothing changes, that cannot be decided, or from which turning
    back does not restore the scenario (a name has become part of a longer one).

    Args:
        scenario: comes first; alone where it has no names to exchange.
        limit: at most so many scenarios, itself counted.
    """
    names = found_entities(scenario)
    made = [scenario]
    for turn in range(1, len(names)):
        if len(made) >= limit:
            break
        twin = _twin(scenario, dict(zip(names, names[turn:] + names[:turn], strict=True)))
        if twin is not None and twin not in made:
            made.append(twin)
    return tuple(made)


def _twin(scenario: Scenario, mapping: Mapping[str, str]) -> Scenario | None:
    try:
        twin = exchanged(scenario, mapping)
        back = exchanged(twin, {new: old for old, new in mapping.items()})
    except BadScenario:
        return None
    return twin if back == scenario else None


@dataclass(frozen=True)
class _Replacing:
    """Replaces names in a text in one pass, so that none is replaced twice."""

    pattern: re.Pattern[str]
    plain: Mapping[str, str]
    """Names as they are spelt -> their replacements."""
    labels: Mapping[str, dict[str, str]]
    """Noun -> the labels that are replaced behind it."""

    def __call__(self, text: str) -> str:
        return self.pattern.sub(self._new, text)

    def _new(self, found: re.Match[str]) -> str:
        name = " ".join(found[0].split())
        if name in self.plain:
            return _spaced_like(found[0], self.plain[name])
        for noun, labels in self.labels.items():
            labelled = label_pattern(noun).fullmatch(found[0])
            if labelled:
                return relabelled(labelled, labels)
        return found[0]


def _replacing(mapping: Mapping[str, str]) -> Callable[[str], str]:
    plain: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {}
    for old, new in mapping.items():
        one, other = split_label(old), split_label(new)
        if one and other and one[0].casefold() == other[0].casefold():
            labels.setdefault(one[0].casefold(), {})[one[1]] = other[1]
        else:
            plain[" ".join(old.split())] = " ".join(new.split())
    plain = _spellings(plain)
    names = map(_whole, sorted(plain, key=len, reverse=True))
    nouns = (_ungrouped(label_pattern(noun).pattern) for noun in labels)
    pattern = re.compile("|".join([*names, *nouns]) or r"(?!)")
    return _Replacing(pattern, plain, labels)


def _ungrouped(pattern: str) -> str:
    """`pattern` without names of groups, so that several can stand in one."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


def _spellings(mapping: Mapping[str, str]) -> dict[str, str]:
    """`mapping` with the names in capitals added, where no two of them look the same then."""
    names = mapping.keys() | mapping.values()
    known, table = set(names), dict(mapping)
    for spell in (_with_capital, str.upper):
        spelt = {spell(name) for name in names}
        if len(spelt) == len(names) and known.isdisjoint(spelt):
            table |= {spell(old): spell(new) for old, new in mapping.items()}
            known |= spelt
    return table


def _with_capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _whole(name: str) -> str:
    """A pattern for `name` as a whole word, also across the end of a line."""
    left = "" if _UNSPACED.match(name[0]) else r"(?<!\w)"
    right = "" if _UNSPACED.match(name[-1]) else rf"(?![\w{_MARKS}])"
    return left + r"\s+".join(map(re.escape, name.split())) + right


def _spaced_like(old: str, new: str) -> str:
    """`new` with the line ends that `old` has between its words."""
    gaps = re.findall(r"\s+", old)
    words = new.split(" ")
    if len(words) != len(gaps) + 1:
        return new
    return words[0] + "".join(gap + word for gap, word in zip(gaps, words[1:], strict=True))
