"""Yes or no, asked of each choice by itself in one or several ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from alignkit.deciders.case import Case
from alignkit.deciders.ordering import canonical
from alignkit.deciders.trace import Trace
from alignkit.prompts import Rendered
from alignkit.schema import YES, Attribute, Choice, PredicateQuestion, Request
from alignkit.stats.probability import log_odds, logistic

Way = TypeVar("Way", bound=str)


async def asked_log_odds(
    trace: Trace,
    case: Case,
    attributes: Sequence[Attribute],
    ways: Sequence[Way],
    render: Callable[[Attribute, Choice, Way], Rendered],
) -> dict[tuple[str, str, Way], float]:
    """The log-odds of yes, by attribute, choice and way of asking.

    `render` makes the prompt about one attribute in one choice, asked in one way.
    """
    asked = [
        (a, c, way) for a in attributes for c in canonical(case.scenario.choices) for way in ways
    ]
    answers = await trace.ask([_request(render(*parts)) for parts in asked])
    return {
        (attribute.name, choice.id, way): log_odds(answer.probabilities[YES])
        for (attribute, choice, way), answer in zip(asked, answers, strict=True)
    }


def level_of(score: float) -> tuple[float, float]:
    """The level from 0 to 1 that log-odds of `score` stand for, and the standard deviation."""
    mean = logistic(score)
    return mean, float(np.sqrt(mean * (1 - mean)))


def _request(asked: Rendered) -> Request:
    return Request(prompt=asked.prompt, question=PredicateQuestion(instructions=asked.question))
