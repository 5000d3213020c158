"""Which of a profile's targets matter in a scenario? Asked as one typed question for each.

Models choose better when only what matters of a profile is put before them, and what is left out
costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from alignkit.deciders.case import Case
from alignkit.deciders.ordering import canonical
from alignkit.deciders.settings import AskingSettings
from alignkit.deciders.trace import Trace
from alignkit.schema import YES, Attribute, PredicateQuestion, Request


async def relevance(trace: Trace, case: Case) -> dict[str, float]:
    """By attribute: how sure the model is that it matters in the scenario, 0 to 1."""
    answers = await trace.ask([_request(trace, case, attribute) for attribute in case.attributes])
    return {
        attribute.name: answer.probabilities[YES]
        for attribute, answer in zip(case.attributes, answers, strict=True)
    }


async def narrowed(trace: Trace, case: Case, settings: AskingSettings) -> Case:
    """`case` with the targets that matter, where it has so many that it is worth asking."""
    enough = 0 < settings.relevant_from <= len(case.attributes)
    if not enough or case.profile is None:
        return case
    with trace.step("finding what is relevant"):
        found = await relevance(trace, case)
    return only_relevant(case, found, settings.relevant_above)


def only_relevant(case: Case, found: Mapping[str, float], above: float) -> Case:
    """`case` with the targets whose relevance is larger than `above`, or the most relevant one."""
    most = max(found.values())
    kept = {name for name, share in found.items() if share > above or (share == most <= above)}
    return replace(case.limited_to(kept), relevance=dict(found))


def _request(trace: Trace, case: Case, attribute: Attribute) -> Request:
    asked = trace.render(
        "relevance",
        scenario=case.scenario,
        attribute=attribute,
        choices=canonical(case.scenario.choices),
    )
    return Request(prompt=asked.prompt, question=PredicateQuestion(instructions=asked.question))
