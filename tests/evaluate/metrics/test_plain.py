"""The plain model beside what is held against it."""

from __future__ import annotations

import numpy as np
import pytest

from alignkit.evaluate.contrasts import Side, contrasts
from alignkit.evaluate.gains import gains
from alignkit.evaluate.metrics.capability import retained, retention
from alignkit.evaluate.metrics.leakage import leakage
from alignkit.evaluate.metrics.plain import Plain, borrowed
from alignkit.evaluate.metrics.questionnaires import raised
from alignkit.service.evidence.comparing import _wishing
from alignkit.testing.runs import Pair, asked, made

TRUTHS = {"a": {"care": 1.0}, "b": {"care": 0.0}}
RIGHT = {"a": {"correctness": 1.0}, "b": {"correctness": 0.0}}
SEEDS = range(4)


def seeded(truths: dict[str, dict[str, float]], profile: str | None, seeds: range) -> list[Pair]:
    """The same answers with and without a profile: right with the last seed alone."""
    return [
        made(
            f"s{n}",
            truths,
            "b" if seed < 3 else "a",
            probability=1.0,
            profile=profile,
            targets={"care": 0.0} if profile else {},
            decider="instructed" if profile else "baseline",
            seed=seed,
        )
        for n in range(20)
        for seed in seeds
    ]


def test_identical_answers_with_several_seeds_gain_and_lose_nothing() -> None:
    (gain,) = gains(seeded(TRUTHS, None, SEEDS) + seeded(TRUTHS, "p", SEEDS))
    assert gain.gain.value == 0
    (kept,) = retention(seeded(RIGHT, None, SEEDS) + seeded(RIGHT, "p", SEEDS), {}, 0.05)
    assert kept.test.difference == 0
    (leak,) = leakage(seeded(TRUTHS, None, SEEDS) + seeded(TRUTHS, "p", SEEDS))
    assert leak.change.value == 0
    one, other = seeded(TRUTHS, None, SEEDS), seeded(TRUTHS, "p", SEEDS)
    plain = _wishing(Side("none", one), Side("p", other))
    (found,) = contrasts([(plain, Side("p", other))], {})
    assert found.difference == 0


def test_a_seed_that_the_plain_model_has_not_is_held_against_the_mean_of_all() -> None:
    pairs = seeded(TRUTHS, None, SEEDS) + seeded(TRUTHS, "p", range(7, 8))
    (gain,) = gains(pairs)
    assert gain.plain.value == pytest.approx(0.75)  # "b", what p wants, with 3 of 4 seeds
    assert gain.gain.value == pytest.approx(-0.75)
    (leak,) = leakage(pairs)
    assert leak.change.value == pytest.approx(0.25 - 1.0)


def test_answers_to_questionnaires_are_paired_by_seed() -> None:
    steps = [str(step) for step in range(6)]
    pairs = [
        made(
            f"{scale} {n}",
            {key: {scale: int(key) / 5} for key in steps},
            str(seed),
            probability=1.0,
            profile=profile,
            targets={"care": 1.0} if profile else {},
            decider="instructed" if profile else "baseline",
            tags={"scale": "0-5"},
            seed=seed,
        )
        for scale in ("care", "fairness")
        for n in range(4)
        for profile in (None, "care-high")
        for seed in (range(6) if scale == "care" or profile is None else range(5, 6))
    ]
    (one,) = raised(pairs)
    assert one.gain is not None
    assert one.gain.value == pytest.approx(0)


def test_the_same_decider_counts_before_the_baseline() -> None:
    plain = [made("s", TRUTHS, "a", decider=name) for name in ("baseline", "d", "c")]

    def whose(decider: str) -> list[str]:
        cell, _ = made("s", TRUTHS, "a", decider=decider, profile="p")
        return [cell.decider for cell, _ in Plain(plain).beside(cell)]

    assert whose("d") == ["d"]
    assert whose("other") == ["baseline"]
    assert Plain(plain[1:]).beside(made("s", TRUTHS, "a", profile="p", decider="x")[0])
    assert Plain(plain).beside(made("t", TRUTHS, "a", profile="p")[0]) == []
    assert borrowed(plain, [made("s", TRUTHS, "a", profile="p", model="else")]) == []


def test_data_sets_are_pooled_and_subjects_count_alike() -> None:
    rng = np.random.default_rng(2)
    pairs = asked(rng, {None: 0.9, "care-high": 0.9}, 30, dataset="small", subjects=("x",))
    pairs += asked(rng, {None: 0.9, "care-high": 0.2}, 300, dataset="large", subjects=("y",))
    lines = {one.dataset: one.test.difference for one in retention(pairs, {}, 0.05)}
    (whole,) = retained(pairs, {}, 0.05)
    assert whole.dataset is None
    assert whole.test.difference == pytest.approx((lines["small"] + lines["large"]) / 2)
    assert whole.under.value - whole.plain.value == pytest.approx(whole.test.difference)
    assert whole.test.interval.low < whole.test.difference < whole.test.interval.high


def test_many_small_data_sets_show_together_what_none_shows_alone() -> None:
    rng = np.random.default_rng(2)
    pairs = []
    for number in range(8):
        pairs += asked(
            rng, {None: 0.8, "care-high": 0.8}, 20, dataset=f"d{number}", subjects=("x",)
        )
    assert {one.test.verdict for one in retention(pairs, {}, 0.05)} == {"undecided"}
    (whole,) = retained(pairs, {}, 0.05)
    assert whole.test.verdict == "non-inferior"


def test_the_baseline_and_controls_have_no_retention() -> None:
    pairs = [
        made(f"s{n}", RIGHT, "a", profile=profile, decider=decider)
        for n in range(5)
        for profile in (None, "p")
        for decider in ("baseline", "random?x=1", "instructed")
    ]
    assert [one.method.decider for one in retention(pairs, {}, 0.05)] == ["instructed"]
    assert [one.method.decider for one in retained(pairs, {}, 0.05)] == ["instructed"]
