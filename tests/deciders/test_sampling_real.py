"""The answers that are drawn come from the distributions that are read exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import chisquare

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.prompts import Prompts
from alignkit.schema import Attribute, Call, Choice, Decision, Profile, Scenario
from alignkit.stats.probability import Floats

if TYPE_CHECKING:
    from alignkit.models.llama import LlamaModel
    from alignkit.models.weights import WeightsFile

PROMPTS = Prompts()
DRAWS = 200
"""On each side of each item."""
LEVEL, ENOUGH = 0.05, 5.0
KIND = Profile.model_validate({"name": "kind", "targets": {"kindness": 0.9}})
KINDNESS = Attribute.model_validate(
    {
        "name": "kindness",
        "title": "Kindness",
        "definition": "Being good to others.",
        "low": "Unkind.",
        "high": "Kind.",
        "instructions": {"low": ["Think of yourself."], "high": ["Think of others."]},
        "levels": ["none", "some", "much"],
    }
)
SCENES = {
    "A stranger has lost a purse": ("Look for the owner", "Walk on", "Keep it"),
    "A bird has hurt its wing": ("Call the shelter", "Leave it alone"),
    "The neighbour plays loud music": ("Talk to him", "Shut the window"),
    "A friend forgot a birthday": ("Say nothing", "Tease her"),
    "The last seat on the bus is free": ("Sit down", "Offer it"),
    "A letter came to the wrong house": ("Bring it over", "Throw it away"),
    "The soup is too salty": ("Eat it", "Complain"),
    "A child cries in the shop": ("Ask what is wrong", "Call the staff"),
    "The train is two hours late": ("Wait", "Take a taxi"),
    "A colleague made a mistake": ("Help to mend it", "Tell the boss", "Ignore it"),
    "The dog wants to go out": ("Go now", "Go later"),
    "Somebody fell on the ice": ("Help him up", "Hurry to work"),
    "The roof lets in rain": ("Mend it today", "Move out"),
    "A guest is allergic to nuts": ("Bake without", "Warn him"),
    "The team lost the match": ("Cheer them up", "Train harder"),
    "An old man asks the way": ("Walk with him", "Point there", "Show a map"),
    "The lift is out of order": ("Take the stairs", "Wait below"),
    "A cat sits on the warm car": ("Lift it down", "Sound the horn"),
    "The library closes early": ("Ask for a minute", "Leave the book", "Come back"),
    "Money is left at the end": ("Give it away", "Save it"),
}


@pytest.fixture
def models(small_model_file: WeightsFile) -> Iterator[list[LlamaModel]]:
    """The small model twice, each on one thread, which take turns at nothing.

    Two threads that wait for each other at every step of every token are many times slower as soon
    as somebody else needs a processor too.
    """
    from alignkit.models.llama import LlamaModel, LlamaSettings  # noqa: PLC0415  loads the engine

    opened = [
        LlamaModel(
            small_model_file.path,
            name="smollm2-135m",
            sha256=small_model_file.sha256,
            settings=LlamaSettings(context=1024, threads=1),
        )
        for _ in range(2)
    ]
    yield opened
    for model in opened:
        asyncio.run(model.aclose())


def scenario(number: int) -> Scenario:
    """One of the items."""
    context, texts = list(SCENES.items())[number]
    choices = tuple(Choice(id=str(n), text=text) for n, text in enumerate(texts))
    return Scenario(id=f"s{number}", context=f"{context}.", question="What now?", choices=choices)


def made(model: LlamaModel, name: str, **settings: int) -> Decider:
    """The decider with these settings on the small model."""
    kind = DECIDERS.load(name)
    chosen = kind.settings_type.model_validate(settings)
    return kind(model, chosen, attributes={"kindness": KINDNESS}, prompts=PROMPTS)


def rows(calls: Sequence[Call], item: Scenario) -> Floats:
    """The answers of `calls`: (n_calls, n_choices), in the scenario's order."""
    return np.array([[call.answer.probabilities[c] for c in item.choice_ids] for call in calls])


