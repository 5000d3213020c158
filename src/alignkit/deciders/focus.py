"""One choice with only what the situation says about those it names.

Of a choice such as "Treat Patient A" a small model often does not see whom it is about, or takes
the name for a reason. So the sentences about the others are left out, and whoever the choice is
about gets the same name in every choice: what is left to judge is what is said about them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from alignkit.deciders.entities import exchanged, found_entities, mentions
from alignkit.errors import BadScenario
from alignkit.schema import Choice, Scenario

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_GLUE = "\x00"
"""Stands in for the spaces of a name; no text of ours holds it."""


def focused(scenario: Scenario, choice: Choice) -> tuple[Scenario, Choice]:
    """`scenario` as `choice` needs it, and the choice in it.

    Nothing changes where the choice names none of the names in the scenario, or more than one, or
    where nothing is said about the one it names alone.
    """
    names = sorted(found_entities(scenario))
    own = [name for name in names if mentions(choice.text, name)]
    if len(own) != 1 or len(names) == 1:
        return scenario, choice
    lines = [_about(line, own[0], names) for line in scenario.context.split("\n")]
    context = "\n".join(filter(None, lines))
    if not mentions(context, own[0]):
        return scenario, choice
    narrowed = scenario.model_copy(update={"context": context})
    if own[0] == names[0]:
        return narrowed, choice
    try:
        renamed = exchanged(narrowed, {own[0]: names[0], names[0]: own[0]})
    except BadScenario:
        return narrowed, choice
    return renamed, next(one for one in renamed.choices if one.id == choice.id)


def shown(scenario: Scenario, choice: Choice, *, focus: bool) -> dict[str, object]:
    """What templates about one choice are given: whole, or focused on it."""
    seen, said = focused(scenario, choice) if focus else (scenario, choice)
    return {"scenario": seen, "choice": said}


def _about(line: str, own: str, names: Sequence[str]) -> str:
    """The sentences of `line` that are about `own` alone, or about none of `names`.

    A sentence without a name is about whom the one before it in the line was about. One that names
    several tells first from second, which is no reason, and is left out.
    """
    kept: list[str] = []
    about: set[str] = set()
    for sentence in _sentences(line, names):
        about = {name for name in names if mentions(sentence, name)} or about
        if about <= {own}:
            kept.append(sentence)
    return " ".join(kept)


def _sentences(line: str, names: Sequence[str]) -> list[str]:
    """The sentences of `line`; none ends within a name such as "Dr. Lee"."""
    for name in names:
        line = line.replace(name, name.replace(" ", _GLUE))
    return [sentence.replace(_GLUE, " ") for sentence in _SENTENCE.split(line)]
