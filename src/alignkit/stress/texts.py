"""One edit done to everything a model reads of a scenario."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError

from alignkit.schema import Scenario


def all_text(scenario: Scenario) -> str:
    """Context, question and choices, one below the other."""
    return "\n".join((scenario.context, scenario.question, *(c.text for c in scenario.choices)))


def edited(scenario: Scenario, edit: Callable[[str], str | None]) -> Scenario | None:
    """`scenario` with `edit` done to context, question, choices and entities.

    Ids, values, pinned flags and the title stay. None where `edit` gives None for one of the
    texts, or where the choices could not be told apart any more.
    """
    fields = dict(scenario) | {
        "context": edit(scenario.context),
        "question": edit(scenario.question),
        "choices": [dict(choice) | {"text": edit(choice.text)} for choice in scenario.choices],
        "entities": [edit(entity) for entity in scenario.entities],
    }
    try:
        return Scenario.model_validate(fields)
    except ValidationError:
        return None


def with_sentence(scenario: Scenario, sentence: str) -> Scenario:
    """`scenario` with `sentence` at the end of its context."""
    gap = " " if scenario.context.endswith((".", "!", "?", '"', "\u201d", ")")) else "\n"
    return scenario.model_copy(update={"context": f"{scenario.context}{gap}{sentence}"})