def p_value(item: Scenario, exact: Floats, drawn: Floats) -> float:
    """Of a chi-square test of what was `drawn`, where each sees the next of the `exact` orders.

    Choices that are expected less often than 5 times are counted together.
    """
    assert set(drawn.ravel()) <= {0.0, 1.0}
    seen = drawn.sum(axis=0)
    expected = sum(exact[number % len(exact)] for number in range(len(drawn)))
    rare = np.asarray(expected) < ENOUGH
    if rare.any():
        pooled = [np.array([*counts[~rare], counts[rare].sum()]) for counts in (seen, expected)]
        if pooled[1][-1] < ENOUGH:  # still too few: they join the least of the others
            last = int(np.argmin(pooled[1][:-1]))
            for counts in pooled:
                counts[last] += counts[-1]
            pooled = [counts[:-1] for counts in pooled]
        seen, expected = pooled
    assert len(seen) > 1, f"{item.id} can be told by hand"
    return float(chisquare(seen, expected).pvalue)


def rejected(p_values: Sequence[float]) -> list[int]:
    """Which of the tests fail at the level for all of them together (Holm, 1979)."""
    order = np.argsort(p_values)
    failing: list[int] = []
    for place, test in enumerate(order):
        if p_values[test] > LEVEL / (len(p_values) - place):
            break
        failing.append(int(test))
    return failing


def both_sides(item: Scenario, exact: Decision, drawn: Decision) -> list[float]:
    """The p-values under the profile and under its opposite."""
    orders = len(item.choices)
    known, found = exact.evidence.calls, drawn.evidence.calls
    assert (len(known), len(found)) == (2 * orders, 2 * DRAWS)
    for side in range(2):
        asked = [call.prompt for call in known[side * orders :][:orders]]
        assert {call.prompt for call in found[side * DRAWS :][:DRAWS]} == set(asked)
    return [
        p_value(
            item,
            rows(known[side * orders :][:orders], item),
            rows(found[side * DRAWS :][:DRAWS], item),
        )
        for side in range(2)
    ]


async def asked(model: LlamaModel, numbers: Sequence[int]) -> list[float]:
    """The p-values of some of the items, two for each."""
    items = [scenario(number) for number in numbers]
    exact = made(model, "contrastive")
    # First what is exact, then the draws, so that they find their prompts in the engine.
    exactly = [asyncio.ensure_future(exact.decide(item, KIND)) for item in items]
    await asyncio.sleep(0.1)
    drawing = (
        # Seeds of their own for every item, or one unlucky number would be in all of them.
        made(model, "self_consistency", positive=DRAWS, negative=DRAWS, seed=10_000 * number)
        for number in numbers
    )
    found = await asyncio.gather(
        *(one.decide(item, KIND) for one, item in zip(drawing, items, strict=True))
    )
    known = await asyncio.gather(*exactly)
    sides = map(both_sides, items, known, found)
    return [value for pair in sides for value in pair]


@pytest.mark.real_model
async def test_drawn_answers_match_the_exact_distributions(models: list[LlamaModel]) -> None:
    halves = await asyncio.gather(
        *(asked(model, range(n, len(SCENES), 2)) for n, model in enumerate(models))
    )
    p_values = [value for half in halves for value in half]
    assert len(p_values) == 2 * len(SCENES) == 40
    assert rejected(p_values) == [], sorted(p_values)[:5]


def test_the_test_would_find_answers_that_are_drawn_wrongly() -> None:
    item = scenario(1)
    exact = np.array([[0.6, 0.4], [0.5, 0.5]])
    right, wrong = (np.repeat(np.eye(2), (count, DRAWS - count), axis=0) for count in (110, 145))
    assert p_value(item, exact, right) == pytest.approx(1)
    assert rejected([p_value(item, exact, wrong), *[0.5] * 39]) == [0]
    assert rejected([0.0013, *[0.5] * 39]) == []
    assert rejected([0.0012, 0.00127, *[0.5] * 38]) == [0, 1]


def test_rare_choices_are_counted_together() -> None:
    item = scenario(0)
    drawn = np.repeat(np.eye(3), (190, 6, 4), axis=0)
    together = np.array([[0.95, 0.0285, 0.0215]])
    assert p_value(item, together, drawn) == pytest.approx(1)
    one_rare = np.array([[0.6, 0.39, 0.01]])
    drawn = np.repeat(np.eye(3), (120, 77, 3), axis=0)
    assert p_value(item, one_rare, drawn) == pytest.approx(1)
