"""Which choices a profile's boundaries rule out, whatever the targets say."""

from __future__ import annotations

from collections.abc import Sequence

from alignkit.deciders.case import Case
from alignkit.deciders.trace import Trace
from alignkit.schema import YES, Boundary, Choice, PredicateQuestion, Request, Scenario
from alignkit.words import ForbiddenWords

BROKEN = 0.5
"""A choice breaks a rule when the model finds that more likely than not."""


async def forbidden(trace: Trace, case: Case) -> dict[str, str]:
    """Choices that must not be taken, each with the id of the first boundary it breaks.

    Words that must never be said are looked for in the text of the choice; rules are judged by the
    model. Methods that work without a model only know the words.
    """
    boundaries = case.profile.boundaries if case.profile else ()
    pairs = [(boundary, choice) for boundary in boundaries for choice in case.scenario.choices]
    words = {boundary.id: ForbiddenWords([boundary]) for boundary in boundaries}
    ruled_out = [words[boundary.id].find(choice.text) is not None for boundary, choice in pairs]
    if pairs and trace.has_model:
        judged = await broken(trace, case.scenario, pairs)
        ruled_out = [says or share > BROKEN for says, share in zip(ruled_out, judged, strict=True)]
    found: dict[str, str] = {}
    for (boundary, choice), breaks in zip(pairs, ruled_out, strict=True):
        if breaks:
            found.setdefault(choice.id, boundary.id)
    return found


async def broken(
    trace: Trace, scenario: Scenario, pairs: Sequence[tuple[Boundary, Choice]]
) -> list[float]:
    """For each of `pairs` the model's probability that the choice breaks the rule.

    Raises:
        UnsupportedCapability: the model does not answer typed questions.
        ModelError: it could not answer one of them.
    """
    asked = [
        trace.render("boundary", scenario=scenario, boundary=boundary, choice=choice)
        for boundary, choice in pairs
    ]
    answers = await trace.ask(
        [
            Request(prompt=ask.prompt, question=PredicateQuestion(instructions=ask.question))
            for ask in asked
        ]
    )
    return [answer.probabilities[YES] for answer in answers]
