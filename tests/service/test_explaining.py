from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.errors import EngineFailed
from alignkit.library import Library
from alignkit.prompts import Prompts
from alignkit.schema import Choice, Profile, Record, Request, Scenario, Target
from alignkit.service import (
    Change,
    Settings,
    Why,
    Workbench,
    decide_item,
    explain,
    read_record,
    record_of,
    write_record,
)
from alignkit.service.inputs import Item
from alignkit.testing import FakeModel
from alignkit.testing.strategies import profiles, scenarios, targets

LIBRARY, PROMPTS = Library(), Prompts()
ATTRIBUTES = [LIBRARY.attributes[name] for name in ("care", "fairness", "risk_aversion")]
NAMES = [attribute.name for attribute in ATTRIBUTES]
WAYS: list[tuple[str, dict[str, Any]]] = [
    ("oracle", {}),
    ("oracle", {"alignment": "euclidean", "temperature": 0.5}),
    ("oracle", {"reverse": True}),
    ("direct_regression", {}),
    ("direct_regression", {"alignment": "kde_sampled"}),
    ("comparative_regression", {"alignment": "kde_likely"}),
    ("value_judge", {}),
]
PAIR = {"members": "direct_regression,comparative_regression?alignment=euclidean"}
ways = pytest.mark.parametrize(("name", "given_"), WAYS, ids=[f"{a}{b or ''}" for a, b in WAYS])
some = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])


def made(name: str, given_: Mapping[str, Any], model: FakeModel | None = None) -> Decider:
    kind = DECIDERS.load(name)
    asked = (model or FakeModel(prompts=PROMPTS)) if kind.asks_model else None
    return kind(
        asked,  # none, for a control: it would judge the rules of boundaries
        kind.settings_type.model_validate(given_),
        attributes=LIBRARY.attributes,
        prompts=PROMPTS,
    )


def recorded(decider: Decider, scenario: Scenario, profile: Profile) -> Record:
    decision = asyncio.run(decider.decide(scenario, profile))
    return record_of(decider, scenario, profile, decision)


def case(*values: Mapping[str, float], **wishes: Any) -> Record:
    """What the oracle decides on choices a, b, ... with these true values."""
    choices = tuple(
        Choice(id=chr(97 + n), text=f"Do {n}", values=dict(levels))
        for n, levels in enumerate(values)
    )
    scenario = Scenario(id="s", context="A bridge.", question="What now?", choices=choices)
    return recorded(made("oracle", {}), scenario, Profile.model_validate({"name": "p", **wishes}))


def told(why: Why) -> list[tuple[str, str, float, float, str]]:
    return [(one.attribute, one.what, one.before, one.after, one.choice) for one in why.changes]


# The table


@pytest.mark.parametrize(
    ("name", "given_"),
    [*WAYS, ("ensemble", PAIR)],
    ids=[f"{a}{b or ''}" for a, b in WAYS] + ["both"],
)
@some
@given(
    scenario=scenarios(ATTRIBUTES, max_choices=4),
    profile=profiles(ATTRIBUTES),
    levels=st.lists(st.floats(0, 1), min_size=12, max_size=12),
)
def test_rows_add_up_to_costs_whose_softmax_is_the_probabilities(
    name: str, given_: dict[str, Any], scenario: Scenario, profile: Profile, levels: list[float]
) -> None:
    scenario = valued(scenario, levels)
    record = recorded(made(name, given_), scenario, profile)
    why = explain(record)
    assert why.costs == record.evidence.costs is not None
    assert all(list(row) == list(profile.targets) for row in why.costs.values())
    allowed = [choice for choice in why.costs if choice not in record.evidence.excluded]
    assume(allowed)
    sums = np.array([sum(why.costs[choice].values()) for choice in allowed])
    weights = np.exp(-(sums - sums.min()) / record.evidence.temperature)
    found = [record.decision.probabilities[choice] for choice in allowed]
    # A member of an ensemble that finds a choice impossible counts as nearly so.
    assert found == pytest.approx((weights / weights.sum()).tolist(), abs=1e-6)


def valued(scenario: Scenario, levels: list[float]) -> Scenario:
    """`scenario` with true values of all attributes, taken from `levels`."""
    numbers = iter(levels)
    choices = [
        one.model_copy(update={"values": {name: next(numbers) for name in NAMES}})
        for one in scenario.choices
    ]
    return scenario.model_copy(update={"choices": tuple(choices)})


# The decisive attribute


