"""Exchanging names and averaging takes a liking for a name out of a decision."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from alignkit.deciders.case import Costs, Verdict
from alignkit.deciders.twinning import averaged, mixed
from alignkit.schema import Choice, Estimate, Profile, Request, Scenario
from alignkit.testing import FakeModel

if TYPE_CHECKING:
    from tests.deciders.conftest import Made

WARD = Scenario(
    id="ward",
    context="Ann has burns. Ben has a cold. Cleo has a cough.",
    question="Whom do you treat?",
    choices=(
        Choice(id="burns", text="Treat Ann"),
        Choice(id="cold", text="Treat Ben"),
        Choice(id="cough", text="Treat Cleo"),
    ),
    entities=("Ann", "Ben", "Cleo"),
)
CARE = Profile.model_validate({"name": "p", "targets": {"care": 1}})
NEED = {"burns": 4.0, "cold": 1.0, "cough": 2.0}
LIKED = {"Ann": 1.0, "Ben": 60.0, "Cleo": 3.0}


def illness(request: Request, name: str) -> str:
    """What the one who is called so has."""
    [found] = re.findall(rf"{name} has (?:a )?(\w+)\.", request.prompt.text("user"))
    return str(found)


def fond(request: Request) -> Mapping[str, float]:
    """Sees who needs help most, but likes Ben."""
    names = {option.id: option.text.split()[1] for option in request.question.options}  # type: ignore[union-attr]
    return {option: NEED[illness(request, name)] * LIKED[name] for option, name in names.items()}


async def test_a_liking_for_a_name_decides_where_names_are_not_exchanged(made: Made) -> None:
    decision = await made("baseline", FakeModel(script=fond)).decide(WARD)
    assert decision.choice == "cold"
    assert decision.name_shift is None


async def test_with_names_exchanged_it_cancels_out(made: Made) -> None:
    model = FakeModel(script=fond)
    decision = await made("baseline", model, exchange_names=True).decide(WARD)
    assert decision.choice == "burns"
    assert decision.probabilities == pytest.approx({"burns": 4 / 7, "cold": 1 / 7, "cough": 2 / 7})
    assert len(model.requests) == 9  # three twins in three orders
    plain = fond(model.requests[0])
    most = 4 * 60 / (4 * 60 + 1 * 3 + 2)  # where the one with burns is called Ben
    assert sum(plain.values()) > 0
    assert decision.name_shift == pytest.approx(
        max(most - 4 / 7, 60 / (60 + 4 + 6) - 1 / 7, 120 / (120 + 1 + 12) - 2 / 7)
    )


async def test_every_name_stands_in_every_role_once(made: Made) -> None:
    model = FakeModel()
    await made("baseline", model, exchange_names=True).decide(WARD)
    contexts = {one.prompt.text("user").split("\n")[1] for one in model.requests}
    assert contexts == {
        "Ann has burns. Ben has a cold. Cleo has a cough.",
        "Ben has burns. Cleo has a cold. Ann has a cough.",
        "Cleo has burns. Ann has a cold. Ben has a cough.",
    }


async def test_the_number_of_twins_has_a_limit(made: Made) -> None:
    model = FakeModel()
    await made("baseline", model, exchange_names=True, most_twins=2).decide(WARD)
    assert len(model.requests) == 6


async def test_without_names_there_is_nothing_to_exchange(made: Made) -> None:
    scenario = Scenario(
        id="s",
        context="it burns.",
        question="what now?",
        choices=(Choice(id="a", text="go on"), Choice(id="b", text="turn back")),
    )
    model = FakeModel()
    decision = await made("baseline", model, exchange_names=True).decide(scenario)
    assert len(model.requests) == 2
    assert decision.name_shift is None


async def test_estimates_and_costs_are_averaged_too(made: Made) -> None:
    def script(request: Request) -> Mapping[str, float]:
        """Whoever is called Ben is cared for most, those with burns a little more."""
        [name] = re.findall(r"<choice>\nTreat (\w+)\n", request.question.instructions)
        level = 5 if name == "Ben" else 2 if illness(request, name) == "burns" else 1
        return {str(n): float(n == level) for n in range(1, 6)}

    decider = made("direct_regression", FakeModel(script=script), exchange_names=True)
    decision = await decider.decide(WARD, CARE)
    burns = [0.25, 1.0, 0.25]
    found = decision.estimates["burns"]["care"]
    assert found.mean == pytest.approx(np.mean(burns))
    assert found.sd == pytest.approx(np.std(burns))
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["burns"] == pytest.approx({"care": 0.5})
    assert decision.evidence.costs["cold"] == pytest.approx({"care": 2 / 3})
    assert decision.choice == "burns"
    odds = decision.probabilities["burns"] / decision.probabilities["cold"]
    assert odds == pytest.approx(math.exp((2 / 3 - 0.5) / 0.1))
    assert (decision.name_shift or 0) > 0.3


async def test_the_explanation_is_about_the_scenario_itself(made: Made) -> None:
    plain = await made("direct_regression", FakeModel()).decide(WARD, CARE)
    decider = made("direct_regression", FakeModel(), exchange_names=True)
    decision = await decider.decide(WARD, CARE)
    assert list(decision.probabilities) == list(WARD.choice_ids) == list(plain.probabilities)
    best = decision.choice or ""
    text = next(choice.text for choice in WARD.choices if choice.id == best)
    assert f"\n{text!r}: Care " in decision.explanation


def verdict(*shares: float, **fields: Any) -> Verdict:
    """A verdict with these probabilities."""
    return Verdict(np.array(shares), **fields)


def test_one_verdict_stays_as_it_is() -> None:
    one = verdict(0.7, 0.3)
    assert averaged([one]) is one


def test_exact_probabilities_are_averaged_by_their_logarithms() -> None:
    found = averaged([verdict(0.8, 0.2, order_shift=0.1), verdict(0.5, 0.5, order_shift=0.3)])
    assert found.probabilities.tolist() == pytest.approx([2 / 3, 1 / 3])  # odds 4 and 1
    assert found.name_shift == pytest.approx(0.5 - 1 / 3)
    assert found.order_shift == 0.3


def test_shares_of_drawn_answers_are_averaged_as_they_are() -> None:
    twins = [
        verdict(1.0, 0.0, votes=np.array([5.0, 0.0])),
        verdict(0.6, 0.4, votes=np.array([3.0, 2.0])),
    ]
    found = averaged(twins)
    assert found.probabilities.tolist() == pytest.approx([0.8, 0.2])
    assert found.votes is not None
    assert found.votes.tolist() == [4, 1]
    assert found.name_shift == pytest.approx(0.2)


def test_costs_are_averaged_and_their_probabilities_taken() -> None:
    tables = ([[0.2, 0.0], [0.4, 0.2]], [[0.0, 0.2], [0.0, 0.0]])
    costs = [Costs(("care", "order"), np.array(table), 0.1) for table in tables]
    found = averaged([verdict(0.9, 0.1, costs=costs[0]), verdict(0.1, 0.9, costs=costs[1])])
    assert found.costs is not None
    assert found.costs.table == pytest.approx(np.array([[0.1, 0.1], [0.2, 0.1]]))
    assert found.probabilities[0] == pytest.approx(1 / (1 + math.exp(-1)))


def test_estimates_are_mixed() -> None:
    found = mixed([Estimate(mean=0.2, sd=0.1), Estimate(mean=0.6, sd=0.3)])
    assert found.mean == pytest.approx(0.4)
    assert found.sd == pytest.approx(math.sqrt((0.01 + 0.09) / 2 + 0.2**2))


def test_equal_sure_estimates_stay_sure() -> None:
    found = mixed([Estimate(mean=0.1, sd=0.0)] * 3)
    assert found.mean == pytest.approx(0.1)
    assert found.sd == pytest.approx(0, abs=1e-8)
    assert not math.isnan(found.sd)
