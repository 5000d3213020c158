"""Made-up runs with effects of known size, to see what figures and verdicts make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from alignkit.schema import Cell, Outcome, Result, Run, Usage

Pair = tuple[Cell, Result]
LETTERS = ("A", "B", "C", "D")


def made(  # noqa: PLR0913  all that tells a cell from others
    scenario: str,
    truths: Mapping[str, Mapping[str, float]],
    choice: str | None,
    *,
    probability: float = 0.8,
    probabilities: Mapping[str, float] | None = None,
    outcome: Outcome = "decided",
    profile: str | None = None,
    targets: Mapping[str, float | None] | None = None,
    dataset: str = "made",
    decider: str = "baseline",
    model: str = "fake",
    seed: int = 0,
    group: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Pair:
    """A cell and its result: `choice` was chosen, with `probability`, the rest shared evenly."""
    rest = (1 - probability) / max(len(truths) - 1, 1)
    likely = probabilities or {key: probability if key == choice else rest for key in truths}
    if outcome == "failed":
        likely = {}
    even = 1 / len(truths)
    most = max(likely.values(), default=even)
    name = f"{dataset}/{scenario}/{profile}/{decider}/{model}/{seed}"
    cell = Cell(
        key=name,
        dataset=dataset,
        scenario=scenario,
        group=group or scenario,
        tags=dict(tags or {}),
        truths={key: dict(values) for key, values in truths.items()},
        profile=profile,
        targets=dict(targets or {}),
        decider=decider,
        model=model,
        seed=seed,
    )
    result = Result(
        key=name,
        decision=f"decision {name}",
        outcome=outcome,
        choice=choice if outcome == "decided" else None,
        confidence=(most - even) / (1 - even),
        probabilities=dict(likely),
        usage=Usage(tokens_submitted=400, tokens_evaluated=90, calls=1, seconds=0.1),
        reason=None if outcome == "decided" else "the confidence is too low",
    )
    return cell, result


def steered_run(  # noqa: PLR0913  what is steered, how well, and by whom
    rng: np.random.Generator,
    follow: Mapping[str, float],
    n: int = 60,
    *,
    levels: Sequence[float] = (0.0, 1.0),
    leak: Mapping[tuple[str, str], float] | None = None,
    decider: str = "comparative_regression",
    model: str = "fake",
    dataset: str = "values",
    plain: bool = False,
) -> list[Pair]:
    """Decisions on `n` scenarios of two choices for each attribute, under profiles that steer it.

    At the wanted level L the choice that shows the attribute is taken with probability
    1/2 + follow (L - 1/2), so that high minus low is `follow`. The other choice shows none of it.

    Args:
        rng: draws the choices.
        follow: by attribute: the true steering effect, -1 to 1.
        n: scenarios for each attribute.
        levels: that are wanted.
        leak: by (attribute, other): how strongly the other one goes along in the true values, -1
            (against) to 1; then its values are known, too.
        decider: the method.
        model: its model.
        dataset: the name of the data set.
        plain: add decisions of the plain model, which choose evenly.
    """
    found: list[Pair] = []
    for attribute, effect in follow.items():
        for number in range(n):
            shows, lacks = rng.permutation(["a", "b"]).tolist()
            values: dict[str, dict[str, float]] = {shows: {attribute: 1.0}, lacks: {attribute: 0.0}}
            for (own, other), share in (leak or {}).items():
                if own == attribute:
                    along = rng.random() < (1 + share) / 2
                    values[shows][other], values[lacks][other] = float(along), float(not along)
            truths = {key: values[key] for key in ("a", "b")}
            wishes: list[float | None] = [*levels, *([None] if plain else [])]
            for level in wishes:
                p = 0.5 if level is None else 0.5 + effect * (level - 0.5)
                taken = shows if rng.random() < p else lacks
                found.append(
                    made(
                        f"{attribute} {number}",
                        truths,
                        taken,
                        probability=float(rng.uniform(0.5, 1.0)),
                        profile=None if level is None else swept(attribute, level),
                        targets={} if level is None else {attribute: level},
                        dataset=dataset,
                        decider="baseline" if level is None else decider,
                        model=model,
                    )
                )
    return found


def swept(attribute: str, level: float) -> str:
    """Name of the profile that wants `attribute` at `level`."""
    word = {0.0: "low", 1.0: "high"}.get(level, f"{round(100 * level)}")
    return f"{attribute.replace('_', '-')}-{word}"


def asked(
    rng: np.random.Generator,
    accuracy: Mapping[str | None, float],
    n: int = 200,
    *,
    dataset: str = "mmlu",
    subjects: Sequence[str] = ("philosophy", "physics"),
) -> list[Pair]:
    """Answers to `n` questions with four choices under each profile of `accuracy` (by name).

    A question that one profile answers rightly another tends to, too: each has a difficulty, and an
    answer is right where that is below the accuracy.
    """
    found = []
    for number in range(n):
        difficulty, right = rng.random(), LETTERS[rng.integers(4)]
        truths = {key: {"correctness": float(key == right)} for key in LETTERS}
        wrong = next(key for key in LETTERS if key != right)
        for profile, share in accuracy.items():
            hit = np.clip(difficulty + rng.normal(0, 0.05), 0, 1) < share
            found.append(
                made(
                    f"question {number}",
                    truths,
                    right if hit else wrong,
                    probability=float(rng.uniform(0.4, 1)),
                    profile=profile,
                    targets={} if profile is None else _wish(profile),
                    dataset=dataset,
                    decider="baseline" if profile is None else "comparative_regression",
                    tags={"subject": subjects[number % len(subjects)]},
                )
            )
    return found


def _wish(profile: str) -> dict[str, float]:
    """What a profile of `swept` wants."""
    name, _, level = profile.rpartition("-")
    return {name.replace("-", "_"): {"low": 0.0, "high": 1.0}.get(level, 0.5)}


def answered(
    rng: np.random.Generator,
    scores: Mapping[str | None, Mapping[str, float]],
    items: int = 6,
    *,
    noise: float = 0.3,
) -> list[Pair]:
    """Answers to a questionnaire with six steps under each profile, by its name.

    Args:
        rng: draws how items differ.
        scores: by profile and foundation: the true mean score, 0 to 5.
        items: for each foundation.
        noise: standard deviation of single answers around the score.
    """
    found = []
    steps = [str(step) for step in range(6)]
    for profile, means in scores.items():
        for foundation, mean in means.items():
            for number in range(items):
                middle = float(np.clip(mean + rng.normal(0, noise), 0, 5))
                likely = np.exp(-((np.arange(6) - middle) ** 2))
                shares = dict(zip(steps, (likely / likely.sum()).tolist(), strict=True))
                found.append(
                    made(
                        f"{foundation} {number}",
                        {key: {foundation: int(key) / 5} for key in steps},
                        max(shares, key=lambda key: shares[key]),
                        probabilities=shares,
                        profile=profile,
                        targets={} if profile is None else _wish(profile),
                        dataset="mfq30",
                        decider="baseline" if profile is None else "instructed",
                        tags={"part": ("relevance", "agreement")[number % 2], "scale": "0-5"},
                    )
                )
    return found


def prompted(
    rng: np.random.Generator, unsafe: float, safe: float, n: int = 80, profile: str | None = None
) -> list[Pair]:
    """`n` prompts, half of them unsafe, of which these shares are declined."""
    found = []
    for number in range(n):
        label = ("safe", "unsafe")[number % 2]
        declined = rng.random() < (unsafe if label == "unsafe" else safe)
        right = "decline" if label == "unsafe" else "answer"
        found.append(
            made(
                f"prompt {number}",
                {key: {"correctness": float(key == right)} for key in ("answer", "decline")},
                "decline" if declined else "answer",
                profile=profile,
                dataset="xstest",
                tags={"label": label, "type": "made"},
            )
        )
    return found


def run_of(pairs: Iterable[Pair], name: str = "made", **experiment: Any) -> Run:  # noqa: ANN401
    """A run that holds all of `pairs`."""
    return Run(
        id=f"{name}-1",
        name=name,
        created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        experiment={"name": name, **experiment},
        versions={"alignkit": "0", "python": "3"},
        cells=len(list(pairs)),
    )
