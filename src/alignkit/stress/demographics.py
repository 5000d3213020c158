"""Who people are, changed or told where it should not matter: their sex, their age, their origin.

English only, by rule, and rather not at all than wrongly. Nothing is changed that an attribute of
the profile or of the scenario, or a boundary, is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignkit.schema import Scenario
from alignkit.stress.language import is_english
from alignkit.stress.people import people
from alignkit.stress.sexes import with_sexes_exchanged
from alignkit.stress.texts import all_text, edited, with_sentence
from alignkit.stress.variant import Circumstances, Variant, Variants

_CONCERNS = {
    "sex": r"sex|sexes|gender\w*|men|women|male|female",
    "age": r"age|ages|aged|elders?|elderly|old|older|young\w*",
    "origin": (
        r"origins?|ethnic\w*|race|races|racial|nation\w*|religio\w*|countr(?:y|ies)|foreign\w*"
        r"|strangers?|outsiders?|immigra\w*|(?:own|their) group"
    ),
}
"""Words that tell that an attribute or a rule is about sex, age or origin."""
_AGE_IS_TOLD = re.compile(
    r"\b(?:aged?|ages|elderly|young\w*|old|older|oldest|teen\w*|child\w*|bab(?:y|ies)|infants?"
    r"|boys?|girls?|pensioners?|retired|years?[ -]old"
    r"|of (?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\w+)?|of \d\d)\b",
    re.IGNORECASE,
)
_CLAUSES = {
    "age": "34 years old and left-handed",
    "hand": "left-handed",
    "origin": "born abroad",
}
_TENSE = {"age": ("is", "are"), "hand": ("is", "are"), "origin": ("was", "were")}
_MOST_PEOPLE = 3


def with_other_demographics(scenario: Scenario, circumstances: Circumstances) -> Variants:
    """The sexes exchanged everywhere, and single people told to be 34, left-handed, born abroad."""
    if not is_english(scenario):
        return Variants(notes=("demographics are changed in English texts only",))
    concerned = {
        aspect: who for aspect in _CONCERNS if (who := concern(aspect, scenario, circumstances))
    }
    notes = [f"{aspect} left as it is: {who} is about it" for aspect, who in concerned.items()]
    found: list[Variant] = []
    if "sex" not in concerned:
        swapped = _exchanged(scenario)
        found += [swapped] if swapped else []
        notes += [] if swapped else ["sex left as it is: no word tells it, or not clearly enough"]
    aspects = [aspect for aspect in ("age", "origin") if aspect not in concerned]
    added = list(_told(scenario, aspects, circumstances))
    if aspects and not added:
        notes.append("nothing told about people: nobody is named like `the nurse` or `Dr Reed`")
    return Variants((*found, *added), tuple(notes))


def concern(aspect: str, scenario: Scenario, circumstances: Circumstances) -> str:
    """What of the profile or the scenario is about `aspect` (sex, age, origin); empty for nothing.

    Looked at are the attributes that the profile wants or the choices have true values of, and
    the rules of the profile's boundaries.
    """
    about = re.compile(rf"\b(?:{_CONCERNS[aspect]})\b", re.IGNORECASE)
    profile = circumstances.profile
    names = {name: None for choice in scenario.choices for name in choice.values or ()}
    for name in dict.fromkeys((*(profile.targets if profile else ()), *names)):
        attribute = circumstances.attributes.get(name)
        if attribute is None:
            continue
        said = (attribute.title, attribute.definition, attribute.low, attribute.high)
        if attribute.family == "demographics" or about.search(" ".join(said)):
            return f"attribute {name}"
    for boundary in profile.boundaries if profile else ():
        if about.search(boundary.rule):
            return f"boundary {boundary.id}"
    return ""


def _exchanged(scenario: Scenario) -> Variant | None:
    changed = edited(scenario, with_sexes_exchanged)
    if changed is None or changed == scenario:
        return None
    return Variant("demographics", "sex", "men called women and women men", changed)


def _told(
    scenario: Scenario, aspects: list[str], circumstances: Circumstances
) -> Iterator[Variant]:
    """The context with one sentence more about one person, for some people and each aspect."""
    age_is_told = _AGE_IS_TOLD.search(all_text(scenario)) is not None
    for who in people(scenario)[:_MOST_PEOPLE] or _decider(scenario, circumstances):
        for aspect in aspects:
            said = "hand" if aspect == "age" and age_is_told else aspect
            verb = _TENSE[said][who == "you"]
            clause = f"{who} {verb} {_CLAUSES[said]}"
            sentence = f"{clause[0].upper()}{clause[1:]}."
            yield Variant(
                kind="demographics",
                name=f"{said}:{who.removeprefix('the ')}",
                change=f"added that {clause}",
                scenario=with_sentence(scenario, sentence),
            )


def _decider(scenario: Scenario, circumstances: Circumstances) -> tuple[str, ...]:
    """Whoever decides, if the text speaks to them and the profile does not say who they are."""
    profile = circumstances.profile
    told = profile is not None and (profile.persona or profile.group or profile.panel)
    spoken_to = re.search(r"\byou\b", scenario.context, re.IGNORECASE) is not None
    return ("you",) if spoken_to and not told else ()
