"""Which of the choices does the model take? Asked in every rotation, and in rounds when many.

In an examination the choices have their letters already: it is asked once.

One round lists at most `in_view` choices. With more, choices in canonical order are split into
groups of nearly equal size; each group is asked by itself, the likeliest choice of each group goes
on, and the rounds repeat until one group is left. The probability of a choice is the probability
of its group's champion in the next round times its own share in its group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.deciders.ordering import canonical, groups, rotations
from alignkit.deciders.trace import Trace
from alignkit.prompts import Rendered
from alignkit.schema import Answer, Choice, ChoiceQuestion, Option, Request, Scenario
from alignkit.stats.probability import Floats, largest_shift, log_average


@dataclass(frozen=True)
class Chosen:
    """How the model's choice is spread, whatever order the choices came in."""

    shares: dict[str, float]
    """By choice id; they sum to 1."""
    shift: float
    """Largest total variation distance of one order's answer from the average, 0 to 1."""

    def row(self, scenario: Scenario) -> Floats:
        """(n_choices,): the shares in the order of `scenario`."""
        return np.array([self.shares[choice] for choice in scenario.choice_ids])


@dataclass(frozen=True)
class Ballot:
    """What is asked about the choices."""

    asked: Rendered
    in_view: int
    """At most so many choices are listed at once."""
    lettered: bool = False
    """They are listed in the prompt already, all of them, with letters in their own order."""


async def choose(trace: Trace, ballot: Ballot, choices: Sequence[Choice]) -> Chosen:
    """The model's probabilities over `choices`, averaged over the orders they can be listed in."""
    heats = [tuple(choices)] if ballot.lettered else groups(canonical(choices), ballot.in_view)
    results = await _ask(trace, ballot, heats)
    if len(heats) == 1:
        return results[0]
    champions = [
        max(heat, key=lambda choice: (result.shares[choice.id], choice.text))
        for heat, result in zip(heats, results, strict=True)
    ]
    final = await choose(trace, ballot, champions)
    shares = {
        choice: final.shares[champion.id] * share
        for champion, result in zip(champions, results, strict=True)
        for choice, share in result.shares.items()
    }
    return Chosen(shares, max(final.shift, *(result.shift for result in results)))


async def _ask(trace: Trace, ballot: Ballot, heats: Sequence[tuple[Choice, ...]]) -> list[Chosen]:
    """The result of each heat; all are asked together, so that equal beginnings are shared."""
    listings = [_orders(ballot, heat) for heat in heats]
    answers = iter(
        await trace.ask([_request(ballot, order) for orders in listings for order in orders])
    )
    results = []
    for heat, orders in zip(heats, listings, strict=True):
        rows = [
            [next_answer[choice.id] for choice in heat] for next_answer in _take(answers, orders)
        ]
        results.append(_average(heat, np.array(rows)))
    return results


def _orders(ballot: Ballot, heat: tuple[Choice, ...]) -> Sequence[tuple[Choice, ...]]:
    """The orders in which `heat` is asked; none where nothing is left to choose."""
    if ballot.lettered:
        return [heat]
    return rotations(heat) if len(heat) > 1 else []


def _take(answers: Iterator[Answer], orders: Sequence[object]) -> list[dict[str, float]]:
    return [next(answers).probabilities for _ in orders]


def _average(heat: Sequence[Choice], rows: Floats) -> Chosen:
    """The average of `rows` (orders, choices) over the orders; a lone choice wins by itself."""
    if len(heat) == 1:
        return Chosen({heat[0].id: 1.0}, 0.0)
    centre = log_average(rows)
    shares = dict(zip((choice.id for choice in heat), centre.tolist(), strict=True))
    return Chosen(shares, largest_shift(rows, centre))


def _request(ballot: Ballot, listing: Sequence[Choice]) -> Request:
    options = tuple(Option(id=choice.id, text=choice.text) for choice in listing)
    question = ChoiceQuestion(
        instructions=ballot.asked.question, options=options, lettered=ballot.lettered
    )
    return Request(prompt=ballot.asked.prompt, question=question)
