"""People with known wishes are simulated; what is fitted to their choices is compared with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from alignkit.alignment import ALIGNMENTS, AlignmentSettings, Estimates
from alignkit.errors import BadProfile, DataError, InvalidSetting, UnknownName
from alignkit.library import parse_document
from alignkit.schema import Choice, PastChoice, Profile, Scenario, Target
from alignkit.service import Fit, FitPlan, FittedProfile, Past, fit_profile
from alignkit.stats.probability import softmax


def offer(number: int, *levels: dict[str, float]) -> Scenario:
    """A scenario whose choices have these true values."""
    return Scenario(
        id=f"s{number}",
        context="A bridge.",
        question="What now?",
        choices=tuple(
            Choice(id=f"c{place}", text=f"Way {place}", values=values)
            for place, values in enumerate(levels)
        ),
    )


def person(
    wishes: dict[str, float],
    choices: int,
    *,
    seed: int = 0,
    temperature: float = 0.05,
    name: str | None = None,
) -> list[PastChoice]:
    """What somebody with these wishes chose from two or three random options."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(choices):
        levels = rng.random((int(rng.integers(2, 4)), len(wishes)))
        costs = np.abs(levels - list(wishes.values())).mean(axis=1)
        taken = rng.choice(len(levels), p=softmax(-costs / temperature))
        scenario = offer(number, *(dict(zip(wishes, row, strict=True)) for row in levels.tolist()))
        found.append(PastChoice(scenario=scenario, choice=f"c{taken}", person=name))
    return found


def past(*groups: Sequence[PastChoice]) -> Past:
    return Past(tuple(choice for group in groups for choice in group))


def only(found: FittedProfile) -> Fit:
    [fit] = found.fits
    return fit


# One person


def test_a_person_is_recovered_and_the_interval_says_how_surely() -> None:
    fit = only(fit_profile(past(person({"care": 0.7}, 60))))
    assert fit.estimate == pytest.approx(0.7, abs=0.06)
    assert fit.interval[0] < 0.7 < fit.interval[1]
    assert (fit.attribute, fit.informative, fit.people, fit.flat) == ("care", 60, 1, False)
    assert fit.gain > 10


def test_several_attributes_are_fitted_each() -> None:
    wishes = {"care": 0.9, "fairness": 0.2}
    found = fit_profile(past(person(wishes, 120)))
    levels = {fit.attribute: fit.estimate for fit in found.fits}
    assert levels == pytest.approx(wishes, abs=0.12)
    assert list(found.profile.targets) == ["care", "fairness"]


def test_by_default_a_narrow_interval_is_a_value_and_a_wide_one_a_range() -> None:
    narrow = only(fit_profile(past(person({"care": 0.6}, 80))))
    assert narrow.interval[1] - narrow.interval[0] <= 0.2
    assert narrow.target == Target(value=round(narrow.estimate, 2))
    wide = only(fit_profile(past(person({"care": 0.8}, 14, temperature=0.15))))
    assert wide.interval[1] - wide.interval[0] > 0.2
    assert wide.target == Target(range=wide.interval)


@pytest.mark.parametrize("kind", ["value", "range", "samples"])
def test_a_kind_can_be_asked_for(kind: str) -> None:
    plan = FitPlan(kind=kind)  # type: ignore[arg-type]
    target = only(fit_profile(past(person({"care": 0.6}, 40)), plan=plan)).target
    assert getattr(target, kind) is not None
    assert target.level == pytest.approx(0.6, abs=0.1)


def test_samples_of_a_person_are_as_spread_as_what_is_known() -> None:
    fit = only(fit_profile(past(person({"care": 0.6}, 40)), plan=FitPlan(kind="samples")))
    samples = fit.target.samples or ()
    assert len(samples) == 20
    assert fit.interval[0] - 0.03 <= min(samples) <= max(samples) <= fit.interval[1] + 0.03


def test_a_higher_level_gives_a_wider_interval() -> None:
    widths = []
    for level in (0.5, 0.8, 0.99):
        fit = only(fit_profile(past(person({"care": 0.6}, 30)), plan=FitPlan(level=level)))
        widths.append(fit.interval[1] - fit.interval[0])
    assert widths[0] < widths[1] < widths[2]


def test_a_weight_counts_as_so_many_choices() -> None:
    choices = person({"care": 0.6}, 20)
    heavy = past([choice.model_copy(update={"weight": 2.0}) for choice in choices])
    one, other = only(fit_profile(heavy)), only(fit_profile(past(choices, choices)))
    assert one.estimate == pytest.approx(other.estimate, rel=1e-12)  # sums round by their order
    assert one.interval == other.interval
    assert (one.informative, other.informative) == (20, 40)


