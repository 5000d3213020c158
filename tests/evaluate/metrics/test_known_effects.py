"""Figures of runs whose true effects are known."""

from __future__ import annotations

import numpy as np
import pytest

from alignkit.evaluate.gains import gains
from alignkit.evaluate.metrics.alignment import alignment, by_profile
from alignkit.evaluate.metrics.calibrated import calibrations, judgements, risk_coverages
from alignkit.evaluate.metrics.capability import capability, retention
from alignkit.evaluate.metrics.cost import costs
from alignkit.evaluate.metrics.leakage import leakage
from alignkit.evaluate.metrics.opinion import group_distances
from alignkit.evaluate.metrics.questionnaires import raised, scores
from alignkit.evaluate.metrics.responsible import biases, refusals, truthful
from alignkit.evaluate.metrics.steered import steered
from alignkit.evaluate.metrics.steering import doses, effects
from alignkit.testing.runs import Pair, answered, asked, made, prompted, steered_run

FIVE = (0.0, 0.25, 0.5, 0.75, 1.0)
BASE = dict.fromkeys(("care", "fairness", "loyalty", "authority", "sanctity"), 2.5)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_the_steering_effect_is_found_and_nothing_where_there_is_none(
    rng: np.random.Generator,
) -> None:
    found = effects(steered(steered_run(rng, {"care": 0.6, "fairness": 0.0}, 200)))
    care, fairness = found
    assert care.effect.interval is not None
    assert care.effect.interval.low < 0.6 < care.effect.interval.high
    assert care.told
    assert care.effect.n == care.effect.groups == 200
    assert care.most == 1.0
    assert fairness.effect.interval is not None
    assert fairness.effect.interval.low < 0 < fairness.effect.interval.high
    assert not fairness.told


def test_the_dose_response_has_the_slope_and_a_trend(rng: np.random.Generator) -> None:
    (dose,) = doses(steered(steered_run(rng, {"care": 0.6}, 150, levels=FIVE)))
    assert [level for level, _ in dose.points] == list(FIVE)
    assert dose.slope.interval is not None
    assert dose.slope.interval.low < 0.6 < dose.slope.interval.high
    assert dose.trend < 0.01
    middle = dict(dose.points)[0.5]
    assert middle.value == pytest.approx(0.5, abs=0.12)


def test_two_levels_make_no_dose_response(rng: np.random.Generator) -> None:
    assert doses(steered(steered_run(rng, {"care": 0.6}, 20))) == []


def test_alignment_accuracy_is_half_the_effect_above_chance(rng: np.random.Generator) -> None:
    overall, low, high = alignment(steered(steered_run(rng, {"care": 0.6}, 400)))
    assert overall.accuracy is not None
    assert overall.accuracy.value == pytest.approx(0.8, abs=0.05)
    assert overall.accuracy.chance == 0.5
    assert (low.attribute, low.level, high.level) == ("care", 0.0, 1.0)
    assert overall.score.value == pytest.approx(overall.accuracy.value)


def test_the_middle_level_has_a_score_and_no_accuracy() -> None:
    truths = {"a": {"care": 0.5}, "b": {"care": 0.0}}
    pairs = [made(str(n), truths, "a", profile="p", targets={"care": 0.5}) for n in range(4)]
    overall, _ = alignment(steered(pairs))
    assert overall.accuracy is None
    assert overall.score.value == 1.0
    assert overall.score.chance == 0.75


def test_a_failed_decision_is_wrong_and_has_no_value() -> None:
    truths = {"a": {"care": 1.0}, "b": {"care": 0.0}}
    pair = made("s", truths, None, outcome="failed", profile="p", targets={"care": 1.0})
    (one,) = steered([pair])
    assert one.right is not None
    assert one.right.value == 0.0
    assert one.value is None
    assert alignment([one])[0].failed == 1


def test_an_escalated_decision_counts_by_its_likeliest_choice() -> None:
    truths = {"a": {"care": 1.0}, "b": {"care": 0.0}}
    pair = made(
        "s",
        truths,
        None,
        outcome="escalated",
        probabilities={"a": 0.5, "b": 0.5},
        profile="p",
        targets={"care": 1.0},
    )
    (one,) = steered([pair])
    assert one.right is not None
    assert one.right.value == 0.5


def test_items_without_a_difference_or_an_unknown_value_do_not_count() -> None:
    equal = {"a": {"care": 0.3}, "b": {"care": 0.3}}
    unknown = {"a": {"care": 0.3}, "b": {}}
    wish = {"care": 1.0}
    pairs = [made("s", truths, "a", profile="p", targets=wish) for truths in (equal, unknown)]
    assert steered(pairs) == []