def test_the_decisive_attribute_has_the_largest_gain_over_the_next_choice() -> None:
    record = case(
        {"care": 0.9, "fairness": 0.5},  # costs 0.05 and 0.15
        {"care": 0.4, "fairness": 0.8},  # costs 0.30 and 0.00
        {"care": 0.0, "fairness": 0.0},
        targets={"care": 1, "fairness": {"range": [0.8, 1]}},
    )
    why = explain(record)
    assert record.decision.choice == "a"
    assert why.costs
    assert why.costs["a"] == pytest.approx({"care": 0.05, "fairness": 0.15})
    assert why.costs["b"] == pytest.approx({"care": 0.3, "fairness": 0})
    assert why.decisive == "care"


def test_what_the_decision_itself_says_is_decisive_is(workbench: Workbench) -> None:
    for name in ("bold-medic", "utilitarian-medic", "cautious-medic"):
        decider = workbench.decider("direct_regression")
        scenario = workbench.library.scenarios["last-antivenom"]
        record = recorded(decider, scenario, workbench.library.profiles[name])
        title = LIBRARY.attributes[str(explain(record).decisive)].title
        assert record.decision.explanation.startswith(f"Ahead by {title} ")


# What would flip it, by hand


def test_a_wanted_value_flips_past_the_middle_of_the_choices() -> None:
    why = explain(case({"care": 0.2}, {"care": 0.8}, targets={"care": 0.4}))
    assert told(why) == [("care", "value", 0.4, 0.501, "b")]
    assert why.note == ""


def test_the_end_of_a_range_flips_that_has_the_shorter_way() -> None:
    wish = {"range": [0.3, 0.4]}
    why = explain(case({"care": 0.2}, {"care": 0.8}, targets={"care": wish}))
    assert told(why) == [("care", "high end", 0.4, 0.701, "b")]
    high = {"range": [0.6, 0.7]}
    why = explain(case({"care": 0.2}, {"care": 0.8}, targets={"care": high}))
    assert told(why) == [("care", "low end", 0.6, 0.299, "a")]


def test_samples_move_all_alike() -> None:
    wish = {"samples": [0.3, 0.5]}
    why = explain(case({"care": 0.2}, {"care": 0.8}, targets={"care": wish}))
    assert told(why) == [("care", "samples", 0.4, pytest.approx(0.501), "b")]


def test_weights_flip_where_the_sums_cross() -> None:
    why = explain(
        case(
            {"care": 0.9, "fairness": 0.2},
            {"care": 0.3, "fairness": 0.6},
            targets={"care": 1, "fairness": 1},
        )
    )
    assert told(why) == [
        ("care", "value", 1.0, 0.799, "b"),
        ("care", "weight", 1.0, 0.659, "b"),  # below 2/3
        ("fairness", "weight", 1.0, 1.52, "b"),  # above 3/2
    ]
    sizes = [change.size for change in why.changes]
    assert sizes == pytest.approx([0.201, -math.log(0.659), math.log(1.52)])


def test_the_choice_named_is_the_one_that_is_then_the_likeliest() -> None:
    why = explain(case({"care": 0.1}, {"care": 0.5}, {"care": 0.9}, targets={"care": 0.2}))
    assert told(why) == [("care", "value", 0.2, 0.301, "b")]


def test_where_no_change_of_one_target_flips_it_that_is_said() -> None:
    why = explain(case({"care": 0.1}, {"care": 0.8}, targets={"care": {"range": [0.0, 0.0]}}))
    assert why.changes == ()  # with a high end of 0.8 both would be inside
    assert why.note == "No change of a single target would flip it."


def test_the_order_of_the_choices_does_not_matter() -> None:
    values = ({"care": 0.1}, {"care": 0.5}, {"care": 0.9})
    record = case(*values, targets={"care": 0.2})
    turned = record.scenario.model_copy(update={"choices": record.scenario.choices[::-1]})
    other = recorded(made("oracle", {}), turned, record.profile)  # type: ignore[arg-type]
    assert told(explain(other)) == told(explain(record))


# What would flip it, by deciding again


@ways
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(
    scenario=scenarios(max_choices=4),
    wishes=st.dictionaries(st.sampled_from(NAMES), targets(), min_size=1),
    levels=st.lists(st.floats(0, 1), min_size=12, max_size=12),
)
def test_a_change_that_is_reported_flips_the_decision(
    name: str,
    given_: dict[str, Any],
    scenario: Scenario,
    wishes: dict[str, Target],
    levels: list[float],
) -> None:
    decider = made(name, given_)
    scenario = valued(scenario, levels)
    record = recorded(decider, scenario, Profile(name="p", targets=wishes))
    for change in explain(record).changes:
        changed = {**wishes, change.attribute: applied(wishes[change.attribute], change)}
        again = recorded(decider, scenario, Profile(name="p", targets=changed)).decision
        assert again.choice == change.choice != record.decision.choice


