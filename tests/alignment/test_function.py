from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from alignkit.alignment import (
    ALIGNMENTS,
    SECOND_PASS,
    Alignment,
    AlignmentSettings,
    Estimates,
    choice_probabilities,
    weighted_distance,
)
from alignkit.alignment.picking import cheapest
from alignkit.errors import UnknownName, UsageError
from alignkit.schema import LogitEffects, Target

from .conftest import (
    PLAIN,
    URGENCY,
    chances,
    item,
    items,
    level_targets,
    logit_targets,
    same,
    shuffled,
    unit,
    value_targets,
)

NAMES = (
    "distance",
    "euclidean",
    "kde_sampled",
    "kde_likely",
    "kde_divergence",
    "midpoint",
    "logit",
    "multinomial_logit",
)
DISTANCE, EUCLIDEAN, SAMPLED, LIKELY, DIVERGENCE, MIDPOINT, LOGIT, MULTINOMIAL = FUNCTIONS = [
    ALIGNMENTS.load(name) for name in NAMES
]
SETTINGS = [
    PLAIN,
    AlignmentSettings(boundary="none", temperature=0.3),
    AlignmentSettings(norm="local", votes="counted"),
    AlignmentSettings(norm="global", pool={"a": (0.1, 0.6), "b": (0.5,)}, reverse=True),
    AlignmentSettings(norm="prior", pool={"a": (0.1, 0.6), "b": (0.5,)}, bandwidth=0.2),
]


def targets_of(function: Alignment) -> st.SearchStrategy[dict[str, Target]]:
    one = logit_targets if function.kinds == ("logit",) else level_targets
    return st.fixed_dictionaries({"a": one, "b": one})


def test_the_tables_name_what_is_there() -> None:
    assert tuple(ALIGNMENTS.names()) == NAMES
    assert [function.name for function in FUNCTIONS] == list(NAMES)
    passes = ["cumulative_distance", "cumulative_divergence", "match_population"]
    assert SECOND_PASS.names() == passes
    assert [SECOND_PASS.load(name).__name__ for name in passes] == passes  # type: ignore[attr-defined]


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
def test_a_setting_that_a_function_does_not_read_has_no_effect(function: Alignment) -> None:
    given = item(affiliation=[0.1, 0.9], medical_urgency=[0.9, 0.7], b=[0.2, 0.3])
    wish = Target(logit=LogitEffects(weight=1.5)) if "logit" in function.name else Target(value=0.3)
    others: dict[str, Any] = {
        "bandwidth": 0.3,
        "boundary": "none",
        "norm": "local",
        "prior_factor": 0.1,
        "pool": {"affiliation": (0.3,)},
        "against": "b",
        "midpoints": "weighted",
        "votes": "counted",
        "seed": 5,
    }
    assert others.keys() == AlignmentSettings.model_fields.keys() - {"temperature", "reverse"}
    unread = {name: value for name, value in others.items() if name not in function.reads}
    assert unread
    plain, set_ = (
        function.costs(given, {"affiliation": wish}, AlignmentSettings(**one)).tolist()
        for one in ({}, unread)
    )
    assert plain == set_


def test_a_wrong_name_is_mended() -> None:
    with pytest.raises(UnknownName) as error:
        ALIGNMENTS.load("euclid")
    assert str(error.value) == (
        "Alignment 'euclid' is not known. Did you mean 'euclidean'? "
        "The page 'alignment' of the documentation lists them."
    )
    with pytest.raises(UnknownName, match=r"^Second-pass 'match' is not known\."):
        SECOND_PASS.load("match")


