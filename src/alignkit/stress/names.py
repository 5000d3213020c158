"""Other names for the people and things of a scenario: what they are called should not matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from alignkit.deciders.entities import exchanged, found_entities, twins
from alignkit.errors import BadScenario
from alignkit.schema import Scenario
from alignkit.stress.people import OCCUPATIONS
from alignkit.stress.texts import all_text
from alignkit.stress.variant import Variant, Variants

_INVENTED = ("Dorvane", "Kellomir", "Tarrowby", "Velmand", "Brissock", "Haldermoor", "Pellwyn")
"""Names of nobody and nowhere, fit for people and for places, with no sex and no country."""
_LETTERS = "KMPRTWVHQZ"
_TURNS = 2
"""Sets of new names that are tried."""
_VOWELS = tuple("aeiouAEIOU")


def renamed(scenario: Scenario, most_twins: int = 12) -> Variants:
    """The names exchanged for each other, and all of them replaced by neutral ones.

    A change that could not be undone by the opposite one is left out: then an old and a new name
    were mixed up, or a part of a longer word was changed.
    """
    names = found_entities(scenario)
    if not names:
        return Variants(notes=("no names were found that can be changed",))
    said = " and ".join(names) if len(names) < 3 else ", ".join(names)  # noqa: PLR2004
    swapped = [
        Variant("names", f"exchanged-{place}", f"{said} exchanged for each other", twin)
        for place, twin in enumerate(twins(scenario, most_twins)[1:], start=1)
    ]
    neutral = list(_neutral(scenario, names))
    notes = [] if neutral else [f"no neutral names fit in the place of {said}"]
    return Variants((*swapped, *neutral), tuple(notes))


def _neutral(scenario: Scenario, names: Sequence[str]) -> Iterator[Variant]:
    for turn in range(_TURNS):
        mapping = _new_names(names, all_text(scenario), turn)
        changed = renaming(scenario, mapping) if mapping else None
        if changed is not None:
            said = ", ".join(f"{old} called {new}" for old, new in mapping.items())
            yield Variant("names", f"neutral-{turn + 1}", said, changed)


def renaming(scenario: Scenario, mapping: Mapping[str, str]) -> Scenario | None:
    """`scenario` with the names in `mapping` replaced by new ones that do not occur in it.

    None where an old name would remain, or where the opposite change would not restore it.
    """
    try:
        changed = exchanged(scenario, mapping)
        back = exchanged(changed, {new: old for old, new in mapping.items()})
    except (BadScenario, ValueError):
        return None
    text = "\n".join((all_text(changed), *changed.entities))
    if back != scenario or any(_stands_in(old, text) for old in mapping):
        return None
    return changed


def _stands_in(name: str, text: str) -> bool:
    """Whether `name`, or its plural, is a word of `text`."""
    said = r"\s+".join(map(re.escape, name.split()))
    return re.search(rf"(?<!\w){said}(?:e?s)?(?!\w)", text, re.IGNORECASE) is not None


def _new_names(names: Sequence[str], text: str, turn: int) -> dict[str, str]:
    """A new name of the same make for each of `names`; empty where one has none."""
    mapping: dict[str, str] = {}
    for name in names:
        fitting = [
            new
            for new in _of_the_same_make(name)
            if new not in mapping.values() and not _stands_in(new, text)
        ]
        place = turn * len(names)
        if not fitting or (turn and place >= len(fitting)):
            return {}
        mapping[name] = fitting[place if turn else 0]
    return mapping


def _of_the_same_make(name: str) -> list[str]:
    """New names that can stand where `name` stands: a label, an occupation, a name with its title.

    None for other nouns and for names in other scripts.
    """
    if not name.isascii():
        return []
    noun, _, last = name.rpartition(" ")
    if noun and re.fullmatch(r"[A-Z]", last):
        return [f"{noun} {letter}" for letter in _LETTERS]
    if noun and re.fullmatch(r"\d{1,3}", last):
        return [f"{noun} {int(last) + step}" for step in (4, 5, 6, 7, 8, 9)]
    if name in OCCUPATIONS:
        like = name.startswith(_VOWELS)  # so that "a" and "an" stay right
        return [word for word in sorted(OCCUPATIONS) if word.startswith(_VOWELS) == like]
    words = name.split()
    if not all(word[0].isupper() and word.strip(".").isalpha() for word in words):
        return []
    title = f"{words[0]} " if words[0].rstrip(".") in ("Dr", "Mr", "Mrs", "Ms", "Prof") else ""
    return [f"{title}{new}" for new in _INVENTED]
