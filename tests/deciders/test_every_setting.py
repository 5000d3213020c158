"""Every setting of every decider changes what is asked or what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.deciders.making import named
from alignkit.examples import Pool, Selector
from alignkit.prompts import Prompts
from alignkit.schema import Answer, Attribute, Choice, Decision, Profile, Request, Scenario
from alignkit.testing import FakeModel, FakeSettings

LEVELS = {"Treat Ann first": 0.25, "Treat Ben first": 1.0, "Treat Cleo first": 0.5}
VALUED = ("merit", "care", "pride", "medical_urgency", "haste")
WARD = Scenario(
    id="ward",
    context="Ann has burns. Ben has a cold. Cleo has a cough.",
    question="Whom do you treat?",
    choices=tuple(
        Choice(
            id=text.split()[1],
            text=text,
            values={
                name: (level * 0.9 + 0.05 * place) % 1 if name != "haste" else 1 - level
                for place, name in enumerate(VALUED)
            },
        )
        for text, level in LEVELS.items()
    ),
    entities=("Ann", "Ben", "Cleo"),
)
PAIR = WARD.model_copy(update={"choices": WARD.choices[:2]})
PROFILE = Profile.model_validate(
    {
        "name": "p",
        "targets": {"merit": {"samples": [0.2, 0.7]}, "care": {"value": 0.9, "weight": 2}},
        "panel": [
            {"story": "Ada mends nets.", "weight": 2, "values": {"merit": 1.0}},
            {"story": "Bob keeps bees.", "values": {"merit": 0.5, "care": 0.9}},
        ],
    }
)


def labelled(name: str, context: str, *levels: float) -> Scenario:
    """An example of merit and care."""
    choices = tuple(
        Choice(id=f"{name}{n}", text=f"{name} {n}", values={"merit": level, "care": 1 - level})
        for n, level in enumerate(levels)
    )
    return Scenario(id=name, context=context, question="What now?", choices=choices)


POOL = Pool(
    [
        labelled("flood", "A river rises to the mill and the bridge is gone.", 0.0, 1.0),
        labelled("snow", "Deep snow lies on the pass; the sledge is slow.", 0.25, 0.5),
        labelled("barn", "A barn burns on the hill, horses inside.", 0.75, 0.5),
        labelled("strike", "The drivers of the tramway do not work today.", 1.0, 0.5),
    ]
)

PROMPTS = Prompts()
KDE: dict[str, Any] = {"alignment": "kde_likely"}
LOW: dict[str, Any] = {"merit": [0.0, 0.1, 0.2], "care": [0.1, 0.4]}
HIGH: dict[str, Any] = {"merit": [0.5, 0.9], "care": [0.3, 0.35, 1.0]}
MIDPOINT: dict[str, Any] = {"alignment": "midpoint"}
REASONING: dict[str, Any] = {"reasoning": True}
CHANGES: dict[str, tuple[dict[str, Any], Any]] = {
    "exchange_names": ({}, True),
    "most_twins": ({"exchange_names": True}, 2),
    "relevant_from": ({}, 1),
    "relevant_above": ({"relevant_from": 1}, 0.01),
    "in_view": ({}, 2),
    "form": ({}, "score"),
    "temperature": ({}, 0.5),
    "bandwidth": (KDE, 0.3),
    "boundary": (KDE, "none"),
    "norm": (KDE, "local"),
    "prior_factor": (KDE | {"norm": "prior", "pool": LOW}, 0.1),
    "pool": (KDE | {"norm": "global", "pool": LOW}, HIGH),
    "against": (MIDPOINT, "haste"),
    "midpoints": (MIDPOINT, "weighted"),
    "votes": (MIDPOINT, "counted"),
    "seed": ({}, 5),
    "reverse": ({}, True),
    "alignment": ({}, "euclidean"),
    "also": ({}, ["pride"]),
    "shots": ({}, 1),
    "selection": ({"shots": 2}, "random"),
    "nearest_last": ({"shots": 2}, False),
    "outcomes": ({}, True),
    "focus": ({}, True),
    "ask": ({}, ["origin"]),
    "both_ends": ({}, False),
    "softness": ({}, 1.0),
    "weigh_relevance": ({}, False),
    "binary": ({}, True),
    "facts": ({}, 3),
    "threshold": ({}, 1.0),
    "strength": ({}, 2.0),
    "positive": ({}, 4),
    "negative": ({}, 4),
    "only_chosen": ({"positive": 1}, False),
    "rule": ({}, "majority"),
    "reasoning": ({}, True),
    "reasoning_length": (REASONING, 100),
    "reasoning_temperature": (REASONING, 1.0),
    "view": ({}, "first"),
    "people": ({}, 1),
    "nearness": ({}, 1.0),
    "place": ({}, 2),
    "members": ({}, ["baseline", "instructed"]),
    "weights": ({}, [1, 2, 3]),
}
"""By setting: what else is set, and to what it is changed from its default."""
SPECIAL: dict[tuple[str, str], tuple[dict[str, Any], Any]] = {
    ("contrastive", "against"): ({}, "plain"),
    ("persona", "against"): ({}, "plain"),
    ("chooser_judge", "focus"): ({}, False),
    ("chooser_judge", "softness"): ({}, 2.0),
    ("instructed", "seed"): (REASONING, 5),
    ("random", "seed"): ({}, 1),
    **{
        (name, "seed"): ({"alignment": "kde_sampled"}, 5)
        for name in ("chooser_judge", "statement_judge", "most_and_least", "value_judge", "oracle")
    },
    **{
        (name, "seed"): ({"shots": 2, "selection": "random"}, 7)
        for name in ("direct_regression", "comparative_regression", "relevance_weighted")
    },
}
ELSEWHERE = {"examples"}
"""Read by the service, which opens the pool."""
TABLES = {"pool"}
"""Too long for the name of a decider; given in files."""
PAIRS = [
    (name, setting)
    for name in DECIDERS.names()
    for setting in DECIDERS.load(name).settings_type.model_fields
    if setting not in ELSEWHERE
]


class Watched(FakeModel):
    """Writes several facts, and remembers with which seeds and samplings it was asked."""

    def __init__(self, seed: int) -> None:
        super().__init__(FakeSettings(seed=seed), prompts=PROMPTS)
        self.log: list[object] = []

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        self.log.append(list(seeds))
        return await super().draw(requests, seeds)

    async def generate_object(self, prompt: Any, schema: Any, sampling: Any) -> Any:
        self.log.append((prompt, dict(schema), sampling))
        found = await super().generate_object(prompt, schema, sampling)
        if "facts" not in found.output:
            return found
        facts = {"facts": ["Ann has burns.", "Ben has a cold.", "Cleo has a cough."]}
        return found.model_copy(update={"output": facts})


def selected(settings: Any) -> Selector | None:
    """What picks examples, where some are wanted."""
    return Selector(POOL, settings) if getattr(settings, "shots", 0) else None


async def footprint(
    attributes: dict[str, Attribute], seed: int, name: str, settings: dict[str, Any]
) -> tuple[object, ...]:
    """All that can be seen of a decision but its name and its settings."""
    kind, model = DECIDERS.load(name), Watched(seed)
    chosen = kind.settings_type.model_validate(settings)
    decider = kind(model, chosen, attributes=attributes, prompts=PROMPTS, selecting=selected)
    scenario = PAIR if settings.get("alignment") == "midpoint" else WARD
    decision: Decision = await decider.decide(scenario, PROFILE)
    assert decision.outcome != "failed"
    return (
        decision.model_dump(mode="json", exclude={"id", "decider"}),
        decision.evidence,
        model.requests,
        model.log,
    )


@pytest.mark.parametrize(("name", "setting"), PAIRS)
async def test_a_setting_is_used(attributes: dict[str, Attribute], name: str, setting: str) -> None:
    assert setting in CHANGES, f"say in test_every_setting.py what {setting!r} changes"
    given, changed = SPECIAL.get((name, setting), CHANGES[setting])
    for seed in range(10):  # what one made-up model says may leave a setting without effect
        before = await footprint(attributes, seed, name, given)
        if before != await footprint(attributes, seed, name, {**given, setting: changed}):
            break
    else:
        pytest.fail(f"{name} does the same whatever {setting!r} is")
    assert before == await footprint(attributes, seed, name, given)


@pytest.mark.parametrize(
    ("name", "setting"), [(name, setting) for name, setting in PAIRS if setting not in TABLES]
)
def test_the_label_of_a_decider_names_it_again(name: str, setting: str) -> None:
    given, changed = SPECIAL.get((name, setting), CHANGES[setting])
    kind = DECIDERS.load(name)
    plain = {key: value for key, value in given.items() if key not in TABLES}
    decider = kind(settings=kind.settings_type.model_validate({**plain, setting: changed}))
    found = named(decider.label)
    assert (found.kind, found.settings) == (kind, decider.settings)