def test_what_each_function_needs() -> None:
    levels, effects = ("value", "range", "samples"), ("logit",)
    assert [function.kinds for function in FUNCTIONS] == [levels] * 6 + [effects] * 2
    assert [f.name for f in FUNCTIONS if f.choices == 2] == ["midpoint", "logit"]
    assert [f.name for f in FUNCTIONS if f.choices is None] == [
        name for name in NAMES if name not in {"midpoint", "logit"}
    ]
    assert [f.name for f in FUNCTIONS if f.competing] == ["midpoint", "logit", "multinomial_logit"]
    densities = ("bandwidth", "boundary", "norm", "prior_factor", "pool")
    assert {f.name: f.reads for f in FUNCTIONS} == {
        "distance": (),
        "euclidean": (),
        "kde_sampled": (*densities, "seed"),
        "kde_likely": densities,
        "kde_divergence": densities,
        "midpoint": ("against", "midpoints", "votes"),
        "logit": ("against",),
        "multinomial_logit": ("against",),
    }
    assert [f.name for f in FUNCTIONS if f.temperature == 1] == [
        "kde_likely",
        "logit",
        "multinomial_logit",
    ]
    assert sum(f.temperature == 0.1 for f in FUNCTIONS) == 5


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
@settings(max_examples=25)
@given(data=st.data(), given_settings=st.sampled_from(SETTINGS))
def test_what_holds_for_all(
    function: Alignment, data: st.DataObject, given_settings: AlignmentSettings
) -> None:
    estimates = data.draw(items(n_choices=function.choices))
    targets = data.draw(targets_of(function))
    n_choices = len(estimates.means)
    table = function.costs(estimates, targets, given_settings, "key")
    assert table.shape == (n_choices, 2)
    assert table.dtype == np.float64
    found = function.probabilities(table, given_settings)
    temperature = given_settings.temperature or function.temperature
    same(found, scipy.special.softmax(-table.sum(axis=1) / temperature))
    order = data.draw(st.permutations(range(n_choices)))
    again = function.costs(shuffled(estimates, order), targets, given_settings, "key")
    same(again, table[order])
    same(function.probabilities(again, given_settings), found[order])
    turned = dict(reversed(targets.items()))
    same(function.costs(estimates, turned, given_settings, "key"), table[:, ::-1])


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
@settings(max_examples=25)
@given(data=st.data())
def test_equal_choices_are_equally_likely(function: Alignment, data: st.DataObject) -> None:
    row = data.draw(items(n_choices=1))
    twice = Estimates(row.names, np.repeat(row.means, 2, 0), np.repeat(row.sds, 2, 0))
    same(chances(function, twice, data.draw(targets_of(function))), [0.5, 0.5], 0)


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
@settings(max_examples=10)
@given(data=st.data())
def test_reversed_costs_are_negated(function: Alignment, data: st.DataObject) -> None:
    estimates = data.draw(items(n_choices=function.choices))
    targets = data.draw(targets_of(function))
    reverse = AlignmentSettings(reverse=True)
    same(
        function.costs(estimates, targets, reverse),
        -function.costs(estimates, targets, PLAIN),
        0,
    )


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
@given(data=st.data())
@settings(max_examples=10)
def test_what_is_not_relevant_has_no_say(function: Alignment, data: st.DataObject) -> None:
    drawn = data.draw(items(n_choices=function.choices))
    estimates = Estimates(drawn.names, drawn.means, drawn.sds, np.array([1.0, 0, 0]))
    targets = data.draw(targets_of(function))
    alone = {"a": targets["a"]}
    both = function.costs(estimates, targets, PLAIN)
    at = list(targets).index("a")
    same(both[:, 1 - at], np.zeros(len(drawn.means)))
    same(both[:, at : at + 1], function.costs(estimates, alone, PLAIN))


@given(items(), st.fixed_dictionaries({"a": level_targets, "b": level_targets}))
def test_distance_adds_up_to_the_weighted_distance(
    estimates: Estimates, targets: dict[str, Target]
) -> None:
    plain = Estimates(estimates.names, estimates.means, estimates.sds)
    found = DISTANCE.costs(plain, targets, PLAIN)
    levels = np.stack([plain.levels(name) for name in targets], axis=1)
    same(found.sum(axis=1), weighted_distance(levels, list(targets.values())))


def test_distance_by_hand() -> None:
    given = item(x=[0, 0, 0], a=[0.2, 0.5, 1], b=[0.9, 0.5, 0.1])
    targets = {"b": Target(range=(0.4, 0.5), weight=3), "a": Target(value=0.5)}
    same(DISTANCE.costs(given, targets, PLAIN), [[0.3, 0.075], [0, 0], [0.225, 0.125]])


def test_euclidean_by_hand() -> None:
    targets = {"a": Target(value=0, weight=9), "b": Target(value=0, weight=16)}
    found = EUCLIDEAN.costs(item(a=[0.5, 0, 1], b=[0.5, 0, 0]), targets, PLAIN)
    same(found, [[0.18, 0.32], [0, 0], [0.6, 0]])


@pytest.mark.parametrize("function", [DISTANCE, EUCLIDEAN], ids=["distance", "euclidean"])
@given(data=st.data(), target=value_targets, share=unit)
def test_going_to_the_target_never_makes_a_choice_less_likely(
    function: Alignment, data: st.DataObject, target: Target, share: float
) -> None:
    estimates = data.draw(items())
    targets = {"a": target, "b": data.draw(level_targets)}
    nearer = estimates.means.copy()
    nearer[0, 0] += share * (target.level - nearer[0, 0])
    moved = Estimates(estimates.names, np.clip(nearer, 0, 1), estimates.sds, estimates.relevance)
    assert chances(function, moved, targets)[0] >= chances(function, estimates, targets)[0] - 1e-12


def test_the_temperature_is_the_functions_own_unless_set() -> None:
    assert DISTANCE.temperature_under(PLAIN) == 0.1
    assert LIKELY.temperature_under(PLAIN) == 1
    assert LIKELY.temperature_under(AlignmentSettings(temperature=0.25)) == 0.25
    costs = np.array([[0.1, 0.2], [0.3, 0.1]])
    found = DISTANCE.probabilities(costs, PLAIN)
    assert found[0] / found[1] == pytest.approx(math.e)
    found = DISTANCE.probabilities(costs, AlignmentSettings(temperature=0.2))
    assert found[0] / found[1] == pytest.approx(math.exp(0.5))


