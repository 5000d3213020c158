"""Whether a scenario is in English, the one language in which words are exchanged by rule."""

from __future__ import annotations

import re

from alignkit.schema import Scenario

_ENGLISH = frozenset(
    word
    for line in ("the and you your of to is are", "has have with what which who")
    for word in line.split()
)
_ENOUGH = 4
"""Different English words that tell a text is English; other languages share one or two."""


def is_english(scenario: Scenario) -> bool:
    """Whether the text is English: as its `language` says, else by its commonest words."""
    if scenario.language is not None:
        return scenario.language.lower().split("-")[0] == "en"
    text = " ".join((scenario.context, scenario.question, *(c.text for c in scenario.choices)))
    words = set(re.findall(r"[a-z]+", text.lower()))
    return len(words & _ENGLISH) >= _ENOUGH
