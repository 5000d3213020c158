"""The people of a scenario that can be told by a word: occupations, parts played, titles."""

from __future__ import annotations

import re

from alignkit.deciders.entities import found_entities
from alignkit.schema import Scenario
from alignkit.stress.texts import all_text

OCCUPATIONS = frozenset(
    word
    for line in (
        "accountant baker barber bricklayer butcher carpenter cook dentist driver electrician",
        "engineer farmer firefighter fisherman gardener glazier gravedigger joiner lawyer",
        "librarian locksmith mason mechanic miller miner nurse painter paramedic pilot plumber",
        "potter roofer sailor shepherd shoemaker surgeon tailor teacher technician waiter weaver",
        "welder",
    )
    for word in line.split()
)
"""What people do for a living, in the singular."""
_PARTS = frozenset(
    word
    for line in (
        "applicant buyer camper candidate casualty caller client colleague councillor customer",
        "doctor employee guest lodger medic member neighbor neighbour newcomer passenger patient",
        "pedestrian physician reader resident seller soldier stranger tenant",
        "traveller user victim visitor witness worker",
    )
    for word in line.split()
)
"""What people are in a story, in the singular; nothing that says how old they are."""
_LABELLED = re.compile(r"(?P<noun>\w.*\w)\s+(?:[A-Z]|\d{1,3})")
_TITLES = ("Dr", "Mr", "Mrs", "Ms", "Miss", "Prof", "Captain", "Sergeant", "Nurse", "Judge")


def people(scenario: Scenario) -> tuple[str, ...]:
    """How to name each person of the (English) text that is sure to be one person: "the tenant".

    Those that the choices name come first. Too few rather than too many: a bare name may be that
    of a village or a fund. Nor is whoever decides among them.
    """
    text = all_text(scenario)
    choices = "\n".join(choice.text for choice in scenario.choices)
    named = [name for name in found_entities(scenario) if _is_person(name)]
    described = [
        f"the {word}"
        for word in sorted(OCCUPATIONS | _PARTS)
        if re.search(rf"\bthe {word}\b(?! [A-Z0-9]\b)", text, re.IGNORECASE)
        and not re.search(rf"\byou are (?:the|an?) (?:\w+ ){{,3}}{word}\b", text, re.IGNORECASE)
    ]
    described.sort(key=lambda name: not re.search(rf"\b{name}\b", choices, re.IGNORECASE))
    return tuple(dict.fromkeys([*named, *described]))


def _is_person(name: str) -> bool:
    labelled = _LABELLED.fullmatch(name)
    if labelled is not None:
        return labelled["noun"].lower() in OCCUPATIONS | _PARTS
    return name.split(maxsplit=1)[0].rstrip(".") in _TITLES and len(name.split()) > 1
