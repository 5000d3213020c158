"""Which choices a profile's boundaries rule out, whatever the targets say."""

from __future__ import annotations

from collections.abc import Sequence

from alignkit.deciders.case import Case
from alignkit.deciders.trace import Trace
from alignkit.schema import YES, Boundary, Choice, PredicateQuestion, Request
from alignkit.words import ForbiddenWords

_BREAKS = 0.5
"""A choice breaks a rule when the model finds that more likely than not."""


async def forbidden(trace: Trace, case: Case) -> dict[str, str]:
    """Choices that must not be taken, each with the id of the first boundary it breaks.

    Words that must never be said are looked for in the text of the choice; rules are judged by the
    model. Methods that work without a model only know the words.
    """
    boundaries = case.profile.boundaries if case.profile else ()
    pairs = [(boundary, choice) for boundary in boundaries for choice in case.scenario.choices]
    words = {boundary.id: ForbiddenWords([boundary]) for boundary in boundaries}
    broken = [words[boundary.id].find(choice.text) is not None for boundary, choice in pairs]
    if pairs and trace.has_model:
        judged = await _judged(trace, case, pairs)
        broken = [says or breaks for says, breaks in zip(broken, judged, strict=True)]
    found: dict[str, str] = {}
    for (boundary, choice), breaks in zip(pairs, broken, strict=True):
        if breaks:
            found.setdefault(choice.id, boundary.id)
    return found


async def _judged(trace: Trace, case: Case, pairs: Sequence[tuple[Boundary, Choice]]) -> list[bool]:
    """For each of `pairs`, whether the model finds that the choice breaks the rule."""
    asked = [
        trace.render("boundary", scenario=case.scenario, boundary=boundary, choice=choice)
        for boundary, choice in pairs
    ]
    answers = await trace.ask(
        [
            Request(prompt=ask.prompt, question=PredicateQuestion(instructions=ask.question))
            for ask in asked
        ]
    )
    return [answer.probabilities[YES] > _BREAKS for answer in answers]