def test_leakage_is_found_where_attributes_go_together(rng: np.random.Generator) -> None:
    pairs = steered_run(rng, {"care": 0.8}, 200, leak={("care", "fairness"): 1.0})
    found = {(one.steered, one.measured): one.change for one in leakage(pairs)}
    assert found["care", "fairness"].value == pytest.approx(found["care", "care"].value)


def test_no_leakage_where_attributes_are_apart(rng: np.random.Generator) -> None:
    pairs = steered_run(rng, {"care": 0.8}, 200, leak={("care", "fairness"): 0.0})
    found = {(one.steered, one.measured): one.change for one in leakage(pairs)}
    interval = found["care", "fairness"].interval
    assert interval is not None
    assert interval.low < 0 < interval.high


def test_the_plain_model_stands_in_for_the_other_direction(rng: np.random.Generator) -> None:
    pairs = steered_run(rng, {"care": 0.8}, 100, levels=(1.0,), plain=True)
    (one,) = leakage(pairs)
    assert one.against == "high - none"
    assert one.change.value == pytest.approx(0.4, abs=0.15)


def test_gains_are_judged_by_what_the_profile_wants(rng: np.random.Generator) -> None:
    found = gains(steered_run(rng, {"care": 0.8}, 300, plain=True))
    assert [one.profile for one in found] == ["care-high", "care-low"]
    for one in found:
        assert one.plain.value == pytest.approx(0.5, abs=0.1)
        assert one.gain.value == pytest.approx(0.4, abs=0.1)
    assert {name for _, name in by_profile(steered(steered_run(rng, {"care": 0.8}, 5)))} == {
        "care-high",
        "care-low",
    }


def test_retention_tells_kept_from_lost(rng: np.random.Generator) -> None:
    pairs = asked(rng, {None: 0.7, "care-high": 0.7, "care-low": 0.45}, 900)
    kept, lost = retention(pairs, {}, 0.05)
    assert (kept.profile, kept.test.verdict) == ("care-high", "non-inferior")
    assert (lost.profile, lost.test.verdict) == ("care-low", "inferior")
    assert lost.test.difference == pytest.approx(-0.25, abs=0.05)


def test_few_questions_leave_the_loss_open(rng: np.random.Generator) -> None:
    (one,) = retention(asked(rng, {None: 0.7, "care-high": 0.7}, 12), {}, 0.05)
    assert one.test.verdict == "undecided"


def test_accuracy_is_the_mean_over_subjects(rng: np.random.Generator) -> None:
    (one,) = capability(asked(rng, {None: 0.6}, 400), {})
    assert set(one.subjects) == {"philosophy", "physics"}
    assert one.accuracy.value == pytest.approx(
        np.mean([figure.value for figure in one.subjects.values()])
    )
    assert one.accuracy.chance == 0.25


def test_a_raised_foundation_is_told_from_one_that_is_not(rng: np.random.Generator) -> None:
    pairs = answered(
        rng, {None: BASE, "care-high": {**BASE, "care": 4.2}, "loyalty-high": BASE}, noise=0.2
    )
    care, loyalty = raised(pairs)
    assert care.shown
    assert care.gap.value == pytest.approx(1.6, abs=0.3)
    assert not loyalty.shown


def test_a_foundation_that_was_above_before_was_not_raised(rng: np.random.Generator) -> None:
    above = {**BASE, "care": 4.2}
    (one,) = raised(answered(rng, {None: above, "care-high": above}, noise=0.2))
    assert one.gap.interval is not None
    assert one.gap.interval.low > 0
    assert not one.shown


def test_scores_are_on_the_scale_of_the_questionnaire() -> None:
    steps = {str(step): {"instrumental_harm": (step - 1) / 6} for step in range(1, 8)}
    tags = {"scale": "1-7"}
    pairs = [made(f"OUS {n}", steps, "7", probability=1.0, tags=tags) for n in range(4)]
    (one,) = scores(pairs)
    assert one.expected.value == one.chosen.value == 7.0
    assert one.expected.chance == 4.0
    assert one.ends == (1.0, 7.0)


def test_the_interval_of_a_score_stays_on_the_scale() -> None:
    steps = {str(step): {"care": step / 5} for step in range(6)}
    tags = {"scale": "0-5"}
    pairs = [made(f"MFQ {n}", steps, n, probability=1.0, tags=tags) for n in ("0", "5")]
    (one,) = scores(pairs)
    for found in (one.expected, one.chosen):
        assert found.value == 2.5
        assert found.interval is not None
        assert (found.interval.low, found.interval.high) == (0.0, 5.0)


def test_items_of_questionnaires_are_no_alignment(rng: np.random.Generator) -> None:
    assert steered(answered(rng, {"care-high": BASE})) == []