def test_who_chooses_blindly_gets_no_target() -> None:
    choices = past(person({"care": 0.5}, 60, temperature=1e6))
    with pytest.raises(DataError, match=r"show no sign of these attributes: care \(gain -"):
        fit_profile(choices)
    both = past(person({"care": 0.9}, 60), person({"fairness": 0.5}, 60, temperature=1e6))
    found = fit_profile(both)
    assert [fit.flat for fit in found.fits] == [False, True]
    assert list(found.profile.targets) == ["care"]
    assert "# Left out, as the choices show no sign of it: fairness: wish 0." in found.text()


# Too little to go by


def test_equal_options_are_refused_with_the_number_that_is_needed() -> None:
    equal = [PastChoice(scenario=offer(n, {"care": 0.4}, {"care": 0.4}), choice="c0") for n in "12"]
    choices = past(equal, person({"care": 0.9}, 4))
    with pytest.raises(DataError) as caught:
        fit_profile(choices, ["care"])
    assert str(caught.value).startswith(
        "care: 4 of 6 past choices are between options that differ in it; 5 are needed."
    )


def test_unless_it_was_asked_for_what_is_scarce_is_left_out_and_told() -> None:
    found = fit_profile(past(person({"care": 0.9}, 30), person({"fairness": 0.9}, 3)))
    assert (list(found.profile.targets), found.scarce) == (["care"], {"fairness": 3})
    assert found.too_few.endswith("options that differ in them: fairness (3).")
    assert found.too_few in " ".join(found.text().replace("\n#", "").split())


def test_if_all_is_scarce_nothing_is_fitted() -> None:
    with pytest.raises(DataError, match=r"At most 3 past choices .* \(fairness\); 5 are needed"):
        fit_profile(past(person({"care": 0.9}, 2), person({"fairness": 0.9}, 3)))


def test_options_without_values_are_told() -> None:
    bare = Scenario.model_validate(
        {
            "id": "s",
            "context": "C",
            "question": "Q",
            "choices": [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}],
        }
    )
    for choices in ([], [PastChoice(scenario=bare, choice="a")]):
        with pytest.raises(DataError, match="No option of the past choices has values"):
            fit_profile(past(choices))


def test_an_unknown_attribute_names_what_comes_near() -> None:
    with pytest.raises(UnknownName, match=r"'cares' is not known. Did you mean 'care'"):
        fit_profile(past(person({"care": 0.9}, 30)), ["cares"])


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, float("nan")])
def test_a_level_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(InvalidSetting, match="is not between 0 and 1"):
        FitPlan(level=level)


# Groups


def test_a_group_becomes_samples_that_are_spread_as_its_members_are() -> None:
    wishes = [0.3, 0.4, 0.5, 0.8, 0.9]
    members = [
        person({"care": wish}, 40, seed=number, name=f"P{number}")
        for number, wish in enumerate(wishes)
    ]
    found = fit_profile(past(*members))
    fit = only(found)
    assert (fit.people, fit.informative) == (5, 200)
    assert fit.estimate == pytest.approx(np.mean(wishes), abs=0.08)
    assert fit.interval[0] < np.mean(wishes) < fit.interval[1]
    samples = found.profile.targets["care"].samples or ()
    assert np.mean(samples) == pytest.approx(np.mean(wishes), abs=0.05)
    assert np.std(samples) == pytest.approx(np.std(wishes), abs=0.06)
    assert found.profile.description == "Fitted to 200 past choices of 5 people."
    assert "# mean of the wishes 0." in found.text()


def test_of_a_group_a_range_holds_its_members_and_a_value_is_their_mean() -> None:
    members = [
        person({"care": wish}, 40, seed=number, name=f"P{number}")
        for number, wish in enumerate([0.3, 0.7])
    ]
    spread = only(fit_profile(past(*members), plan=FitPlan(kind="range"))).target.range
    assert spread is not None
    assert spread == pytest.approx((0.3, 0.7), abs=0.1)
    value = only(fit_profile(past(*members), plan=FitPlan(kind="value"))).target.value
    assert value == pytest.approx(0.5, abs=0.1)


def test_the_order_of_choices_makes_no_difference() -> None:
    choices = [*person({"care": 0.2}, 9, name="A"), *person({"care": 0.9}, 9, seed=1, name="B")]
    one, other = only(fit_profile(past(choices))), only(fit_profile(past(choices[::-1])))
    assert one.estimate == pytest.approx(other.estimate, rel=1e-12)  # sums round by their order
    assert one.interval == other.interval
    assert one.gain == pytest.approx(other.gain, abs=1e-9)


