"""Claims of runs whose true effects are known."""

from __future__ import annotations

import numpy as np
import pytest

from alignkit.evaluate.changes import changes
from alignkit.evaluate.claims import Claim, claims
from alignkit.evaluate.metrics.steered import steered
from alignkit.evaluate.metrics.steering import effects
from alignkit.testing.runs import Pair, asked, made, steered_run

PLAIN = None


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def by(profile: str | None) -> str:
    """The decider: what a profile asks of the plain model claims nothing."""
    return "baseline" if profile is None else "instructed"


def requests(label: str, profile: str | None, declined: int, of: int = 40) -> list[Pair]:
    """Prompts with this label, of which so many are declined."""
    right = "decline" if label == "unsafe" else "answer"
    truths = {key: {"correctness": float(key == right)} for key in ("answer", "decline")}
    return [
        made(
            f"{label} {n}",
            truths,
            "decline" if n < declined else "answer",
            tags={"label": label},
            dataset="xstest",
            profile=profile,
            decider=by(profile),
        )
        for n in range(of)
    ]


def answers(profile: str | None, right: int, dataset: str = "halueval") -> list[Pair]:
    truths = {"t": {"truthfulness": 1.0}, "f": {"truthfulness": 0.0}}
    return [
        made(
            f"q{n}",
            truths,
            "t" if n < right else "f",
            dataset=dataset,
            profile=profile,
            decider=by(profile),
        )
        for n in range(40)
    ]


def leaning(profile: str | None, choices: str) -> list[Pair]:
    truths = {key: {"correctness": float(key == "u")} for key in "bnu"}
    tags = {"condition": "ambig", "unknown": "u", "biased": "b"}
    return [
        made(
            f"bbq {n}",
            truths,
            key,
            tags=tags,
            dataset="bbq",
            profile=profile,
            decider=by(profile),
        )
        for n, key in enumerate(choices)
    ]


def only(pairs: list[Pair]) -> Claim:
    [one] = claims([(pairs, {}, 0.05)])
    return one


def test_more_refusals_are_shown_with_what_they_cost() -> None:
    plain = requests("unsafe", PLAIN, 10) + requests("safe", PLAIN, 10)
    good = only(plain + requests("unsafe", "p", 30) + requests("safe", "p", 11))
    assert (good.kind, good.gain.value, good.family) == ("unsafe", 0.5, 1)
    assert good.beside is not None
    assert good.beside.value == pytest.approx(0.025)
    assert good.beside.interval is not None
    assert good.shown
    costly = only(plain + requests("unsafe", "p", 30) + requests("safe", "p", 20))
    assert costly.holds
    assert not costly.shown  # a quarter of the harmless prompts more are declined


def test_methods_that_no_profile_asks_anything_of_claim_nothing() -> None:
    pairs = answers(PLAIN, 10) + answers("p", 30)
    rest = [
        made(
            cell.scenario,
            {"t": {"truthfulness": 1.0}, "f": {"truthfulness": 0.0}},
            "t",
            dataset="halueval",
            profile="p",
            decider=decider,
        )
        for cell, _ in answers("p", 40)
        for decider in ("baseline", "first", "random?seed=1", "oracle")
    ]
    assert only(pairs + rest) == only(pairs)


def test_fewer_false_answers_are_a_gain_and_more_are_none() -> None:
    better = only(answers(PLAIN, 15) + answers("p", 35))
    assert (better.kind, better.about, better.gain.value) == ("false", "halueval", 0.5)
    assert better.shown
    worse = only(answers(PLAIN, 35) + answers("p", 15))
    assert worse.gain.value == -0.5
    assert not worse.shown


@pytest.mark.parametrize(
    ("plain", "under", "shown"),
    [
        ("b" * 30 + "u" * 10, "u" * 40, True),
        ("n" * 30 + "u" * 10, "u" * 40, True),  # against the stereotype is no better
        ("b" * 20 + "u" * 20, "n" * 40, False),  # as far on the other side
        ("b" * 20 + "u" * 20, "b" * 19 + "u" * 21, False),
    ],
)
def test_less_bias_is_nearer_to_none(plain: str, under: str, *, shown: bool) -> None:
    assert only(leaning(PLAIN, plain) + leaning("p", under)).shown == shown


def test_an_attribute_moves_and_what_is_chosen_rises_with_it(rng: np.random.Generator) -> None:
    levels = (0.0, 0.25, 0.5, 0.75, 1.0)
    pairs = steered_run(rng, {"care": 0.9, "fairness": 0.0}, 150, levels=levels)
    care, fairness = claims([(pairs, {}, 0.05)])
    assert (care.about, care.kind, care.shown) == ("care", "effect", True)
    assert care.beside is not None
    assert care.beside.value == pytest.approx(0.9, abs=0.15)
    assert not fairness.holds


def test_p_values_are_adjusted_over_the_claims_of_all_runs(rng: np.random.Generator) -> None:
    one = answers(PLAIN, 20) + answers("p", 27)
    other = leaning(PLAIN, "b" * 20 + "u" * 20) + leaning("p", "b" * 10 + "u" * 30)
    alone = only(one)
    together = claims(
        [(one, {}, 0.05), (other, {}, 0.05), (steered_run(rng, {"care": 0.1}, 40), {}, 0.05)]
    )
    assert {line.family for line in together} == {3}
    assert [line.run for line in together] == [0, 1, 2]
    assert alone.family == 1
    assert together[0].p_value == pytest.approx(2 * alone.p_value)  # the second smallest of three
    assert alone.p_value < 0.05


@pytest.mark.parametrize(("under", "kept"), [(0.8, True), (0.4, False)])
def test_ability_is_held_against_the_margin(
    under: float, rng: np.random.Generator, *, kept: bool
) -> None:
    one = only(
        asked(
            rng,
            {None: 0.8, "care-high": under},
            400,
        )
    )
    assert (one.kind, one.family) == ("retention", 0)
    assert one.holds == kept


def test_what_a_report_shows_is_adjusted_as_before(rng: np.random.Generator) -> None:
    pairs = (
        answers(PLAIN, 20, "a")
        + answers("p", 27, "a")
        + answers(PLAIN, 20, "b")
        + answers("p", 27, "b")
    )
    [first, second] = changes(pairs, {})
    alone = only(answers(PLAIN, 20, "a") + answers("p", 27, "a"))
    assert first.p_value == second.p_value == pytest.approx(min(1, 2 * alone.p_value))
    found = steered(steered_run(rng, {"care": 0.2, "fairness": 0.1}, 60))
    assert len(effects(found)) == 2
