"""Which of two answers to a question is truer? Asked blind, in both orders, with references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.deciders.trace import Trace
from alignkit.schema import ChoiceQuestion, Option, Request
from alignkit.stats.probability import log_average

_ONE, _OTHER = "one", "other"

_DIGITS = 9


@dataclass(frozen=True)
class References:
    """A question and what is known of it."""

    question: str
    true: tuple[str, ...]
    false: tuple[str, ...]
    """Common mistakes."""


@dataclass(frozen=True)
class Preference:
    """What the judge said of two answers."""

    one: float
    """The probability that the first is truer, averaged over both orders, 0 to 1."""
    steady: bool
    """Whether it names the same answer in both orders."""


async def truer(trace: Trace, about: References, one: str, other: str) -> Preference:
    """Which of the answers `one` and `other` is truer.

    Who wrote them is not said. Each stands first once, so a liking for a place is averaged out.

    Raises:
        UnsupportedCapability: the model does not answer typed questions.
        ModelError: it could not answer one of them.
    """
    asked = trace.render(
        "truer_answer", request=about.question, facts=about.true, mistakes=about.false
    )
    options = (Option(id=_ONE, text=one), Option(id=_OTHER, text=other))
    orders: Sequence[tuple[Option, ...]] = (options, options[::-1])
    with trace.step("comparing two answers"):
        answers = await trace.ask(
            [
                Request(
                    prompt=asked.prompt,
                    question=ChoiceQuestion(instructions=asked.question, options=order),
                )
                for order in orders
            ]
        )
    rows = np.array([[one.probabilities[_ONE], one.probabilities[_OTHER]] for one in answers])
    first, second = (one > other for one, other in rows)
    # Rounded, so that a liking for a place alone comes out as even.
    return Preference(round(float(log_average(rows)[0]), _DIGITS), bool(first == second))