# Weighing one attribute against another


def weigher(weight: float, other: float, choices: int, options: int = 2) -> list[PastChoice]:
    """What somebody chose who weighs affiliation against urgency so, by standard deviations."""
    rng = np.random.default_rng(9)
    found = []
    for number in range(choices):
        levels = rng.random((options, 2))
        shares = softmax((weight * levels[:, 0] + other * levels[:, 1]) / 0.29)
        taken = rng.choice(options, p=shares)
        rows = [{"affiliation": a, "medical_urgency": u} for a, u in levels.tolist()]
        found.append(PastChoice(scenario=offer(number, *rows), choice=f"c{taken}"))
    return found


@pytest.mark.parametrize("options", [2, 4])
def test_weights_are_recovered_with_standard_errors(options: int) -> None:
    found = fit_profile(past(weigher(1.5, 0.8, 150, options)), plan=FitPlan(kind="logit"))
    fit = only(found)
    effects = fit.target.logit
    assert effects is not None
    assert abs(effects.weight - 1.5) < 2.5 * fit.errors["weight"] < 1.5
    assert abs(effects.other_weight - 0.8) < 2.5 * fit.errors["other_weight"]
    assert abs(effects.intercept) < 2.5 * fit.errors["intercept"]
    assert fit.interval[0] < fit.estimate < fit.interval[1]
    assert "alignment=multinomial_logit&against=medical_urgency" in " ".join(
        found.text().replace("\n#", "").split()
    )


def test_both_logit_functions_read_the_effects_alike_and_as_they_were_fitted() -> None:
    target = only(fit_profile(past(weigher(1.5, 0.8, 150)), plan=FitPlan(kind="logit"))).target
    levels = np.array([[0.9, 0.3], [0.2, 0.6]])
    estimates = Estimates(("affiliation", "medical_urgency"), levels, np.zeros((2, 2)))
    effects = target.logit
    assert effects is not None
    scores = (
        effects.weight * levels[:, 0] / effects.scale[1]
        + effects.other_weight * levels[:, 1] / effects.other_scale[1]
        + effects.intercept * np.array([0, 1])
    )
    for name in ("logit", "multinomial_logit"):
        function, settings = ALIGNMENTS.load(name), AlignmentSettings()
        costs = function.costs(estimates, {"affiliation": target}, settings)
        np.testing.assert_allclose(
            function.probabilities(costs, settings), softmax(scores), atol=1e-9
        )


def test_who_only_looks_at_the_other_attribute_shows_no_sign_of_this_one() -> None:
    with pytest.raises(DataError, match="show no sign of these attributes: affiliation"):
        fit_profile(past(weigher(0, 2.0, 80)), plan=FitPlan(kind="logit"))


def test_three_effects_need_three_times_as_many_choices() -> None:
    with pytest.raises(DataError, match=r"14 of 14 past choices .* 15 are needed"):
        fit_profile(past(weigher(1, 1, 14)), ["affiliation"], FitPlan(kind="logit"))


def test_the_other_attribute_must_be_known() -> None:
    plan = FitPlan(kind="logit", against="care")
    with pytest.raises(UnknownName, match="'care' is not known"):
        fit_profile(past(weigher(1, 1, 20)), plan=plan)


# The file


def test_the_file_is_the_profile_and_says_what_it_rests_on() -> None:
    choices = person({"care": 0.7}, 40, name="Ana\nname: evil")
    found = fit_profile(past(choices))
    text = found.text(["past.yaml"])
    assert parse_document(text, "x").parse(Profile, BadProfile) == found.profile
    fit = only(found)
    assert f"  # wish {fit.estimate:.2f}, 95% interval {fit.interval[0]:.2f} to " in text
    assert f"40 informative choices, gain {fit.gain:.2f}\n  care: {fit.target.value}" in text
    assert "# From: past.yaml\n" in text
    assert found.profile.name == "ana-name-evil"


def test_the_name_is_the_persons_or_the_one_that_is_given() -> None:
    choices = past(person({"care": 0.7}, 40))
    assert fit_profile(choices).profile.name == "fitted"
    assert fit_profile(choices).profile.description == "Fitted to 40 past choices."
    assert fit_profile(choices, name="mine").profile.name == "mine"
    with pytest.raises(InvalidSetting, match="'My own' cannot be the name of a profile"):
        fit_profile(choices, name="My own")