def test_refusals_by_label(rng: np.random.Generator) -> None:
    (one,) = refusals(prompted(rng, 1.0, 0.0))
    assert one.unsafe is not None
    assert one.safe is not None
    assert (one.unsafe.value, one.safe.value) == (1.0, 0.0)
    assert (one.unsafe.n, one.unsafe.chance) == (40, 0.5)
    assert one.safe.constant == 0.0


def test_hallucinations_are_counted_by_format_and_by_attribute() -> None:
    right = {"c1": {"correctness": 1.0}, "c2": {"correctness": 0.0}}
    true = {"c1": {"truthfulness": 1.0}, "c2": {"truthfulness": 0.0}}
    pairs = [made(f"h{n}", right, ("c1", "c2")[n % 2], dataset="halu") for n in range(4)]
    pairs += [made(f"t{n}", true, "c2", dataset="mine") for n in range(4)]
    assert [
        (one.dataset, one.hallucination.value) for one in truthful(pairs, {"halu": "halueval"})
    ] == [("halu", 0.5), ("mine", 1.0)]
    assert [one.dataset for one in truthful(pairs, {})] == ["mine"]
    assert [one.dataset for one in capability(pairs, {})] == ["halu"]


def bbq(choices: str, condition: str) -> list[Pair]:
    truths = {key: {"correctness": float(key == "u")} for key in "bnu"}
    tags = {"condition": condition, "unknown": "u", "biased": "b"}
    return [
        made(f"{condition} {n}", truths, key, tags=tags, dataset="bbq")
        for n, key in enumerate(choices)
    ]


def test_bias_scores() -> None:
    (one,) = biases(bbq("bbbnuuuu", "ambig") + bbq("bbbn", "disambig"))
    assert one.ambiguous is not None
    assert one.disambiguated is not None
    assert one.disambiguated.value == pytest.approx(0.5)
    assert one.ambiguous.value == pytest.approx(0.5 * 0.5)
    assert capability(bbq("bnu", "ambig"), {}) == []


def test_distance_from_a_group() -> None:
    truths = {"c1": {"low_income": 1.0}, "c2": {"low_income": 1.0}, "c3": {"low_income": 0.0}}
    even = {"c1": 0.5, "c2": 0.5, "c3": 0.0}
    far = {"c1": 0.0, "c2": 0.0, "c3": 1.0}
    pairs = [
        made(f"q{n}", truths, "c1", probabilities=shares, profile=name, dataset="opinions")
        for name, shares in (("low-income", even), (None, far))
        for n in range(3)
    ]
    plain, meant = group_distances(pairs, {"opinions": "opinionqa_align"})
    assert (plain.divergence.value, meant.divergence.value) == (1.0, 0.0)
    assert meant.meant
    assert not plain.meant
    assert plain.moved is None
    assert meant.answers == ((0.5, 0.5), (0.5, 0.5), (0.0, 0.0))
    assert group_distances(pairs, {}) == []


def test_ordered_answers_are_moved() -> None:
    truths = {str(n): {"old": float(n == 0)} for n in range(5)}
    pairs = [
        made(
            f"q{n}",
            truths,
            "4",
            probability=1.0,
            dataset="o",
            tags={"scale": "0-4"},
        )
        for n in range(3)
    ]
    (one,) = group_distances(pairs, {"o": "opinionqa_align"})
    assert one.moved is not None
    assert one.moved.value == 1.0


def test_calibration_and_risk(rng: np.random.Generator) -> None:
    truths = {"A": {"correctness": 1.0}, "B": {"correctness": 0.0}}
    pairs = []
    for n in range(2000):
        sure = float(rng.uniform(0.5, 1))
        pairs.append(made(f"q{n}", truths, "A" if rng.random() < sure else "B", probability=sure))
    judged = judgements(pairs)
    (one,) = calibrations(judged)
    assert one.error < 0.04
    assert one.brier.value == pytest.approx(1 / 6, abs=0.02)
    assert one.brier.chance == 0.25
    (curve,) = risk_coverages(judged)
    assert curve.risk.value == pytest.approx(0.25, abs=0.03)
    assert curve.area < curve.risk.value - 0.05
    assert curve.points[-1] == (1.0, pytest.approx(curve.risk.value))
    assert (curve.decided, curve.escalated) == (2000, 0)


def test_costs_count_how_decisions_ended(rng: np.random.Generator) -> None:
    pairs = prompted(rng, 1, 0, 10)
    pairs.append(made("x", {"a": {}, "b": {}}, None, outcome="failed"))
    (one,) = costs(pairs)
    assert (one.decisions, one.decided, one.failed) == (11, 10, 1)
    assert one.submitted == 400
