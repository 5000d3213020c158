"""Typed questions for services that take them as they are and give probabilities of their own.

Options go by the labels that they have in other models' prompts, for ids are names that a scenario
has for itself: they may say which choice is the good one. Requests about one prompt go in one call.
A draw is taken here, from the probabilities that the service gives.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from alignkit.errors import BadModelOutput
from alignkit.models.readout import MAX_LABELS, labels_of
from alignkit.models.together import together
from alignkit.schema import (
    Answer,
    ChoiceQuestion,
    Prompt,
    Question,
    Request,
    ScoreQuestion,
    Usage,
)
from alignkit.stats.probability import normalise

Asking = Callable[
    [Prompt, Sequence[Question]], Coroutine[Any, Any, tuple[Sequence[Sequence[float]], Usage]]
]
"""Asks questions about one prompt in one call: probabilities in the order of each one's options."""
_OFF = 0.02
"""How far from 1 probabilities may add up that a service has rounded."""


def called(question: ChoiceQuestion, prompt: Prompt) -> tuple[str, ...]:
    """What the options of `question` are called, whatever their number."""
    if len(question.options) > MAX_LABELS:
        return tuple(str(place + 1) for place in range(len(question.options)))
    return labels_of(question, prompt)[1]


def levels_of(question: ScoreQuestion) -> tuple[str, ...]:
    """The levels of `question`, each in other words."""
    if len(set(question.levels)) == len(question.levels):
        return question.levels
    return tuple(f"{number}. {text}" for number, text in enumerate(question.levels, 1))


def in_order(found: Mapping[Any, float], names: Sequence[str]) -> list[float]:
    """The probabilities `found` in the order of `names`.

    Raises:
        BadModelOutput: one of them is missing.
    """
    missing = [name for name in names if name not in found]
    if missing:
        raise BadModelOutput(f"The answer has no probability for {missing[0]!r}.")
    return [found[name] for name in names]


async def ask_together(requests: Sequence[Request], ask: Asking, at_most: int) -> Sequence[Answer]:
    """The answers to `requests`, in their order, with at most so many questions in one call.

    What a call cost is told with the first of its answers.
    """
    batches = list(_batches(requests, at_most))
    replies = await together(
        ask(requests[places[0]].prompt, [requests[place].question for place in places])
        for places in batches
    )
    answers: dict[int, Answer] = {}
    for places, (shares, usage) in zip(batches, replies, strict=True):
        for place, row in zip(places, shares, strict=True):
            options = requests[place].question.option_ids
            answers[place] = _answer(options, row, usage if place == places[0] else Usage())
    return [answers[place] for place in range(len(requests))]


async def draw_from(
    requests: Sequence[Request],
    seeds: Sequence[int],
    answer: Callable[[Sequence[Request]], Awaitable[Sequence[Answer]]],
) -> Sequence[Answer]:
    """One option drawn for each of `requests`, from what `answer` gives for those that differ.

    The tokens of an answer are told with the first draw from it; each draw counts as a call.
    """
    different = list(dict.fromkeys(requests))
    found = dict(zip(different, await answer(different), strict=True))
    drawn = []
    for request, seed in zip(requests, seeds, strict=True):
        one = found[request]
        usage = one.usage.model_copy(update={"calls": 1})
        drawn.append(
            drawn_from(one, seed).model_copy(update={"readout": "samples", "usage": usage})
        )
        found[request] = one.model_copy(update={"usage": Usage()})
    return drawn


def drawn_from(answer: Answer, seed: int) -> Answer:
    """One option drawn from `answer` with `seed`."""
    options = list(answer.probabilities)
    key = "\x1f".join((str(seed), *options, repr(list(answer.probabilities.values()))))
    digest = hashlib.sha256(key.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    taken = rng.choice(len(options), p=normalise(np.array(list(answer.probabilities.values()))))
    shares = {option: float(place == taken) for place, option in enumerate(options)}
    return answer.model_copy(update={"probabilities": shares, "samples": 1})


def _batches(requests: Sequence[Request], at_most: int) -> Iterator[tuple[int, ...]]:
    """The places of `requests` about one prompt, as many at a time as may go in one call."""
    places: dict[Prompt, list[int]] = {}
    for place, request in enumerate(requests):
        places.setdefault(request.prompt, []).append(place)
    for found in places.values():
        left = iter(found)
        while batch := tuple(islice(left, at_most)):
            yield batch


def _answer(options: Sequence[str], row: Sequence[float], usage: Usage) -> Answer:
    """The answer with the probabilities of `row`, which a service may have rounded.

    Raises:
        BadModelOutput: they are no probabilities.
    """
    total = math.fsum(row)
    if min(row) < 0 or not abs(total - 1) <= _OFF:
        raise BadModelOutput(f"The service's probabilities add up to {total:.3f}, not to 1.")
    shares = dict(zip(options, (share / total for share in row), strict=True))
    return Answer(probabilities=shares, readout="native", usage=usage)