@pytest.mark.parametrize("name", ["oracle", "direct_regression"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    scenario=scenarios(max_choices=4),
    wishes=st.dictionaries(st.sampled_from(NAMES), targets(), min_size=1),
    levels=st.lists(st.floats(0, 1), min_size=12, max_size=12),
)
def test_half_of_it_does_not_flip_the_decision(
    name: str, scenario: Scenario, wishes: dict[str, Target], levels: list[float]
) -> None:
    decider = made(name, {})
    scenario = valued(scenario, levels)
    record = recorded(decider, scenario, Profile(name="p", targets=wishes))
    for change in explain(record).changes:
        if change.size < (0.08 if change.what == "weight" else 0.002):
            continue  # one of the smallest steps that are tried
        changed = {**wishes, change.attribute: applied(wishes[change.attribute], change, half=True)}
        again = recorded(decider, scenario, Profile(name="p", targets=changed)).decision
        # Samples leave the choices between them tied, which is for a person but flips nothing.
        assert again.choice in {record.decision.choice, None}


def applied(target: Target, change: Change, *, half: bool = False) -> Target:
    """`target` with `change`, or with half of it."""
    after = (change.before + change.after) / 2 if half else change.after
    if change.what == "value":
        return target.model_copy(update={"value": after})
    if change.what == "weight":
        mean = math.sqrt(change.before * change.after)
        return target.model_copy(update={"weight": mean if half else after})
    if change.what == "samples":
        assert target.samples
        by = shift(target.samples, change.after) / (2 if half else 1)
        return target.model_copy(update={"samples": moved(target.samples, by)})
    assert target.range
    low, high = target.range
    return target.model_copy(
        update={"range": (after, high) if change.what == "low end" else (low, after)}
    )


def moved(samples: tuple[float, ...], by: float) -> tuple[float, ...]:
    return tuple(np.clip(np.array(samples) + by, 0, 1).tolist())


def shift(samples: tuple[float, ...], mean: float) -> float:
    """By what `samples` have to be moved to have this mean."""
    steps = [step / 1000 for step in range(-1000, 1001)]
    return min(steps, key=lambda by: abs(float(np.mean(moved(samples, by))) - mean))


# What has no table, or nothing that would flip it


def test_a_method_without_estimates_says_why_there_is_no_table() -> None:
    record = case({"care": 0.2}, {"care": 0.8}, targets={"care": 0.4})
    assert record.profile
    why = explain(recorded(made("instructed", {}), record.scenario, record.profile))
    assert (why.costs, why.decisive, why.changes) == (None, None, ())
    assert why.note == (
        "'instructed' does not estimate attributes, so no part of the answer belongs to one of "
        "them. Decide with a method that does: `align deciders list`."
    )


def test_a_failed_decision_has_only_its_reason() -> None:
    def broken(_: Request) -> Mapping[str, float]:
        raise EngineFailed("The engine broke.")

    record = case({"care": 0.2}, {"care": 0.8}, targets={"care": 0.4})
    assert record.profile
    decider = made("direct_regression", {}, FakeModel(script=broken))
    why = explain(recorded(decider, record.scenario, record.profile))
    assert (why.costs, why.changes) == (None, ())
    assert why.note == "A failed decision has nothing to explain but its reason."


def test_an_escalated_decision_is_explained_by_its_likeliest_choice() -> None:
    record = case(
        {"care": 0.2}, {"care": 0.8}, targets={"care": 0.4}, escalate={"min_confidence": 1}
    )
    assert record.decision.outcome == "escalated"
    why = explain(record)
    assert why.decisive == "care"
    assert told(why) == [("care", "value", 0.4, 0.501, "b")]


def test_tied_choices_have_neither_a_decisive_attribute_nor_changes() -> None:
    record = case({"care": 0.2}, {"care": 0.8}, {"care": 0}, targets={"care": 0.5})
    assert record.decision.outcome == "escalated"
    why = explain(record)
    assert (why.decisive, why.changes) == (None, ())
    assert why.note == "The likeliest choices are tied: the slightest change of a target decides."
    assert why.costs


def test_choices_that_a_boundary_rules_out_have_no_part() -> None:
    values = ({"care": 0.4}, {"care": 0.1}, {"care": 0.8}, {"care": 0.5})
    never = {"id": "never", "rule": "Never.", "never_say": ["do 0", "do 3"]}
    record = case(*values, targets={"care": 0.4}, boundaries=[never])
    assert set(record.evidence.excluded) == {"a", "d"}
    assert record.decision.choice == "b"
    assert told(explain(record)) == [("care", "value", 0.4, 0.451, "c")]


@pytest.mark.parametrize("words", [["do 0"], ["do 0", "do 1"]])
def test_where_boundaries_leave_nothing_to_choose_no_change_is_looked_for(words: list[str]) -> None:
    never = {"id": "never", "rule": "Never.", "never_say": words}
    record = case({"care": 0.4}, {"care": 0.1}, targets={"care": 0.4}, boundaries=[never])
    why = explain(record)
    assert (why.decisive, why.changes) == (None, ())
    assert why.note.startswith("The profile's boundaries leave nothing to choose from")


def test_an_ensemble_has_a_table_but_no_single_target() -> None:
    record = case({"care": 0.2}, {"care": 0.8}, targets={"care": 0.4})
    assert record.profile
    why = explain(recorded(made("ensemble", PAIR), record.scenario, record.profile))
    assert why.costs
    assert (why.decisive, why.changes) == ("care", ())
    assert why.note == "Several methods together have no single target."


def test_an_ensemble_whose_members_do_not_all_estimate_has_no_table() -> None:
    record = case({"care": 0.2}, {"care": 0.8}, targets={"care": 0.4})
    assert record.profile
    members = {"members": "direct_regression,instructed"}
    why = explain(recorded(made("ensemble", members), record.scenario, record.profile))
    assert why.costs is None
    assert why.note.startswith("Not all members of 'ensemble?members=")


def test_averages_over_exchanged_names_are_not_explained_by_one_change() -> None:
    scenario = Scenario(
        id="s",
        context="Patient A bleeds. Patient B burns.",
        question="Whom?",
        choices=(Choice(id="a", text="Patient A"), Choice(id="b", text="Patient B")),
        entities=("Patient A", "Patient B"),
    )
    decider = made("direct_regression", {"exchange_names": True})
    record = recorded(decider, scenario, Profile(name="p", targets={"care": Target(value=0.5)}))
    why = explain(record)
    assert why.costs
    assert why.changes == ()
    assert "names were exchanged" in why.note


def test_a_record_without_the_levels_it_was_normed_by_has_no_changes() -> None:
    pool = {"care": (0.1, 0.9)}
    decider = made("oracle", {"alignment": "kde_likely", "norm": "global", "pool": pool})
    record = case({"care": 0.2}, {"care": 0.8}, targets={"care": {"samples": [0.3]}})
    assert record.profile
    whole = recorded(decider, record.scenario, record.profile)
    assert explain(whole).changes
    named = whole.decider.model_copy(update={"settings": {**whole.decider.settings, "pool": {}}})
    why = explain(whole.model_copy(update={"decider": named}))
    assert why.changes == ()
    assert "levels of examples were used" in why.note


async def test_relevance_counts_as_it_did(workbench: Workbench) -> None:
    scenario = workbench.library.scenarios["last-antivenom"]
    profile = workbench.library.profiles["bold-medic"]
    decider = workbench.decider("relevance_weighted")
    decided = await decide_item(Item("s", scenario), decider, profile)
    assert decided.record
    assert decided.record.evidence.weighed_by
    why = explain(decided.record)
    assert why.changes or why.note == "No change of a single target would flip it."


async def test_only_targets_that_were_looked_at_are_changed(workbench: Workbench) -> None:
    scenario = workbench.library.scenarios["last-antivenom"]
    profile = workbench.library.profiles["bold-medic"]
    decider = workbench.decider("direct_regression?relevant_from=1&relevant_above=0.6")
    decided = await decide_item(Item("s", scenario), decider, profile)
    assert decided.record
    why = explain(decided.record)
    assert why.costs
    looked_at = set(next(iter(why.costs.values())))
    assert looked_at < set(profile.targets)
    assert {change.attribute for change in why.changes} <= looked_at


async def test_a_record_from_a_file_is_explained_alike(home: Any, folder: Any) -> None:
    async with Workbench(Settings(home=home, model="fake")) as opened:
        scenario = opened.library.scenarios["last-antivenom"]
        profile = opened.library.profiles["bold-medic"]
        decider = opened.decider("direct_regression?alignment=euclidean")
        decided = await decide_item(Item("s", scenario), decider, profile)
    assert decided.record
    read = explain(read_record(write_record(folder, decided.record)))
    assert read.changes
    assert told(read) == told(explain(decided.record))