def test_without_targets_there_is_no_alignment() -> None:
    with pytest.raises(UsageError) as error:
        DISTANCE.costs(item(a=[0, 1]), {}, PLAIN)
    assert str(error.value) == "The alignment function 'distance' needs targets. Add some."


def test_a_target_of_the_wrong_kind_is_told() -> None:
    weighed = {"a": Target(value=0.5), "b": Target(logit=LogitEffects(weight=2))}
    with pytest.raises(UsageError) as error:
        LIKELY.check(weighed, 2)
    assert str(error.value) == (
        "The alignment function 'kde_likely' cannot follow the target of 'b' (weighed +2). "
        "Give it value or range or samples, or choose another function "
        "(alignment=multinomial_logit)."
    )
    with pytest.raises(UsageError) as error:
        LOGIT.costs(item(a=[0, 1], b=[0, 1]), weighed, PLAIN)
    assert str(error.value) == (
        "The alignment function 'logit' cannot follow the target of 'a' (0.5). "
        "Give it logit, or choose another function."
    )


def test_a_wrong_number_of_choices_is_told() -> None:
    with pytest.raises(UsageError) as error:
        MIDPOINT.costs(item(a=[0, 1, 1], medical_urgency=[0, 1, 1]), {"a": Target(value=0)}, PLAIN)
    assert str(error.value) == (
        "The alignment function 'midpoint' needs 2 choices, not 3. "
        "Use 'distance' or 'multinomial_logit', which take any number."
    )
    MIDPOINT.check({"a": Target(value=0)}, 2)
    DISTANCE.check({"a": Target(value=0)}, 3)


@pytest.mark.parametrize("function", [MIDPOINT, LOGIT, MULTINOMIAL])
def test_what_competes_has_to_be_estimated(function: Alignment) -> None:
    target = Target(value=0) if function is MIDPOINT else Target(logit=LogitEffects(weight=1))
    with pytest.raises(UsageError) as error:
        function.costs(item(a=[0, 1]), {"a": target}, PLAIN)
    assert str(error.value) == (
        "There is no estimate of 'medical_urgency', against which 'a' is weighed. "
        "Estimate it too, or name another attribute: against=NAME."
    )
    given = item(a=[0.2, 1], b=[0.7, 0.3])
    urgent = item(a=[0.2, 1], medical_urgency=[0.7, 0.3])
    same(
        function.costs(given, {"a": target}, AlignmentSettings(against="b")),
        function.costs(urgent, {"a": target}, PLAIN),
        0,
    )


def test_an_attribute_that_was_not_estimated_is_told() -> None:
    with pytest.raises(UsageError, match="There is no estimate of 'b'"):
        DISTANCE.costs(item(a=[0, 1]), {"b": Target(value=0)}, PLAIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0},
        {"temperature": math.inf},
        {"bandwidth": 0.009},
        {"bandwidth": 1.1},
        {"boundary": "fold"},
        {"norm": "rawscores"},
        {"prior_factor": 1.1},
        {"pool": {"a": ()}},
        {"pool": {"a": (1.1,)}},
        {"against": "Urgency"},
        {"votes": "whole"},
        {"midpoints": "heavy"},
        {"tempreature": 1},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AlignmentSettings(**wrong)


def test_settings_have_defaults() -> None:
    assert PLAIN.model_dump() == {
        "temperature": None,
        "bandwidth": 0.075,
        "boundary": "reflect",
        "norm": "raw",
        "prior_factor": 0.5,
        "pool": {},
        "against": URGENCY,
        "midpoints": "plain",
        "votes": "graded",
        "seed": 0,
        "reverse": False,
    }


def test_of_equal_costs_the_lowest_levels_win_wherever_they_are_listed() -> None:
    rows = [([0.5, 0.1], 0.2), ([0.4, 0.9], 0.3), ([0.4, 0.8], 0.3), ([0.4, 0.8], 0.1)]
    costs = np.array([0.1, 0.1 + 5e-13, 0.1, 0.1])
    for order in itertools.permutations(range(4)):
        means = np.array([rows[i][0] for i in order])
        sds = np.array([[rows[i][1]] * 2 for i in order])
        assert order[cheapest(costs[list(order)], Estimates(("a", "b"), means, sds))] == 3


def test_the_cheapest_wins() -> None:
    given = item(a=[0.0, 0.5, 1.0])
    assert cheapest(np.array([0.2, 0.3, 0.1]), given) == 2
    assert cheapest(np.array([0.1 + 2e-12, 0.3, 0.1]), given) == 2


def test_costs_can_be_negative() -> None:
    found = choice_probabilities(np.array([-1.0, 1.0]), 2)
    assert found[0] / found[1] == pytest.approx(math.e)
